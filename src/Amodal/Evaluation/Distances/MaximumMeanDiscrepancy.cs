namespace Amodal.Evaluation.Distances;

/// <summary>The maximum mean discrepancy (Gretton et al. 2012) with the kernel k(x, y) = exp(-|x - y|^2 / (2 s^2)).</summary>
internal static class MaximumMeanDiscrepancy
{
    /// <summary>The unbiased estimate of MMD^2 (their equation 3): about 0, and by chance below it, when both samples come from one distribution; at most 2.</summary>
    /// <param name="a">A sample of at least two points.</param>
    /// <param name="b">Another of the same width, of at least two points.</param>
    /// <param name="bandwidth">The kernel's s, above 0.</param>
    public static double Squared(PointCloud a, PointCloud b, double bandwidth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(a.Count, 2, nameof(a));
        ArgumentOutOfRangeException.ThrowIfLessThan(b.Count, 2, nameof(b));
        if (!(bandwidth > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(bandwidth), bandwidth, "must be above 0");
        }

        return Within(a, bandwidth) + Within(b, bandwidth) - (2 * Kernels(a, b, bandwidth) / ((double)a.Count * b.Count));
    }

    /// <summary>The median distance between two points, the usual bandwidth; 0 when most points are the same.</summary>
    /// <param name="points">At least two.</param>
    public static double MedianDistance(PointCloud points)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points.Count, 2, nameof(points));
        var all = SquaredDistances.Between(points, points);
        var pairs = new float[points.Count * (points.Count - 1) / 2];
        var filled = 0;
        for (var i = 0; i < points.Count; i++)
        {
            all.AsSpan((i * points.Count) + i + 1, points.Count - i - 1).CopyTo(pairs.AsSpan(filled));
            filled += points.Count - i - 1;
        }

        Array.Sort(pairs);
        var upper = pairs.Length / 2;
        return pairs.Length % 2 == 1 ? Math.Sqrt(pairs[upper]) : (Math.Sqrt(pairs[upper - 1]) + Math.Sqrt(pairs[upper])) / 2;
    }

    /// <summary>The mean kernel of two different points of a sample.</summary>
    private static double Within(PointCloud points, double bandwidth) =>
        (Kernels(points, points, bandwidth) - points.Count) / ((double)points.Count * (points.Count - 1)); // k(x, x) = 1

    private static double Kernels(PointCloud a, PointCloud b, double bandwidth)
    {
        var scale = -0.5 / (bandwidth * bandwidth);
        var sum = 0.0;
        foreach (var distance in SquaredDistances.Between(a, b))
        {
            sum += Math.Exp(scale * distance);
        }

        return sum;
    }
}
