namespace Amodal.Fusion;

/// <summary>Settings of the cross-modal transformers (MulT, Tsai et al. 2019; thesis, 5.1.7).</summary>
public sealed record FusionOptions
{
    /// <summary>Layers of every cross-modal transformer and memory transformer.</summary>
    [Range(1, 32)]
    public int Layers { get; init; } = 4;

    /// <summary>Attention heads; the latent channels are a multiple of it.</summary>
    [Range(1, 64)]
    public int Heads { get; init; } = 8;

    /// <summary>Dropout on attention weights.</summary>
    [Range(0, 0.95)]
    public double AttentionDropout { get; init; } = 0.2;

    /// <summary>Dropout on the outputs of attention and of the MLPs.</summary>
    [Range(0, 0.95)]
    public double Dropout { get; init; } = 0.1;
}
