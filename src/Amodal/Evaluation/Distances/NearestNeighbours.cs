namespace Amodal.Evaluation.Distances;

/// <summary>How far recovered points keep to the true ones' neighbourhoods; row i of both is the same utterance.</summary>
internal static class NearestNeighbours
{
    /// <summary>
    /// Neighbourhood overlap: of the k true points nearest to the true point of an utterance, the share that is also among
    /// the k true points nearest to its recovered one, the utterance's own true point left out in both; the mean over utterances.
    /// </summary>
    /// <param name="truth">True points, as many and as wide.</param>
    /// <param name="k">Size of a neighbourhood, at least 1 and less than the number of points.</param>
    /// <returns>1 when every recovered point lies where its true one does; k / (n - 1) by chance (<see cref="ChanceOverlap"/>).</returns>
    public static double Overlap(PointCloud recovered, PointCloud truth, int k)
    {
        Check(recovered, truth, k);
        var fromTruth = SquaredDistances.Between(truth, truth);
        var fromRecovered = SquaredDistances.Between(recovered, truth);
        var common = 0;
        for (var i = 0; i < truth.Count; i++)
        {
            var wanted = Nearest(fromTruth.AsSpan(i * truth.Count, truth.Count), self: i, k);
            common += Nearest(fromRecovered.AsSpan(i * truth.Count, truth.Count), self: i, k).Count(wanted.Contains);
        }

        return common / ((double)k * truth.Count);
    }

    /// <summary>The overlap of recovered points that tell nothing of their utterance.</summary>
    /// <param name="points">Number of utterances, at least 2.</param>
    public static double ChanceOverlap(int points, int k) => k / (points - 1.0);

    /// <summary>
    /// Mixing (after Schilling 1986): of the k points nearest to each point, in both sets together, the share from the other
    /// set; the mean over a set's points, and of the two sets' means the smaller one.
    /// </summary>
    /// <param name="truth">True points, as many and as wide.</param>
    /// <param name="k">Size of a neighbourhood, at least 1 and less than the number of points.</param>
    /// <returns>
    /// n / (2n - 1), about a half, when both come from one distribution; 0 when the sets lie apart; little when one is drawn
    /// together or scattered, which the mean over both sets would hide: scattered points have foreign neighbours only.
    /// </returns>
    public static double Mixing(PointCloud recovered, PointCloud truth, int k)
    {
        Check(recovered, truth, k);
        var all = PointCloud.Join([recovered, truth]);
        var distances = SquaredDistances.Between(all, all);
        var (aroundRecovered, aroundTruth) = (0, 0);
        for (var i = 0; i < all.Count; i++)
        {
            var trueOnes = Nearest(distances.AsSpan(i * all.Count, all.Count), self: i, k).Count(j => j >= recovered.Count);
            aroundRecovered += i < recovered.Count ? trueOnes : 0;
            aroundTruth += i < recovered.Count ? 0 : k - trueOnes;
        }

        return Math.Min(aroundRecovered, aroundTruth) / ((double)k * truth.Count);
    }

    /// <summary>The k nearest but one's self; of equally near ones the first.</summary>
    private static int[] Nearest(ReadOnlySpan<float> distances, int self, int k)
    {
        var keys = distances.ToArray();
        keys[self] = float.PositiveInfinity;
        int[] order = [.. Enumerable.Range(0, keys.Length)];
        Array.Sort(order, (a, b) => keys[a] != keys[b] ? keys[a].CompareTo(keys[b]) : a.CompareTo(b));
        return order[..k];
    }

    private static void Check(PointCloud recovered, PointCloud truth, int k)
    {
        if (recovered.Width != truth.Width || recovered.Count != truth.Count)
        {
            throw new ArgumentException($"({recovered.Count}, {recovered.Width}) recovered and ({truth.Count}, {truth.Width}) true points: one of each per utterance is needed");
        }

        if (k < 1 || k >= truth.Count)
        {
            throw new ArgumentOutOfRangeException(nameof(k), k, $"must be 1 to {truth.Count - 1}");
        }
    }
}
