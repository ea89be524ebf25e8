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
internal sealed class Bootstrap
{
    /// <summary>Number of draws unless told otherwise.</summary>
    public const int DefaultResamples = 1000;

    // Of so many vectors what they give in every draw is kept: some 90 MB, several times what three modalities need.
    private const int KeptVectors = 1000;

    private readonly float[] _truth;
    private readonly ulong _seed;
    private readonly int _resamples;
    private readonly Target _target;
    private readonly (int Count, int[] Of) _units;
    private readonly Lazy<int[][]> _draws;
    private readonly Dictionary<float[], Vector> _vectors = new(ReferenceEqualityComparer.Instance);

    /// <summary>The draws for these labels; a vector of predictions that comes up again is not drawn again.</summary>
    /// <param name="groups">The group of each utterance; null draws single utterances.</param>
    /// <param name="resamples">Number of draws, at least 1.</param>
    /// <param name="target">What is predicted; null for a score.</param>
    public Bootstrap(float[] truth, ulong seed, IReadOnlyList<string>? groups = null, int resamples = DefaultResamples, Target? target = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resamples);
        (_truth, _seed, _resamples, _target) = (truth, seed, resamples, target ?? Target.Score);
        _units = UnitsOf(truth.Length / _target.Labels, groups);
        _draws = new(() =>
        {
            var random = new StableRandom(seed, StableRandom.KeyOf("bootstrap"));
            return [.. Enumerable.Range(0, resamples).Select(_ => Draw(random, _units.Count, _units.Count))];
        });
    }

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
        Estimate(truth, [predictions], seed, groups, resamples, target);

    /// <summary>Every metric of several trainings; see <see cref="Estimate(IReadOnlyList{IReadOnlyList{float[]}})"/>.</summary>
    public static IReadOnlyDictionary<string, Estimate> Estimate(
        float[] truth, IReadOnlyList<IReadOnlyList<float[]>> trainings, ulong seed, IReadOnlyList<string>? groups = null, int resamples = DefaultResamples,
        Target? target = null) => new Bootstrap(truth, seed, groups, resamples, target).Estimate(trainings);

    /// <summary>The paired difference of every metric of one training each; see <see cref="Difference(IReadOnlyList{IReadOnlyList{float[]}}, IReadOnlyList{IReadOnlyList{float[]}})"/>.</summary>
    public static IReadOnlyDictionary<string, Estimate> Difference(
        float[] truth, IReadOnlyList<float[]> first, IReadOnlyList<float[]> second, ulong seed, IReadOnlyList<string>? groups = null, int resamples = DefaultResamples,
        Target? target = null) => Difference(truth, [first], [second], seed, groups, resamples, target);

    /// <summary>The paired difference of every metric; see <see cref="Difference(IReadOnlyList{IReadOnlyList{float[]}}, IReadOnlyList{IReadOnlyList{float[]}})"/>.</summary>
    public static IReadOnlyDictionary<string, Estimate> Difference(
        float[] truth, IReadOnlyList<IReadOnlyList<float[]>> first, IReadOnlyList<IReadOnlyList<float[]>> second, ulong seed,
        IReadOnlyList<string>? groups = null, int resamples = DefaultResamples, Target? target = null) =>
        new Bootstrap(truth, seed, groups, resamples, target).Difference(first, second);

    /// <summary>Every metric of several trainings, averaged over them and each training's vectors; the interval holds the choice of both.</summary>
    /// <param name="trainings">Per training one or more vectors of predictions for these labels, which stay as they are.</param>
    /// <returns>The estimates by the metric's name, with the spread over trainings, in the order of <see cref="Target.Metrics"/>; NaN where a prediction is not finite, and without an interval where one unit is all there is.</returns>
    public IReadOnlyDictionary<string, Estimate> Estimate(IReadOnlyList<IReadOnlyList<float[]>> trainings) => Resample([SideOf(1, trainings)]);

    /// <summary>
    /// The paired difference of every metric, first minus second, each averaged over its vectors of predictions; where both have
    /// as many trainings, training by training. Its interval leaves out 0 where the methods differ by more than the choice of
    /// utterances explains.
    /// </summary>
    /// <param name="first">Per training of the first method one or more vectors of predictions for these labels, which stay as they are.</param>
    /// <param name="second">The same of the second, with as many trainings or others.</param>
    /// <returns>The differences by the metric's name, with the spread over pairs of trainings, in the order of <see cref="Target.Metrics"/>; NaN where a prediction is not finite, and without an interval where one unit is all there is.</returns>
    public IReadOnlyDictionary<string, Estimate> Difference(IReadOnlyList<IReadOnlyList<float[]>> first, IReadOnlyList<IReadOnlyList<float[]>> second) =>
        Resample([SideOf(1, first), SideOf(-1, second)]);

    /// <summary>A metric of every unit that is drawn, in the order in which they appear, averaged over trainings and their vectors; NaN of units in which it has no value.</summary>
    /// <param name="trainings">As <see cref="Estimate(IReadOnlyList{IReadOnlyList{float[]}})"/> takes them.</param>
    public double[] ByUnit(IReadOnlyList<IReadOnlyList<float[]>> trainings, string metric)
    {
        var at = _target.Metrics.Index().First(m => m.Item.Name == metric).Index;
        var sides = SideOf(1, trainings);
        List<int[]> once = [[.. Enumerable.Repeat(1, sides.Trainings)]];
        return [.. Enumerable.Range(0, _units.Count).Select(unit => !sides.IsFinite ? double.NaN
            : Combine([sides], once, vector =>
            {
                var values = new double[_target.Metrics.Count];
                _target.Evaluate(vector.Sums.AsSpan(unit * _target.Sums, _target.Sums), values);
                return values;
            })[at])];
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

    private Side SideOf(double sign, IReadOnlyList<IReadOnlyList<float[]>> trainings)
    {
        if (trainings.Count == 0 || trainings.Any(t => t.Count == 0))
        {
            throw new ArgumentException("no predictions", nameof(trainings));
        }

        return new(sign, [.. trainings.Select(training => training.Select(VectorOf).ToArray())]);
    }

    private Vector VectorOf(float[] prediction)
    {
        if (_vectors.TryGetValue(prediction, out var known))
        {
            return known;
        }

        var vector = new Vector(prediction.All(float.IsFinite) ? SumsOf(prediction) : null);
        if (_vectors.Count < KeptVectors)
        {
            _vectors[prediction] = vector;
        }

        return vector;
    }

    // The sums of each unit, (unit, Target.Sums).
    private double[] SumsOf(float[] prediction)
    {
        var size = _target.Sums;
        var perUtterance = _target.PerUtterance(_truth, prediction);
        var sums = new double[_units.Count * size];
        for (var i = 0; i < perUtterance.Length; i++)
        {
            sums[(_units.Of[i / size] * size) + (i % size)] += perUtterance[i];
        }

        return sums;
    }

    private IReadOnlyDictionary<string, Estimate> Resample(Side[] sides)
    {
        if (sides.Any(s => !s.IsFinite))
        {
            return _target.Named(_ => new Estimate(double.NaN, double.NaN, double.NaN));
        }

        int[] once = [.. Enumerable.Repeat(1, _units.Count)];
        List<int[]> all = [.. sides.Select(s => Enumerable.Repeat(1, s.Trainings).ToArray())];
        var value = Combine(sides, all, vector => Values(vector, once));
        var draws = _target.Metrics.Select(_ => new double[_resamples]).ToArray();
        foreach (var vector in sides.SelectMany(s => s.Vectors).SelectMany(t => t))
        {
            vector.InDraws ??= [.. _draws.Value.Select(times => Values(vector, times))];
        }

        // Streams of their own, one per number of trainings: what is drawn of the utterances does not depend on them, and
        // two methods of as many trainings stay paired.
        var ofTrainings = sides.Select(s => s.Trainings).Distinct().ToDictionary(n => n, n => new StableRandom(_seed, StableRandom.KeyOf($"bootstrap-trainings-{n}")));
        for (var draw = 0; draw < _resamples; draw++)
        {
            var trainings = ofTrainings.ToDictionary(t => t.Key, t => Draw(t.Value, t.Key, Math.Max(1, t.Key - 1)));
            var values = Combine(sides, [.. sides.Select(s => trainings[s.Trainings])], vector => vector.InDraws![draw]);
            for (var metric = 0; metric < draws.Length; metric++)
            {
                draws[metric][draw] = values[metric];
            }
        }

        var spread = Spread(sides, once);
        var single = RestsOnOne(sides, all, draws);
        return _target.Named(metric => (single[metric] ? new Estimate(value[metric], double.NaN, double.NaN) : Interval(value[metric], draws[metric])) with { Spread = spread?[metric] });
    }

    // Of every metric whether it has no value without some unit. Looked for where draws without a value tell of one: of n units,
    // n draws leave a certain one out with a chance of (1 - 1/n)^n, a quarter of them or more.
    private bool[] RestsOnOne(Side[] sides, List<int[]> all, double[][] draws)
    {
        var rests = new bool[draws.Length];
        Array.Fill(rests, _units.Count == 1);
        var open = Enumerable.Range(0, draws.Length).Where(metric => _units.Count > 1 && draws[metric].Any(double.IsNaN)).ToList();
        for (var unit = 0; unit < _units.Count && open.Count > 0; unit++)
        {
            int[] times = [.. Enumerable.Range(0, _units.Count).Select(u => u == unit ? 0 : 1)];
            var without = Combine(sides, all, vector => Values(vector, times));
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
    private double[]? Spread(Side[] sides, int[] once)
    {
        var count = sides[0].Trainings;
        if (count < 2 || sides.Any(s => s.Trainings != count))
        {
            return null;
        }

        var each = Enumerable.Range(0, count).Select(training => Combine(
            sides, [.. sides.Select(_ => Enumerable.Range(0, count).Select(t => t == training ? 1 : 0).ToArray())], vector => Values(vector, once))).ToList();
        return [.. Enumerable.Range(0, _target.Metrics.Count).Select(metric =>
        {
            var mean = each.Average(e => e[metric]);
            return Math.Sqrt(each.Sum(e => (e[metric] - mean) * (e[metric] - mean)) / (count - 1));
        })];
    }

    // The metrics of all sides together, each of its trainings counted as often as it is drawn.
    private double[] Combine(Side[] sides, IReadOnlyList<int[]> trainings, Func<Vector, double[]> valuesOf)
    {
        var combined = new double[_target.Metrics.Count];
        foreach (var (side, drawn) in sides.Zip(trainings))
        {
            var all = (double)drawn.Sum();
            for (var training = 0; training < drawn.Length; training++)
            {
                var vectors = side.Vectors[training];
                foreach (var vector in drawn[training] > 0 ? vectors : [])
                {
                    var values = valuesOf(vector);
                    var weight = side.Sign * drawn[training] / all / vectors.Length;
                    for (var metric = 0; metric < combined.Length; metric++)
                    {
                        combined[metric] += weight * values[metric];
                    }
                }
            }
        }

        return combined;
    }

    // The metrics of a vector where each unit counts so many times.
    private double[] Values(Vector vector, int[] times)
    {
        var (totals, values) = (new double[_target.Sums], new double[_target.Metrics.Count]);
        AddWeighted(totals, vector.Sums!, times);
        _target.Evaluate(totals, values);
        return values;
    }

    // The innermost loop of all: 1000 draws x 700 utterances x 7 sets. Four sums at a time, each in the same order.
    private static void AddWeighted(double[] totals, double[] sums, int[] times)
    {
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
        double[] sorted = [.. draws.Where(draw => !double.IsNaN(draw))];
        Array.Sort(sorted);
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

    // One method in a difference: how it counts, and its vectors by training.
    private sealed record Side(double Sign, Vector[][] Vectors)
    {
        public int Trainings => Vectors.Length;

        public bool IsFinite => Vectors.All(t => t.All(v => v.Sums is not null));
    }

    // Predictions: the sums of each unit, (unit, Target.Sums), null where one is not finite, and the metrics of every draw once they are known.
    private sealed class Vector(double[]? sums)
    {
        public double[]? Sums => sums;

        public double[][]? InDraws { get; set; }
    }
}
