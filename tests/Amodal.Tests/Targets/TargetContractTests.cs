using Amodal.Evaluation;
using Amodal.Randomness;
using Amodal.Targets;
using static TorchSharp.torch;

namespace Amodal.Tests.Targets;

/// <summary>What every target keeps, on cases worked out by hand.</summary>
public class TargetContractTests
{
    private static readonly ClassTarget Three = new(["sad", "calm", "glad"]);
    private static readonly SeveralTarget Both = new([("valence", Target.Score), ("mood", Three)]);
    private static readonly float Ln2 = MathF.Log(2);

    /// <summary>A target with labels and outputs of two rows, and what is worked out of them.</summary>
    public sealed record Case(Target Target, float[] Labels, float[] Outputs, float[] Predictions, double Loss, float[] Constant, IReadOnlyDictionary<string, double> Metrics);

    // Softmax of (ln 2, 0, 0) is (1/2, 1/4, 1/4). Of the classes 0 and 2, 0 is answered to both, with p 1/2 and 1/4: one hit of two,
    // F1 of sad 2 * 1 / (1 + 2), of glad 0, calm is neither; half of what is sad or glad is hit; -ln is ln 2 and 2 ln 2.
    private static readonly Dictionary<string, double> ThreeMetrics = new()
    {
        ["accuracy"] = 0.5,
        ["f1_weighted"] = 1 / 3.0,
        ["f1_macro"] = 1 / 3.0,
        ["accuracy_balanced"] = 0.5,
        ["nll"] = 1.5 * Math.Log(2),
    };

    public static TheoryData<string> Kinds => ["score", "classes", "several", "several, some without a label"];

    private static Case Of(string kind) => kind switch
    {
        "score" => new(Target.Score, [-2, 1], [1, 2], [1, 2], 2, [1e-3f], new Dictionary<string, double> { ["acc2_nonzero"] = 0.5, ["mae"] = 2, ["acc7"] = 0 }),
        "classes" => new(Three, [0, 2], [Ln2, 0, 0, Ln2, 0, 0], [0.5f, 0.25f, 0.25f, 0.5f, 0.25f, 0.25f], 1.5 * Math.Log(2), [0.5f, 0, 0.5f], ThreeMetrics),
        "several" => new(Both, [-2, 0, 1, 2], [1, Ln2, 0, 0, 2, Ln2, 0, 0], [1, 0.5f, 0.25f, 0.25f, 2, 0.5f, 0.25f, 0.25f], 2 + (1.5 * Math.Log(2)), [1e-3f, 0.5f, 0, 0.5f],
            new Dictionary<string, double>(ThreeMetrics.Select(m => KeyValuePair.Create($"mood.{m.Key}", m.Value))) { ["valence.mae"] = 2, ["valence.acc2_nonzero"] = 0.5 }),
        _ => new(Both, [-2, float.NaN, 1, 2], [1, Ln2, 0, 0, 2, Ln2, 0, 0], [1, 0.5f, 0.25f, 0.25f, 2, 0.5f, 0.25f, 0.25f], 2 + (2 * Math.Log(2)), [1e-3f, 0, 0, 1],
            new Dictionary<string, double> { ["valence.mae"] = 2, ["mood.accuracy"] = 0, ["mood.nll"] = 2 * Math.Log(2) }),
    };

    [Theory, MemberData(nameof(Kinds))]
    public void Outputs_are_decoded_to_predictions(string kind)
    {
        var c = Of(kind);
        float[] decoded = [.. c.Outputs];
        c.Target.Decode(decoded);
        Assert.All(c.Predictions.Zip(decoded), p => Assert.Equal(p.First, p.Second, 1e-7f));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_loss_is_that_of_the_equations(string kind)
    {
        var c = Of(kind);
        using var scope = NewDisposeScope();
        var (rows, width) = (c.Labels.Length / c.Target.Labels, c.Target.Width);
        var outputs = TargetLoss.Heads(tensor(c.Outputs, [rows, width]));
        var labels = TargetLoss.Labels(c.Labels, rows, CPU);
        Assert.Equal(c.Loss, TargetLoss.Mean(c.Target, outputs, labels).item<float>(), 1e-6);
        if (!c.Labels.Any(float.IsNaN))
        {
            Assert.Equal(rows * c.Loss, TargetLoss.Sum(c.Target, outputs, labels).item<float>(), 2e-6);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_best_constant_is_that_of_the_labels(string kind)
    {
        var c = Of(kind);
        var constant = c.Target.BestConstant(c.Labels);
        Assert.Equal(c.Target.Width, constant.Length);
        Assert.All(constant, value => Assert.True(float.IsFinite(value)));
        c.Target.Decode(constant);
        Assert.All(c.Constant.Zip(constant), p => Assert.Equal(p.First, p.Second, 3e-6f)); // a class that never is true counts 1e-6, and there are two
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Metrics_equal_values_worked_out_by_hand(string kind)
    {
        var c = Of(kind);
        var metrics = c.Target.Compute(c.Labels, c.Predictions);
        Assert.Equal(c.Target.Metrics.Select(m => m.Name), metrics.Keys);
        Assert.All(c.Metrics, m => Assert.Equal(m.Value, metrics[m.Key], 1e-6));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Sums_of_an_utterance_drawn_twice_count_it_twice(string kind)
    {
        var c = Of(kind);
        var (labels, width) = (c.Target.Labels, c.Target.Width);
        float[] Twice(float[] x, int stride) => [.. x[..stride], .. x];
        var sums = c.Target.PerUtterance(c.Labels, c.Predictions);
        Assert.Equal(0, c.Target.Sums % 4);
        var totals = Enumerable.Range(0, c.Target.Sums).Select(i => (2 * sums[i]) + sums[c.Target.Sums + i]).ToArray();
        var values = new double[c.Target.Metrics.Count];
        c.Target.Evaluate(totals, values);
        Assert.All(c.Target.Compute(Twice(c.Labels, labels), Twice(c.Predictions, width)).Values.Zip(values), p => Assert.Equal(p.First, p.Second, 1e-12));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_target_is_the_same_after_a_file(string kind)
    {
        var target = Of(kind).Target;
        Assert.Equal(target, target.Spec.ToTarget(null));
        Assert.All(target.Metrics, m => Assert.Equal((m.Label, m.HigherIsBetter, m.IsShare, m.Use), (Metric.Of(m.Name).Label, Metric.Of(m.Name).HigherIsBetter, Metric.Of(m.Name).IsShare, Metric.Of(m.Name).Use)));
        Assert.NotEmpty(Metric.Used(target.Metrics.Select(m => m.Name), MetricUse.Lead));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_bootstrap_interval_is_that_of_metrics_computed_anew_from_what_is_drawn(string kind)
    {
        const int Rows = 40;
        const int Draws = 60;
        var target = Of(kind).Target;
        var random = new StableRandom(7);
        float[] labels = [.. Enumerable.Range(0, Rows).SelectMany(_ => Label(target, random))];
        float[] predictions = [.. Enumerable.Range(0, Rows * target.Width).Select(_ => (float)random.NextNormal())];
        target.Decode(predictions);
        var estimates = Bootstrap.Estimate(labels, [predictions], seed: 3, resamples: Draws, target: target);

        var draws = new StableRandom(3, StableRandom.KeyOf("bootstrap"));
        var naive = target.Metrics.ToDictionary(m => m.Name, _ => new List<double>());
        for (var draw = 0; draw < Draws; draw++)
        {
            int[] rows = [.. Enumerable.Range(0, Rows).Select(_ => draws.NextInt(Rows))];
            float[] Of(float[] x, int stride) => [.. rows.SelectMany(r => x[(r * stride)..((r + 1) * stride)])];
            foreach (var (name, value) in target.Compute(Of(labels, target.Labels), Of(predictions, target.Width)))
            {
                naive[name].Add(value);
            }
        }

        Assert.All(target.Metrics, m =>
        {
            double[] sorted = [.. naive[m.Name].Order()];
            Assert.Equal(At(sorted, 0.025), estimates[m.Name].Low, 1e-9);
            Assert.Equal(At(sorted, 0.975), estimates[m.Name].High, 1e-9);
        });

        static double At(double[] sorted, double share)
        {
            var (place, below) = (share * (sorted.Length - 1), (int)(share * (sorted.Length - 1)));
            return sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]));
        }
    }

    [Fact]
    public void Class_metrics_are_those_of_scikit_learn()
    {
        // Truth 0 0 1 1 2 2 2, answers 0 1 1 1 2 0 1. By accuracy_score, f1_score, balanced_accuracy_score: hits 1, 2, 1 of 2, 2, 3;
        // predicted 2, 4, 1; F1 2/4, 4/6, 2/4.
        float[] labels = [0, 0, 1, 1, 2, 2, 2];
        int[] answers = [0, 1, 1, 1, 2, 0, 1];
        float[] predictions = [.. answers.SelectMany(a => Enumerable.Range(0, 3).Select(k => k == a ? 0.5f : 0.25f))];
        var metrics = Three.Compute(labels, predictions);
        Assert.Equal(4 / 7.0, metrics[ClassTarget.Accuracy], 1e-12);
        Assert.Equal(((2 * 0.5) + (2 * 2 / 3.0) + (3 * 0.5)) / 7, metrics[ClassTarget.F1Weighted], 1e-12);
        Assert.Equal((0.5 + (2 / 3.0) + 0.5) / 3, metrics[ClassTarget.F1Macro], 1e-12);
        Assert.Equal((0.5 + 1 + (1 / 3.0)) / 3, metrics[ClassTarget.AccuracyBalanced], 1e-12);
        Assert.Equal(((4 * Math.Log(2)) + (3 * Math.Log(4))) / 7, metrics[ClassTarget.NegativeLogLikelihood], 1e-12);
    }

    [Fact]
    public void A_confusion_table_counts_the_rows_that_have_the_label()
    {
        var c = Of("classes");
        Assert.Equal([1, 0, 0, 0, 0, 0, 1, 0, 0], Assert.Single(c.Target.Confusions(c.Labels, c.Predictions)).Counts);
        var some = Of("several, some without a label");
        var table = Assert.Single(some.Target.Confusions(some.Labels, some.Predictions));
        Assert.Equal(("mood", 1), (table.Label, table.Counts.Sum()));
        Assert.Equal(1, table.Counts[2 * 3]);
        Assert.Empty(Target.Score.Confusions([1], [1]));
    }

    [Fact]
    public void A_prediction_becomes_columns()
    {
        Assert.Equal([("prediction", "0.5"), ("deviation", "0.25"), ("label", "")], Target.Score.Cells([0.5], [0.25], [float.NaN]));
        Assert.Equal([("prediction", "calm"), ("p(sad)", "0.25"), ("p(calm)", "0.5"), ("p(glad)", "0.25"), ("deviation", "0.1"), ("label", "glad")],
            Three.Cells([0.25, 0.5, 0.25], [0, 0.1, 0], [2]));
        Assert.Equal(["valence.prediction", "mood.prediction", "mood.p(sad)", "mood.p(calm)", "mood.p(glad)"], Both.Cells([1, 0.25, 0.5, 0.25], null, null).Select(c => c.Column));
    }

    [Fact]
    public void Faults_are_named()
    {
        Assert.Equal("the label 3, which is none of the classes' numbers 0 to 2", Three.FaultOf([3]));
        Assert.Equal("for 'mood' the label 0.5, which is none of the classes' numbers 0 to 2", Both.FaultOf([1, 0.5f]));
        Assert.Null(Both.FaultOf([float.NaN, 2]));
        Assert.NotNull(Target.Score.FaultOf([float.NaN]));
        Assert.Throws<ArgumentException>(() => new ClassTarget(["one"]));
        Assert.Throws<ArgumentException>(() => new ClassTarget(["one", "one"]));
        Assert.Throws<InputException>(() => new TargetSpec("ranks").ToTarget("file"));
    }

    private static IEnumerable<float> Label(Target target, StableRandom random) => target switch
    {
        SeveralTarget several => several.Parts.SelectMany(p => Label(p.Target, random)),
        ClassTarget classes => [random.NextInt(classes.Classes.Count)],
        _ => [(float)random.NextNormal()],
    };
}
