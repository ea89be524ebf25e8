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

/// <summary>
/// The shallow encoder of one modality: a convolution over time without padding or bias, width -> channels (thesis,
/// 5.2.5). A sequence shorter than the kernel shortens the kernel, so that length 1 works.
/// </summary>
internal sealed class ShallowEncoder : nn.Module<Tensor, Tensor>
{
    private readonly Modality _modality;
    [ComponentName(Name = "convolution")] private readonly TimeConvolution _convolution;

    public ShallowEncoder(Modality modality, LatentOptions options)
        : base(nameof(ShallowEncoder))
    {
        var kernel = Math.Min(options.Kernel, modality.Length);
        _modality = modality;
        _convolution = new TimeConvolution(modality.Width, options.Channels, kernel, hasBias: false);
        Shape = new LatentShape(options.Channels, modality.Length - kernel + 1);
        RegisterComponents();
    }

    /// <summary>The shape of what it gives.</summary>
    public LatentShape Shape { get; }

    /// <summary>Encodes raw features.</summary>
    /// <param name="features">(batch, time, width), as the data holds them.</param>
    /// <returns>The latent, (batch, channels, time'), time' = time - kernel + 1.</returns>
    public override Tensor forward(Tensor features)
    {
        if (features.dim() != 3 || features.shape[1] != _modality.Length || features.shape[2] != _modality.Width)
        {
            throw new ArgumentException(
                $"'{_modality.Name}' has shape ({string.Join(", ", features.shape)}), expected (batch, {_modality.Length}, {_modality.Width})",
                nameof(features));
        }

        using var scope = NewDisposeScope();
        return _convolution.forward(features).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }
}
