using System.Runtime.Intrinsics;

namespace Amodal.Evaluation;

/// <summary>
/// 95 % intervals by the percentile bootstrap (Efron 1979): utterances are drawn with replacement, always the same ones
/// for all predictions, and the 2.5th and 97.5th percentile of the metric over the draws are the interval. It tells how
/// much the number depends on which utterances the test set happens to hold and, where there are several trainings, on the
/// seed of training.
/// </summary>
/// <remarks>
/// With groups (an utterance's video, say), whole groups are drawn: utterances of one video are alike, and drawing them
/// singly gives intervals that are too narrow. The same seed, number of utterances and groups give the same draws, so
/// that methods evaluated one by one are still compared on equal draws.
/// <para>
/// Of R trainings, R - 1 are drawn with replacement beside the utterances (Rao and Wu 1988): with that many, the draws'
/// variance is the unbiased one of a mean of R, which R draws would make too small by (R - 1) / R, a third with three seeds.
/// </para>
/// <para>
/// What rests on a single unit (one utterance, one video, or the only utterance whose label has a sign) is the same in every
/// draw, which says nothing of chance: it has a value and no interval.
/// </para>
/// </remarks>
internal static class Bootstrap
{
    /// <summary>Number of draws unless told otherwise.</summary>
    public const int DefaultResamples = 1000;

    /// <summary>Every metric of the predictions, averaged over them, with its interval.</summary>
    /// <param name="predictions">
    /// One or more vectors of predictions for these labels, such as one per observed set or mask seed; the metric is computed
    /// for each and averaged.
    /// </param>
    /// <param name="groups">The group of each utterance; null draws single utterances.</param>
    /// <param name="resamples">Number of draws, at least 1.</param>
    /// <param name="target">What is predicted; null for a score.</param>
    /// <returns>The estimates by the metric's name, in the order of <see cref="Target.Metrics"/>; NaN where a prediction is not finite, and without an interval where one unit is all there is.</returns>
    public static IReadOnlyDictionary<string, Estimate> Estimate(
        float[] truth, IReadOnlyList<float[]> predictions, ulong seed, IReadOnlyList<string>? groups = null, int resamples = DefaultResamples, Target? target = null) =>
        Estimate(truth, Once(predictions), seed, groups, resamples, target);

    /// <summary>Every metric of several trainings, averaged over them and each training's vectors; the interval holds the choice of both.</summary>
    /// <param name="trainings">Per training one or more vectors of predictions for these labels.</param>
    /// <param name="groups">The group of each utterance; null draws single utterances.</param>
    /// <param name="resamples">Number of draws, at least 1.</param>
    /// <param name="target">What is predicted; null for a score.</param>
    /// <returns>The estimates by the metric's name, with the spread over trainings, in the order of <see cref="Target.Metrics"/>; NaN where a prediction is not finite, and without an interval where one unit is all there is.</returns>
    public static IReadOnlyDictionary<string, Estimate> Estimate(
        float[] truth, IReadOnlyList<IReadOnlyList<float[]>> trainings, ulong seed, IReadOnlyList<string>? groups = null, int resamples = DefaultResamples,
        Target? target = null)
    {
        target ??= Target.Score;
        var units = UnitsOf(truth.Length / target.Labels, groups);
        return Resample(target, units, [Side.Of(target, 1, truth, trainings, units)], seed, resamples);
    }

    /// <summary>
    /// The paired difference of every metric, first minus second, each averaged over its vectors of predictions. Its
    /// interval leaves out 0 where the methods differ by more than the choice of utterances explains.
    /// </summary>
    /// <param name="first">One or more vectors of predictions of the first method for these labels.</param>
    /// <param name="second">One or more vectors of predictions of the second.</param>
    /// <param name="groups">The group of each utterance; null draws single utterances.</param>
    /// <param name="resamples">Number of draws, at least 1.</param>
    /// <param name="target">What is predicted; null for a score.</param>
    /// <returns>The differences by the metric's name, in the order of <see cref="Target.Metrics"/>; NaN where a prediction is not finite, and without an interval where one unit is all there is.</returns>
    public static IReadOnlyDictionary<string, Estimate> Difference(
        float[] truth, IReadOnlyList<float[]> first, IReadOnlyList<float[]> second, ulong seed, IReadOnlyList<string>? groups = null, int resamples = DefaultResamples,
        Target? target = null) =>
        Difference(truth, Once(first), Once(second), seed, groups, resamples, target);

    /// <summary>The paired difference of every metric over several trainings; where both have as many, training by training.</summary>
    /// <param name="first">Per training of the first method one or more vectors of predictions for these labels.</param>
    /// <param name="second">The same of the second, with as many trainings or others.</param>
    /// <param name="groups">The group of each utterance; null draws single utterances.</param>
    /// <param name="resamples">Number of draws, at least 1.</param>
    /// <param name="target">What is predicted; null for a score.</param>
    /// <returns>The differences by the metric's name, with the spread over pairs of trainings, in the order of <see cref="Target.Metrics"/>; NaN where a prediction is not finite, and without an interval where one unit is all there is.</returns>
    public static IReadOnlyDictionary<string, Estimate> Difference(
        float[] truth, IReadOnlyList<IReadOnlyList<float[]>> first, IReadOnlyList<IReadOnlyList<float[]>> second, ulong seed,
        IReadOnlyList<string>? groups = null, int resamples = DefaultResamples, Target? target = null)
    {
        target ??= Target.Score;
        var units = UnitsOf(truth.Length / target.Labels, groups);
        return Resample(target, units, [Side.Of(target, 1, truth, first, units), Side.Of(target, -1, truth, second, units)], seed, resamples);
    }

    private static IReadOnlyList<float[]>[] Once(IReadOnlyList<float[]> predictions) => [predictions];

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

    // The sums of each unit, (unit, Target.Sums), of each vector of each training.
    private static double[][][] Weighted(Target target, float[] truth, IReadOnlyList<IReadOnlyList<float[]>> trainings, (int Count, int[] Of) units)
    {
        if (trainings.Count == 0 || trainings.Any(t => t.Count == 0))
        {
            throw new ArgumentException("no predictions", nameof(trainings));
        }

        var size = target.Sums;
        return [.. trainings.Select(training => training.Select(prediction =>
        {
            var perUtterance = target.PerUtterance(truth, prediction);
            var sums = new double[units.Count * size];
            for (var i = 0; i < perUtterance.Length; i++)
            {
                sums[(units.Of[i / size] * size) + (i % size)] += perUtterance[i];
            }

            return sums;
        }).ToArray())];
    }

    private static IReadOnlyDictionary<string, Estimate> Resample(Target target, (int Count, int[] Of) units, Side[] sides, ulong seed, int resamples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resamples);
        if (sides.Any(s => !s.IsFinite))
        {
            return target.Named(_ => new Estimate(double.NaN, double.NaN, double.NaN));
        }

        var once = new int[units.Count];
        Array.Fill(once, 1);
        var value = Combine(target, sides, once, sides.ToDictionary(s => s, s => Enumerable.Repeat(1, s.Trainings).ToArray()));
        var draws = target.Metrics.Select(_ => new double[resamples]).ToArray();
        var random = new StableRandom(seed, StableRandom.KeyOf("bootstrap"));

        // Streams of their own, one per number of trainings: what is drawn of the utterances does not depend on them, and
        // two methods of as many trainings stay paired.
        var ofTrainings = sides.Select(s => s.Trainings).Distinct().ToDictionary(n => n, n => new StableRandom(seed, StableRandom.KeyOf($"bootstrap-trainings-{n}")));
        for (var draw = 0; draw < resamples; draw++)
        {
            var times = Draw(random, units.Count, units.Count);
            var trainings = ofTrainings.ToDictionary(t => t.Key, t => Draw(t.Value, t.Key, Math.Max(1, t.Key - 1)));
            var values = Combine(target, sides, times, sides.ToDictionary(s => s, s => trainings[s.Trainings]));
            for (var metric = 0; metric < draws.Length; metric++)
            {
                draws[metric][draw] = values[metric];
            }
        }

        var spread = Spread(target, sides, once);
        var single = RestsOnOne(target, sides, once, draws);
        return target.Named(metric => (single[metric] ? new Estimate(value[metric], double.NaN, double.NaN) : Interval(value[metric], draws[metric])) with { Spread = spread?[metric] });
    }

    // Of every metric whether it has no value without some unit. Looked for where draws without a value tell of one: of n units,
    // n draws leave a certain one out with a chance of (1 - 1/n)^n, a quarter of them or more.
    private static bool[] RestsOnOne(Target target, Side[] sides, int[] once, double[][] draws)
    {
        var rests = new bool[draws.Length];
        Array.Fill(rests, once.Length == 1);
        var open = Enumerable.Range(0, draws.Length).Where(metric => once.Length > 1 && draws[metric].Any(double.IsNaN)).ToList();
        for (var unit = 0; unit < once.Length && open.Count > 0; unit++)
        {
            var without = Combine(target, sides, [.. once.Select((times, u) => u == unit ? 0 : times)], sides.ToDictionary(s => s, s => Enumerable.Repeat(1, s.Trainings).ToArray()));
            open.ForEach(metric => rests[metric] |= double.IsNaN(without[metric]));
        }

        return rests;
    }

    // How often each of some things is drawn.
    private static int[] Draw(StableRandom random, int things, int draws)
    {
        var times = new int[things];
        for (var i = 0; i < draws; i++)
        {
            times[random.NextInt(things)]++;
        }

        return times;
    }

    // The standard deviation over trainings on all units; null where there is one training, or where sides have different numbers.
    private static double[]? Spread(Target target, Side[] sides, int[] once)
    {
        var count = sides[0].Trainings;
        if (count < 2 || sides.Any(s => s.Trainings != count))
        {
            return null;
        }

        var each = Enumerable.Range(0, count).Select(training => Combine(target, sides, once, sides.ToDictionary(s => s,
            _ => Enumerable.Range(0, count).Select(t => t == training ? 1 : 0).ToArray()))).ToList();
        return [.. Enumerable.Range(0, target.Metrics.Count).Select(metric =>
        {
            var mean = each.Average(e => e[metric]);
            return Math.Sqrt(each.Sum(e => (e[metric] - mean) * (e[metric] - mean)) / (count - 1));
        })];
    }

    private static double[] Combine(Target target, Side[] sides, int[] times, IReadOnlyDictionary<Side, int[]> trainings)
    {
        var combined = new double[target.Metrics.Count];
        var values = new double[combined.Length];
        var totals = new double[target.Sums];
        foreach (var side in sides)
        {
            var drawn = trainings[side];
            var all = (double)drawn.Sum();
            for (var training = 0; training < drawn.Length; training++)
            {
                var vectors = side.Sums[training];
                foreach (var sums in drawn[training] > 0 ? vectors : [])
                {
                    AddWeighted(totals, sums, times);
                    target.Evaluate(totals, values);
                    for (var metric = 0; metric < combined.Length; metric++)
                    {
                        combined[metric] += side.Sign * drawn[training] / all / vectors.Length * values[metric];
                    }
                }
            }
        }

        return combined;
    }

    // The innermost loop of all: 1000 draws x 700 utterances x 7 sets. Four sums at a time, each in the same order.
    private static void AddWeighted(double[] totals, double[] sums, int[] times)
    {
        Array.Clear(totals);
        var total = MemoryMarshal.Cast<double, Vector256<double>>(totals.AsSpan());
        var rows = MemoryMarshal.Cast<double, Vector256<double>>(sums.AsSpan());
        for (var unit = 0; unit < times.Length; unit++)
        {
            if (times[unit] == 0)
            {
                continue;
            }

            var row = rows.Slice(unit * total.Length, total.Length);
            var weight = Vector256.Create((double)times[unit]);
            for (var i = 0; i < total.Length; i++)
            {
                total[i] += weight * row[i];
            }
        }
    }

    /// <summary>The value with the percentile interval of its draws.</summary>
    internal static Estimate Interval(double value, double[] draws)
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

    // One method in a difference: how it counts, and the sums by training, vector, and (unit, total).
    private sealed record Side(double Sign, double[][][] Sums)
    {
        public int Trainings => Sums.Length;

        public bool IsFinite => Sums.Length > 0;

        // Without sums where a prediction is not finite.
        public static Side Of(Target target, double sign, float[] truth, IReadOnlyList<IReadOnlyList<float[]>> trainings, (int Count, int[] Of) units) =>
            new(sign, trainings.Any(t => t.Any(p => !p.All(float.IsFinite))) ? [] : Weighted(target, truth, trainings, units));
    }
}
