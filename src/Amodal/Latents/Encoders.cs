namespace Amodal.Latents;

/// <summary>One shallow encoder per modality. In a checkpoint they go by index, because a name may hold a dot.</summary>
internal sealed class Encoders : nn.Module
{
    [ComponentName(Name = "modalities")] private readonly ModuleList<ShallowEncoder> _encoders;

    /// <summary>Creates the encoders with torch's initial weights.</summary>
    /// <param name="modalities">The data set's, in order.</param>
    public Encoders(IReadOnlyList<Modality> modalities, LatentOptions options)
        : base(nameof(Encoders))
    {
        _encoders = nn.ModuleList(modalities.Select(m => new ShallowEncoder(m, options)).ToArray());
        Shapes = [.. _encoders.Select(e => e.Shape)];
        RegisterComponents();
    }

    /// <summary>The latents' shapes, in the data set's order.</summary>
    public IReadOnlyList<LatentShape> Shapes { get; }

    /// <summary>Encodes one modality.</summary>
    /// <param name="features">(batch, time, width).</param>
    /// <returns>(batch, channels, time').</returns>
    public Tensor Encode(int modality, Tensor features) => _encoders[modality].forward(features);

    /// <summary>Encodes every modality.</summary>
    /// <param name="features">(batch, time, width) of each, in the data set's order.</param>
    /// <returns>(batch, channels, time') of each.</returns>
    public IReadOnlyList<Tensor> Encode(IReadOnlyList<Tensor> features)
    {
        if (features.Count != _encoders.Count)
        {
            throw new ArgumentException($"{features.Count} feature tensors for {_encoders.Count} modalities", nameof(features));
        }

        return [.. features.Select((f, m) => Encode(m, f))];
    }
}
