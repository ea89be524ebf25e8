using Binomial = MathNet.Numerics.Distributions.Binomial;
using ChiSquared = MathNet.Numerics.Distributions.ChiSquared;
using Normal = MathNet.Numerics.Distributions.Normal;

namespace Amodal.Evaluation;

/// <summary>Tests of whether methods differ on the same utterances.</summary>
internal static class Significance
{
    private const double Normal95 = 1.959963984540054; // the 97.5th percentile of the normal distribution

    /// <summary>
    /// The two-sided probability of a difference as large as this one where there is none: by the normal distribution, with the standard
    /// error that the difference's 95 % interval has. NaN without an interval.
    /// </summary>
    public static double OfDifference(Estimate difference)
    {
        var error = (difference.High - difference.Low) / (2 * Normal95);
        return !difference.HasInterval ? double.NaN : error > 0 ? 2 * Normal.CDF(0, 1, -Math.Abs(difference.Value) / error) : difference.Value == 0 ? 1 : 0;
    }

    /// <summary>McNemar's exact test (1947): the two-sided probability of so uneven a split of what one of two methods alone has right.</summary>
    /// <param name="first">What only the first has right.</param>
    /// <param name="second">What only the second has right.</param>
    public static double McNemar(int first, int second) =>
        first + second == 0 ? 1 : Math.Min(1, 2 * Binomial.CDF(0.5, first + second, Math.Min(first, second)));

    /// <summary>Holm's correction (1979): the probabilities of a family of tests as they count together; NaN stays, and is no member.</summary>
    public static IReadOnlyList<double> Holm(IReadOnlyList<double> probabilities)
    {
        var order = probabilities.Index().Where(p => !double.IsNaN(p.Item)).OrderBy(p => p.Item).Select(p => p.Index).ToList();
        var corrected = probabilities.ToArray();
        var least = 0.0;
        foreach (var (rank, at) in order.Index())
        {
            corrected[at] = least = Math.Max(least, Math.Min(1, (order.Count - rank) * probabilities[at]));
        }

        return corrected;
    }

    /// <summary>The ranks of values, 1 for the smallest; equal ones share the mean of theirs.</summary>
    public static double[] Ranks(IReadOnlyList<double> values) =>
        [.. values.Select(v => 1 + values.Count(other => other < v) + ((values.Count(other => other == v) - 1) / 2.0))];

    /// <summary>Friedman's test (1937), corrected for equal values: the probability of mean ranks so uneven where no method is better than another.</summary>
    /// <param name="blocks">The ranks in every block, a video or an utterance.</param>
    public static double Friedman(IReadOnlyList<double[]> blocks)
    {
        var (n, k) = (blocks.Count, blocks[0].Length);
        var middle = (k + 1) / 2.0;
        var between = Enumerable.Range(0, k).Sum(method => Square(blocks.Sum(b => b[method] - middle)));
        var within = blocks.Sum(b => b.Sum(rank => Square(rank - middle)));
        return within == 0 ? 1 : 1 - ChiSquared.CDF(k - 1, (k - 1) * between / within);

        static double Square(double x) => x * x;
    }

    /// <summary>
    /// Nemenyi's critical difference (1963; Demšar 2006): mean ranks of two methods that lie further apart differ, at 5 % for all pairs together.
    /// </summary>
    /// <param name="methods">How many, at least 2.</param>
    /// <param name="blocks">Over how many blocks the ranks are means.</param>
    public static double CriticalDifference(int methods, int blocks) => RangeQuantile(methods) / Math.Sqrt(2) * Math.Sqrt(methods * (methods + 1) / (6.0 * blocks));

    /// <summary>The 95th percentile of the range of so many standard normal numbers: the studentised range with infinitely many degrees of freedom.</summary>
    private static double RangeQuantile(int count)
    {
        var (low, high) = (0.0, 20.0);
        while (high - low > 1e-9)
        {
            var middle = (low + high) / 2;
            (low, high) = RangeCdf(middle, count) < 0.95 ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <summary>k times the integral of phi(z) (Phi(z) - Phi(z - q))^(k - 1): the largest is z, and all others lie within q below it.</summary>
    private static double RangeCdf(double q, int count)
    {
        const double Step = 0.01; // the integrand is smooth and vanishes at both ends, where the trapezoid rule is as good as exact
        return count * Step * Enumerable.Range(-900, 1801).Sum(i => Normal.PDF(0, 1, i * Step) * Math.Pow(Normal.CDF(0, 1, i * Step) - Normal.CDF(0, 1, (i * Step) - q), count - 1));
    }
}
