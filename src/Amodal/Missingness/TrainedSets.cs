namespace Amodal.Missingness;

/// <summary>
/// How often a training, and what it is selected by, sees each observed set: all alike, for one model that serves every set, or as the
/// random protocol has them at one missing rate, for a model of that rate alone.
/// </summary>
/// <param name="modalities">How many there are.</param>
/// <param name="missingRate">The rate; 0 for all sets alike.</param>
/// <exception cref="InputException">The rate cannot be had.</exception>
internal sealed class TrainedSets(int modalities, double missingRate)
{
    private readonly double[]? _shares = missingRate > 0 ? RandomMasks.Shares(modalities, missingRate) : null; // by the number missing

    /// <summary>One of some sets.</summary>
    public ModalitySet Draw(IReadOnlyList<ModalitySet> among, StableRandom random) => among[Place(among, random)];

    /// <summary>The place of one of some sets.</summary>
    public int Place(IReadOnlyList<ModalitySet> among, StableRandom random)
    {
        if (Weights(among) is not { } weights)
        {
            return random.NextInt(among.Count);
        }

        var (u, place) = (random.NextDouble(), 0);
        while (place < among.Count - 1 && (weights[place] == 0 || u >= weights[place]))
        {
            u -= weights[place++];
        }

        return place;
    }

    /// <summary>The mean over some sets, each as often as it is seen; those that are never seen are not asked for.</summary>
    public double Mean(IReadOnlyList<ModalitySet> among, Func<ModalitySet, double> value) =>
        Weights(among) is { } weights ? among.Zip(weights).Where(s => s.Second > 0).Sum(s => s.Second * value(s.First)) : among.Average(value);

    /// <summary>The share of each of some sets; null where all are alike, as they are where none of them is seen.</summary>
    private double[]? Weights(IReadOnlyList<ModalitySet> among)
    {
        if (_shares is null)
        {
            return null;
        }

        var ofSize = new int[modalities + 1];
        foreach (var set in among)
        {
            ofSize[set.Count]++;
        }

        double[] weights = [.. among.Select(set => _shares[modalities - set.Count] / ofSize[set.Count])];
        var sum = weights.Sum();
        return sum > 0 ? [.. weights.Select(w => w / sum)] : null;
    }
}
