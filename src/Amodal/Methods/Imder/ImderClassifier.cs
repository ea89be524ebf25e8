namespace Amodal.Methods.Imder;

/// <summary>
/// What is pretrained on complete data: an input convolution per modality, without bias or padding, and the fusion. All
/// latents are of one length; a shorter modality is preceded by zero frames, which fusion gives no position.
/// </summary>
internal sealed class ImderClassifier : nn.Module
{
    private readonly int _longest;
    [ComponentName(Name = "projections")] private readonly ModuleList<TimeConvolution> _projections;
    [ComponentName(Name = "fusion")] private readonly ImderFusion _fusion;

    public ImderClassifier(IReadOnlyList<Modality> modalities, ImderOptions options)
        : base(nameof(ImderClassifier))
    {
        _longest = modalities.Max(m => m.Length);
        var kernel = Math.Min(options.Kernel, _longest);
        Shape = new LatentShape(options.Channels, _longest - kernel + 1);
        _projections = nn.ModuleList(modalities.Select(m => new TimeConvolution(m.Width, options.Channels, kernel, hasBias: false)).ToArray());
        _fusion = new ImderFusion(modalities.Count, Shape.Length, options);
        RegisterComponents();
    }

    /// <summary>The shape of every modality's latents.</summary>
    public LatentShape Shape { get; }

    /// <summary>Frames of the longest modality.</summary>
    public int Longest => _longest;

    public ImderFusion Fusion => _fusion;

    /// <summary>Encodes a modality.</summary>
    /// <param name="features">(batch, time, width), of any length up to the longest modality's.</param>
    /// <returns>The latent, (batch, channels, time').</returns>
    public Tensor Project(int modality, Tensor features)
    {
        using var scope = NewDisposeScope();
        var missing = _longest - features.shape[1];
        var padded = missing == 0 ? features : nn.functional.pad(features, [0, 0, missing, 0]);
        return _projections[modality].forward(padded).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Predicts from features, (batch, time, width) of every modality.</summary>
    /// <returns>(batch).</returns>
    public Tensor Predict(IReadOnlyList<Tensor> features)
    {
        using var scope = NewDisposeScope();
        return _fusion.Predict([.. features.Select((x, m) => Project(m, x))]).MoveToOuterDisposeScope();
    }
}
