namespace Amodal.Alignment;

/// <summary>One alignment decoder per modality, as one module.</summary>
internal sealed class AlignmentDecoders : nn.Module
{
    [ComponentName(Name = "modalities")] private readonly ModuleList<AlignmentDecoder> _decoders;

    /// <summary>Creates the decoders with torch's initial weights.</summary>
    /// <param name="shapes">The latents' shapes, in the data set's order.</param>
    public AlignmentDecoders(IReadOnlyList<LatentShape> shapes, AlignmentOptions options)
        : base(nameof(AlignmentDecoders))
    {
        _decoders = nn.ModuleList(shapes.Select(s => new AlignmentDecoder(s.Channels, options)).ToArray());
        RegisterComponents();
    }

    /// <summary>Aligns one modality.</summary>
    /// <param name="recovered">(batch, channels, time).</param>
    public Tensor Align(int modality, Tensor recovered) => _decoders[modality].forward(recovered);
}
