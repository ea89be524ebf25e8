namespace Amodal.Missingness;

/// <summary>The observed sets of the fixed protocol: every utterance of a split is tested with the same one.</summary>
public static class Patterns
{
    /// <summary>The most modalities whose subsets are listed: 10, with 1023 subsets.</summary>
    public const int MaximumModalities = 10;

    /// <summary>Every non-empty subset, the full set last; smaller sets first, then by their members ({0,1}, {0,2}, {1,2}).</summary>
    /// <param name="modalities">Number of modalities, 1 to 10.</param>
    /// <exception cref="InputException">There are more than 10 modalities.</exception>
    public static IReadOnlyList<ModalitySet> All(int modalities)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(modalities, 1);
        if (modalities > MaximumModalities)
        {
            throw new InputException("fixed protocol", null,
                $"{modalities} modalities have {Math.Pow(2, modalities) - 1:0} observed sets; at most {MaximumModalities} modalities are tested on all of them. Use the random protocol.");
        }

        return [.. Enumerable.Range(1, (1 << modalities) - 1)
            .Select(bits => new ModalitySet((uint)bits))
            .OrderBy(set => set.Count)
            .ThenByDescending(set => Mirror(set, modalities))];
    }

    /// <summary>Every non-empty subset but the full set, in the order of <see cref="All"/>.</summary>
    /// <param name="modalities">Number of modalities, 1 to 10.</param>
    /// <exception cref="InputException">There are more than 10 modalities.</exception>
    public static IReadOnlyList<ModalitySet> Incomplete(int modalities) => [.. All(modalities).SkipLast(1)];

    // With the first modality as the highest bit, a greater number is an earlier list of members of the same length.
    private static uint Mirror(ModalitySet set, int modalities) =>
        set.Members.Aggregate(0u, (bits, m) => bits | (1u << (modalities - 1 - m)));
}
