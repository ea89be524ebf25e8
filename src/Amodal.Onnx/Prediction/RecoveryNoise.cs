namespace Amodal.Prediction;

/// <summary>The noise of a recovery, the same for every engine: named by (seed, utterance, draw, target) and what it is for.</summary>
internal static class RecoveryNoise
{
    /// <summary>What a sampler starts from and adds.</summary>
    /// <param name="keys">A key per utterance.</param>
    /// <param name="target">The modality; their number where all missing ones are sampled together.</param>
    public static RowNoise OfSampler(ulong seed, IEnumerable<ulong> keys, int draw, int target) => Of(seed, keys, draw, target, use: 0);

    /// <summary>What the target's network sees its conditions perturbed by.</summary>
    /// <inheritdoc cref="OfSampler"/>
    public static RowNoise OfConditions(ulong seed, IEnumerable<ulong> keys, int draw, int target) => Of(seed, keys, draw, target, use: 1);

    private static RowNoise Of(ulong seed, IEnumerable<ulong> keys, int draw, int target, ulong use) =>
        new(keys.Select(key => new StableRandom(seed, key, (ulong)draw, (ulong)target, use).NextUInt64()));
}
