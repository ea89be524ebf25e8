using Amodal.Evaluation;
using Amodal.Randomness;
using Amodal.Targets;

namespace Amodal.Tests.Evaluation;

public class BootstrapTests
{
    [Fact]
    public void The_value_is_the_metric_and_lies_in_the_interval()
    {
        var (truth, a, b) = Simulate(seed: 1, 300);
        var metrics = Target.Score.Compute(truth, a);
        var other = Target.Score.Compute(truth, b);
        var single = Bootstrap.Estimate(truth, [a], 1);
        var mean = Bootstrap.Estimate(truth, [a, b], 1);
        var difference = Bootstrap.Difference(truth, [a], [b], 1);
        foreach (var name in Target.Score.Metrics.Select(m => m.Name))
        {
            Assert.Equal(metrics[name], single[name].Value, 1e-12);
            Assert.Equal((metrics[name] + other[name]) / 2, mean[name].Value, 1e-12);
            Assert.Equal(metrics[name] - other[name], difference[name].Value, 1e-12);
            Assert.True(single[name].Low < single[name].Value && single[name].Value < single[name].High);
        }
    }

    [Fact]
    public void By_unit_a_metric_is_that_of_the_unit_alone()
    {
        var (truth, a, b) = Simulate(seed: 3, 60);
        string[] videos = [.. Enumerable.Range(0, 60).Select(i => $"v{i % 7}")];
        var found = new Bootstrap(truth, 1, videos).ByUnit([[a], [b]], ScoreTarget.Mae);
        var byHand = Enumerable.Range(0, 7).Select(v => new[] { a, b }.Average(p => Enumerable.Range(0, 60).Where(i => i % 7 == v).Average(i => Math.Abs((double)truth[i] - p[i]))));
        Assert.All(byHand.Zip(found), p => Assert.Equal(p.First, p.Second, 1e-12));

        var signs = new Bootstrap(truth, 1).ByUnit([[a]], ScoreTarget.Acc2NonZero);
        Assert.Equal(truth.Zip(a, (t, p) => t == 0 ? double.NaN : t > 0 == p > 0 ? 1 : 0), signs);
    }

    [Fact]
    public void The_interval_of_a_mean_is_that_of_normal_theory()
    {
        var (truth, a, _) = Simulate(seed: 2, 1000);
        var errors = truth.Zip(a, (t, p) => Math.Abs((double)t - p)).ToArray();
        var mean = errors.Average();
        var error = Math.Sqrt(errors.Average(e => Math.Pow(e - mean, 2)) / errors.Length);
        var mae = Bootstrap.Estimate(truth, [a], 1, resamples: 20_000)[ScoreTarget.Mae];

        // A 2.5 % quantile of R draws has a standard error of sqrt(0.025 * 0.975 / R) / phi(1.96) = 0.019 of the mean's,
        // and skewness moves it by about skewness (1.96^2 - 1) / (6 sqrt n), 0.015 for absolute normal errors (skewness 1).
        Assert.Equal(mean - (1.96 * error), mae.Low, 0.11 * error);
        Assert.Equal(mean + (1.96 * error), mae.High, 0.11 * error);
    }

    [Fact]
    public void Intervals_cover_the_true_value_19_times_in_20()
    {
        const int runs = 800;
        var trueMae = 0.8 * Math.Sqrt(2 / Math.PI);
        var covered = 0;
        for (var run = 0; run < runs; run++)
        {
            var (truth, a, _) = Simulate((ulong)run, 120);
            var mae = Bootstrap.Estimate(truth, [a], (ulong)run, resamples: 300)[ScoreTarget.Mae];
            covered += mae.Low <= trueMae && trueMae <= mae.High ? 1 : 0;
        }

        // Four binomial standard errors (0.031), and the percentile interval's own deficit at n = 120: about 0.01. An
        // interval of 90 % is outside.
        Assert.InRange(covered / (double)runs, 0.95 - 0.01 - 0.031, 0.95 + 0.031);
    }

    [Fact]
    public void A_paired_difference_is_narrower_than_the_two_intervals_tell()
    {
        var (truth, a, b) = Simulate(seed: 3, 500); // b is a with a little more noise
        var (first, second) = (Bootstrap.Estimate(truth, [a], 1)[ScoreTarget.Mae], Bootstrap.Estimate(truth, [b], 1)[ScoreTarget.Mae]);
        var unpaired = Math.Sqrt(Math.Pow(Width(first), 2) + Math.Pow(Width(second), 2));
        Assert.True(Width(Bootstrap.Difference(truth, [a], [b], 1)[ScoreTarget.Mae]) < 0.5 * unpaired);
        Assert.All(Bootstrap.Difference(truth, [a], [a], 1).Values, d => Assert.Equal(new Estimate(0, 0, 0), d));
    }

    [Fact]
    public void An_average_over_equal_predictions_is_no_narrower_than_one_of_them()
    {
        // Utterances are drawn jointly: seeing the same utterances six times is not six times as many utterances.
        var (truth, a, _) = Simulate(seed: 4, 200);
        Assert.Equal(Width(Bootstrap.Estimate(truth, [a], 5)[ScoreTarget.Mae]), Width(Bootstrap.Estimate(truth, [a, a, a, a, a, a], 5)[ScoreTarget.Mae]), 1e-9);
    }

    [Fact]
    public void Whole_groups_are_drawn()
    {
        // Every utterance eight times: as groups they are 100 utterances, singly they pass for 800.
        var (truth, a, _) = Simulate(seed: 5, 100);
        float[] Repeat(float[] values) => [.. values.SelectMany(v => Enumerable.Repeat(v, 8))];
        string[] groups = [.. Enumerable.Range(0, 800).Select(i => $"video {i / 8}")];
        var once = Width(Bootstrap.Estimate(truth, [a], 1)[ScoreTarget.Mae]);
        Assert.Equal(once, Width(Bootstrap.Estimate(Repeat(truth), [Repeat(a)], 1, groups)[ScoreTarget.Mae]), 1e-9);

        // Singly narrower by sqrt 8; each end has a Monte Carlo error of 8 % at 1000 draws.
        Assert.Equal(once / Math.Sqrt(8), Width(Bootstrap.Estimate(Repeat(truth), [Repeat(a)], 1)[ScoreTarget.Mae]), 0.3 * once / Math.Sqrt(8));
    }

    [Fact]
    public void The_ends_of_the_interval_are_the_percentiles_of_the_draws()
    {
        // Of 0 to 10 in any order, 2.5 % of the way from first to last is 0.25.
        Assert.Equal(new Estimate(3, 0.25, 9.75), Bootstrap.Interval(3, [7, 2, 10, 0, 5, 4, 6, 3, 8, 9, 1]));
        Assert.Equal(new Estimate(3, 0.25, 9.75), Bootstrap.Interval(3, [7, 2, 10, double.NaN, 0, 5, 4, 6, 3, 8, 9, 1]));
    }

    [Fact]
    public void Intervals_are_those_of_videos_put_together_anew()
    {
        // The slow way: write down the utterances of every video drawn, and compute every metric from them.
        var (truth, a, b) = Simulate(seed: 8, 40);
        string[] groups = [.. Enumerable.Range(0, 40).Select(i => $"video {i * i % 11}")]; // of different sizes, not in one piece
        var videos = groups.Distinct().Select(g => Enumerable.Range(0, 40).Where(i => groups[i] == g).ToArray()).ToArray();
        var random = new StableRandom(5, StableRandom.KeyOf("bootstrap"));
        var draws = Enumerable.Range(0, 60).Select(_ =>
        {
            int[] rows = [.. Enumerable.Range(0, videos.Length).SelectMany(_ => videos[random.NextInt(videos.Length)])];
            return (A: Compute(rows, a), B: Compute(rows, b));
        }).ToList();
        var (one, difference) = (Bootstrap.Estimate(truth, [a, b], 5, groups, resamples: 60), Bootstrap.Difference(truth, [a], [b], 5, groups, resamples: 60));
        foreach (var metric in Target.Score.Metrics.Select(m => m.Name))
        {
            Same(Bootstrap.Interval(0, [.. draws.Select(d => (d.A[metric] + d.B[metric]) / 2)]), one[metric]);
            Same(Bootstrap.Interval(0, [.. draws.Select(d => d.A[metric] - d.B[metric])]), difference[metric]);
        }

        IReadOnlyDictionary<string, double> Compute(int[] rows, float[] predictions) => Target.Score.Compute([.. rows.Select(i => truth[i])], [.. rows.Select(i => predictions[i])]);
    }

    [Fact]
    public void Of_several_trainings_one_fewer_is_drawn_beside_the_utterances()
    {
        var (truth, a, b) = Simulate(seed: 9, 30);
        var (_, c, d) = Simulate(seed: 10, 30);
        float[][] first = [a, c, d], second = [b, d, a];
        var (utterances, trainings) = (new StableRandom(5, StableRandom.KeyOf("bootstrap")), new StableRandom(5, StableRandom.KeyOf("bootstrap-trainings-3")));
        var draws = Enumerable.Range(0, 60).Select(_ =>
        {
            int[] rows = [.. Enumerable.Range(0, 30).Select(_ => utterances.NextInt(30))];
            int[] drawn = [trainings.NextInt(3), trainings.NextInt(3)];
            return (First: drawn.Average(t => Mae(rows, first[t])), Second: drawn.Average(t => Mae(rows, second[t])));
        }).ToList();
        int[] all = [.. Enumerable.Range(0, 30)];
        var one = Bootstrap.Estimate(truth, [.. first.Select(p => new[] { p })], 5, resamples: 60)[ScoreTarget.Mae];
        Assert.Equal(first.Average(p => Mae(all, p)), one.Value, 1e-12);
        Assert.Equal(Deviation([.. first.Select(p => Mae(all, p))]), one.Spread!.Value, 1e-12);
        Same(Bootstrap.Interval(0, [.. draws.Select(x => x.First)]), one);
        var difference = Bootstrap.Difference(truth, [.. first.Select(p => new[] { p })], [.. second.Select(p => new[] { p })], 5, resamples: 60)[ScoreTarget.Mae];
        Same(Bootstrap.Interval(0, [.. draws.Select(x => x.First - x.Second)]), difference); // training by training
        Assert.Equal(Deviation([.. first.Zip(second, (p, q) => Mae(all, p) - Mae(all, q))]), difference.Spread!.Value, 1e-12);
        Assert.Null(Bootstrap.Difference(truth, [[a], [c]], [[b]], 5)[ScoreTarget.Mae].Spread);
        Assert.Null(Bootstrap.Estimate(truth, [a], 5)[ScoreTarget.Mae].Spread);

        double Mae(int[] rows, float[] predictions) => rows.Average(i => Math.Abs((double)truth[i] - predictions[i]));
        static double Deviation(double[] values) => Math.Sqrt(values.Sum(v => Math.Pow(v - values.Average(), 2)) / (values.Length - 1));
    }

    [Fact]
    public void Trainings_of_equal_predictions_are_one()
    {
        var (truth, a, b) = Simulate(seed: 12, 60);
        var one = Bootstrap.Estimate(truth, [a, b], 1);
        var three = Bootstrap.Estimate(truth, [[a, b], [a, b], [a, b]], 1);
        Assert.All(Target.Score.Metrics, m => Same(one[m.Name], three[m.Name]));
        Assert.All(three.Values, e => Assert.Equal(0, e.Spread!.Value, 1e-12));
    }

    [Fact]
    public void Intervals_by_video_cover_where_utterances_of_a_video_are_alike()
    {
        // 40 videos of ten utterances; errors have a part that a video's utterances share, with as much variance as the rest.
        const int runs = 400;
        var (byVideo, single) = (0, 0);
        string[] groups = [.. Enumerable.Range(0, 400).Select(i => $"{i / 10}")];
        for (var run = 0; run < runs; run++)
        {
            var random = new StableRandom((ulong)run, 77);
            var (truth, predictions) = (new float[400], new float[400]);
            var shared = 0.0;
            for (var i = 0; i < 400; i++)
            {
                shared = i % 10 == 0 ? random.NextNormal() : shared;
                predictions[i] = 10 + (float)(shared + random.NextNormal()); // the error's size is this number itself: its mean is 10
            }

            byVideo += Covers(Bootstrap.Estimate(truth, [predictions], 1, groups, resamples: 200)[ScoreTarget.Mae]);
            single += Covers(Bootstrap.Estimate(truth, [predictions], 1, resamples: 200)[ScoreTarget.Mae]);
        }

        // Four binomial standard errors (0.044) about 95 %, less the deficit of 40 groups, about 0.02. Singly drawn, the error is
        // too small by sqrt(1 + 9 / 2) = 2.3: 60 % are covered.
        Assert.InRange(byVideo / (double)runs, 0.95 - 0.02 - 0.044, 1);
        Assert.InRange(single / (double)runs, 0, 0.75);

        int Covers(Estimate mae) => mae.Low <= 10 && 10 <= mae.High ? 1 : 0;
    }

    [Fact]
    public void The_seed_names_the_draws()
    {
        var (truth, a, _) = Simulate(seed: 6, 200);
        Assert.Equal(Bootstrap.Estimate(truth, [a], 1), Bootstrap.Estimate(truth, [a], 1));
        Assert.NotEqual(Bootstrap.Estimate(truth, [a], 1)[ScoreTarget.Mae], Bootstrap.Estimate(truth, [a], 2)[ScoreTarget.Mae]);
    }

    [Fact]
    public void Draws_without_a_value_are_left_out()
    {
        // Three utterances, one labelled 0: one draw in 27 holds only that one.
        var acc2 = Bootstrap.Estimate([0f, 1f, -1f], [[1f, 1f, -1f]], 1)[ScoreTarget.Acc2NonZero];
        Assert.Equal(new Estimate(1, 1, 1), acc2);
        Assert.True(double.IsNaN(Bootstrap.Estimate([0f], [[1f]], 1)[ScoreTarget.Acc2NonZero].Low));
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Bootstrap.Estimate([1f], [[1f, 2f]], 1));
        Assert.Throws<ArgumentException>(() => Bootstrap.Estimate([1f], Array.Empty<float[]>(), 1));
        Assert.Throws<ArgumentException>(() => Bootstrap.Estimate([1f], [[[1f]], []], 1));
        Assert.Throws<ArgumentException>(() => Bootstrap.Estimate([1f], [[1f]], 1, ["a", "b"]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.Estimate([1f], [[1f]], 1, resamples: 0));
    }

    [Fact]
    public void One_unit_has_a_value_and_no_interval()
    {
        var (truth, a, b) = Simulate(seed: 5, 6);
        string[] oneVideo = ["v", "v", "v", "v", "v", "v"];
        var (maeOfA, maeOfB) = (Target.Score.Compute(truth, a)[ScoreTarget.Mae], Target.Score.Compute(truth, b)[ScoreTarget.Mae]);
        foreach (var (value, estimates) in ((double, IReadOnlyDictionary<string, Estimate>)[])
            [(Math.Abs(truth[0] - a[0]), Bootstrap.Estimate(truth[..1], [a[..1]], 1)), (maeOfA, Bootstrap.Estimate(truth, [a], 1, oneVideo)),
             (maeOfA - maeOfB, Bootstrap.Difference(truth, [a], [b], 1, oneVideo)), ((maeOfA + maeOfB) / 2, Bootstrap.Estimate(truth, [[a], [b]], 1, oneVideo))])
        {
            Assert.All(estimates.Values, e => Assert.True(double.IsNaN(e.Low) && double.IsNaN(e.High) && !e.ExcludesZero));
            Assert.Equal(value, estimates[ScoreTarget.Mae].Value, Relative.Rounding * truth.Concat(a).Max(Math.Abs)); // the first in float32
        }

        // Seeds differ, and still tell nothing of other utterances.
        Assert.True(Bootstrap.Estimate(truth, [[a], [b]], 1, oneVideo)[ScoreTarget.Mae].Spread > 0);
    }

    [Fact]
    public void A_metric_that_one_unit_alone_gives_has_no_interval()
    {
        // Only the third label has a sign: every draw that holds it has the same two-class accuracy, and others have none.
        float[] truth = [0, 0, 1, 0];
        var difference = Bootstrap.Difference(truth, [[0.5f, -0.5f, 1, 0]], [[-0.5f, 0.5f, -1, 1]], 1);
        Assert.Equal(1, difference[ScoreTarget.Acc2NonZero].Value);
        Assert.False(difference[ScoreTarget.Acc2NonZero].HasInterval || difference[ScoreTarget.Acc2NonZero].ExcludesZero);
        Assert.True(difference[ScoreTarget.Mae].HasInterval);

        // With a second one there is something to draw.
        Assert.True(Bootstrap.Estimate([0, 0, 1, -1], [[0.5f, -0.5f, 1, 1]], 1)[ScoreTarget.Acc2NonZero].HasInterval);
    }

    // Sums of at most some hundred numbers of about 1, in another order.
    private static void Same(Estimate expected, Estimate actual)
    {
        Assert.Equal(expected.Low, actual.Low, 1e-11);
        Assert.Equal(expected.High, actual.High, 1e-11);
    }

    private static double Width(Estimate estimate) => estimate.High - estimate.Low;

    // Labels N(0, 1.3^2); a misses by N(0, 0.8^2), b by 0.2 more.
    private static (float[] Truth, float[] A, float[] B) Simulate(ulong seed, int count)
    {
        var random = new StableRandom(seed, 99);
        var (truth, a, b) = (new float[count], new float[count], new float[count]);
        for (var i = 0; i < count; i++)
        {
            truth[i] = (float)(1.3 * random.NextNormal());
            a[i] = truth[i] + (float)(0.8 * random.NextNormal());
            b[i] = a[i] + (float)(0.2 * random.NextNormal());
        }

        return (truth, a, b);
    }
}
