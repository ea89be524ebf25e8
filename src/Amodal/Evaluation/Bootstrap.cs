using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Amodal.Randomness;

namespace Amodal.Evaluation;

/// <summary>
/// 95 % intervals by the percentile bootstrap (Efron 1979): utterances are drawn with replacement, always the same ones
/// for all predictions, and the 2.5th and 97.5th percentile of the metric over the draws are the interval. It tells how
/// much the number depends on which utterances the test set happens to hold, not on the seed of training.
/// </summary>
/// <remarks>
/// With groups (an utterance's video, say), whole groups are drawn: utterances of one speaker are alike, and drawing them
/// singly gives intervals that are too narrow. The same seed, number of utterances and groups give the same draws, so
/// that methods evaluated one by one are still compared on equal draws.
/// </remarks>
public static class Bootstrap
{
    /// <summary>Number of draws unless told otherwise.</summary>
    public const int DefaultResamples = 1000;

    /// <summary>Every metric of the predictions, averaged over them, with its interval.</summary>
    /// <param name="truth">The labels.</param>
    /// <param name="predictions">
    /// One or more vectors of predictions for these labels, such as one per pattern or mask seed; the metric is computed
    /// for each and averaged.
    /// </param>
    /// <param name="seed">Names the draws.</param>
    /// <param name="groups">The group of each utterance; null draws single utterances.</param>
    /// <param name="resamples">Number of draws, at least 1.</param>
    /// <returns>The estimates by the metric's name, in the order of <see cref="Metrics.All"/>.</returns>
    /// <exception cref="ArgumentException">Lengths differ, something is empty, or a number is not finite.</exception>
    public static IReadOnlyDictionary<string, Estimate> Estimate(
        float[] truth, IReadOnlyList<float[]> predictions, ulong seed, IReadOnlyList<string>? groups = null, int resamples = DefaultResamples)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predictions);
        var units = UnitsOf(truth.Length, groups);
        var (value, draws) = Resample(units, Weighted(truth, predictions, 1, units), seed, resamples);
        return Metrics.Named(metric => Interval(value[metric], draws[metric]));
    }

    /// <summary>
    /// The paired difference of every metric, first minus second, each averaged over its vectors of predictions. Its
    /// interval leaves out 0 where the methods differ by more than the choice of utterances explains.
    /// </summary>
    /// <param name="truth">The labels.</param>
    /// <param name="first">One or more vectors of predictions of the first method for these labels.</param>
    /// <param name="second">One or more vectors of predictions of the second.</param>
    /// <param name="seed">Names the draws.</param>
    /// <param name="groups">The group of each utterance; null draws single utterances.</param>
    /// <param name="resamples">Number of draws, at least 1.</param>
    /// <returns>The differences by the metric's name, in the order of <see cref="Metrics.All"/>.</returns>
    /// <exception cref="ArgumentException">Lengths differ, something is empty, or a number is not finite.</exception>
    public static IReadOnlyDictionary<string, Estimate> Difference(
        float[] truth, IReadOnlyList<float[]> first, IReadOnlyList<float[]> second, ulong seed, IReadOnlyList<string>? groups = null, int resamples = DefaultResamples)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var units = UnitsOf(truth.Length, groups);
        var (value, draws) = Resample(units, [.. Weighted(truth, first, 1, units), .. Weighted(truth, second, -1, units)], seed, resamples);
        return Metrics.Named(metric => Interval(value[metric], draws[metric]));
    }

    // What is drawn: the number of units, and the unit of each utterance, numbered in the order in which they appear.
    private static (int Count, int[] Of) UnitsOf(int utterances, IReadOnlyList<string>? groups)
    {
        if (groups is null)
        {
            return (utterances, [.. Enumerable.Range(0, utterances)]);
        }

        if (groups.Count != utterances)
        {
            throw new ArgumentException($"{groups.Count} groups for {utterances} labels", nameof(groups));
        }

        var numbers = new Dictionary<string, int>();
        int[] of = [.. groups.Select(group => numbers.TryGetValue(group, out var n) ? n : numbers[group] = numbers.Count)];
        return (numbers.Count, of);
    }

    // The sums of each unit, (unit, MetricTotals.Size), of each vector, and the weight of the vector's metric in the result.
    private static (double Weight, double[] Sums)[] Weighted(float[] truth, IReadOnlyList<float[]> predictions, double sign, (int Count, int[] Of) units)
    {
        if (predictions.Count == 0)
        {
            throw new ArgumentException("no predictions", nameof(predictions));
        }

        return [.. predictions.Select(prediction =>
        {
            var perUtterance = MetricTotals.PerUtterance(truth, prediction);
            var sums = new double[units.Count * MetricTotals.Size];
            for (var i = 0; i < perUtterance.Length; i++)
            {
                sums[(units.Of[i / MetricTotals.Size] * MetricTotals.Size) + (i % MetricTotals.Size)] += perUtterance[i];
            }

            return (sign / predictions.Count, sums);
        })];
    }

    // The result on all units, and on each draw: (metric, draw).
    private static (double[] Value, double[][] Draws) Resample((int Count, int[] Of) units, (double Weight, double[] Sums)[] vectors, ulong seed, int resamples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resamples);
        var times = new int[units.Count];
        Array.Fill(times, 1);
        var value = Combine(vectors, times);
        var draws = Metrics.All.Select(_ => new double[resamples]).ToArray();
        var random = new StableRandom(seed, StableRandom.KeyOf("bootstrap"));
        for (var draw = 0; draw < resamples; draw++)
        {
            Array.Clear(times);
            for (var i = 0; i < times.Length; i++)
            {
                times[random.NextInt(times.Length)]++;
            }

            var values = Combine(vectors, times);
            for (var metric = 0; metric < draws.Length; metric++)
            {
                draws[metric][draw] = values[metric];
            }
        }

        return (value, draws);
    }

    private static double[] Combine((double Weight, double[] Sums)[] vectors, int[] times)
    {
        var combined = new double[Metrics.All.Count];
        var values = new double[combined.Length];
        var totals = new double[MetricTotals.Size];
        foreach (var (weight, sums) in vectors)
        {
            AddWeighted(totals, sums, times);
            MetricTotals.Evaluate(totals, values);
            for (var metric = 0; metric < combined.Length; metric++)
            {
                combined[metric] += weight * values[metric];
            }
        }

        return combined;
    }

    // The innermost loop of all: 1000 draws x 700 utterances x 7 patterns. Four sums at a time, each in the same order.
    private static void AddWeighted(double[] totals, double[] sums, int[] times)
    {
        var rows = MemoryMarshal.Cast<double, Vector256<double>>(sums.AsSpan());
        var (a, b, c, d, e) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
        for (var unit = 0; unit < times.Length; unit++)
        {
            if (times[unit] == 0)
            {
                continue;
            }

            var row = rows.Slice(unit * (MetricTotals.Size / 4), MetricTotals.Size / 4);
            var weight = Vector256.Create((double)times[unit]);
            a += weight * row[0];
            b += weight * row[1];
            c += weight * row[2];
            d += weight * row[3];
            e += weight * row[4];
        }

        var total = MemoryMarshal.Cast<double, Vector256<double>>(totals.AsSpan());
        (total[0], total[1], total[2], total[3], total[4]) = (a, b, c, d, e);
    }

    private static Estimate Interval(double value, double[] draws)
    {
        // A draw in which a metric has no value (no label but 0) says nothing about the interval.
        double[] sorted = [.. draws.Where(draw => !double.IsNaN(draw)).Order()];
        return new Estimate(value, Quantile(sorted, 0.025), Quantile(sorted, 0.975));
    }

    // Linear between order statistics (Hyndman and Fan 1996, definition 7).
    private static double Quantile(double[] sorted, double share)
    {
        if (sorted.Length == 0)
        {
            return double.NaN;
        }

        var position = share * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
