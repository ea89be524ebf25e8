namespace Amodal.Training;

/// <summary>Stage 2: alignment decoders and fusion on recovered latents, score networks frozen (thesis, 5.22-5.23).</summary>
public sealed record RecoveryStageOptions
{
    /// <summary>Most epochs.</summary>
    [Range(1, 100_000)]
    public int Epochs { get; init; } = 40;

    /// <summary>Epochs without a better validation loss before it stops; 10 in the thesis.</summary>
    [Range(1, 100_000)]
    public int Patience { get; init; } = 10;

    /// <summary>Adam's learning rate.</summary>
    [Range(1e-8, 1)]
    public double LearningRate { get; init; } = 0.002;

    /// <summary>Adam's weight decay (added to the gradient).</summary>
    [Range(0, 1)]
    public double WeightDecay { get; init; } = 0.005;

    /// <summary>Utterances in a step.</summary>
    [Range(1, 65536)]
    public int BatchSize { get; init; } = 32;

    /// <summary>Observed sets for which each training utterance is recovered ahead; 0 takes every one.</summary>
    [Range(0, 4096)]
    [FormerKey("patternsPerUtterance")]
    public int SetsPerUtterance { get; init; }

    /// <summary>Epochs after which all recoveries are drawn anew; 0 keeps the first.</summary>
    [Range(0, 100_000)]
    public int RefreshEvery { get; init; }
}
