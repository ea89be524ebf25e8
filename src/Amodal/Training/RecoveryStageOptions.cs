namespace Amodal.Training;

/// <summary>Stage 2: alignment decoders and fusion on recovered latents, score networks frozen (thesis, 5.22-5.23).</summary>
public sealed record RecoveryStageOptions : ClassifierStageOptions
{
    /// <summary>Observed sets for which each training utterance is recovered ahead; 0 takes every one.</summary>
    [Range(0, 4096)]
    [FormerKey("patternsPerUtterance")]
    public int SetsPerUtterance { get; init; }

    /// <summary>Epochs after which all recoveries are drawn anew; 0 keeps the first.</summary>
    [Range(0, 100_000)]
    public int RefreshEvery { get; init; }
}
