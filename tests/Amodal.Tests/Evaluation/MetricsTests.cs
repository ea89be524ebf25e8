using Amodal.Targets;
using CsCheck;

namespace Amodal.Tests.Evaluation;

public class MetricsTests
{
    // Labels -2 -1 0 1 2 3 against predictions 1 -1 -1 2 2 -0.5: worked out by hand.
    private static readonly float[] Truth = [-2, -1, 0, 1, 2, 3];
    private static readonly float[] Prediction = [1, -1, -1, 2, 2, -0.5f];

    [Fact]
    public void Equals_values_worked_out_by_hand()
    {
        var m = Target.Score.Compute(Truth, Prediction);

        // Without the 0: negative 1 of 2 hit, positive 2 of 3 hit, one error each way.
        Assert.Equal(3 / 5.0, m[ScoreTarget.Acc2NonZero], 1e-15);
        var (negative, positive) = (2.0 / 4, 4.0 / 6);
        Assert.Equal(((2 * negative) + (3 * positive)) / 5, m[ScoreTarget.F1NonZeroWeighted], 1e-15);
        Assert.Equal((negative + positive) / 2, m[ScoreTarget.F1NonZeroMacro], 1e-15);

        // With the 0 as non-negative: negative 1 of 2, non-negative 2 of 4; three errors.
        Assert.Equal(3 / 6.0, m[ScoreTarget.Acc2Has0], 1e-15);
        (negative, positive) = (2.0 / 5, 4.0 / 7);
        Assert.Equal(((2 * negative) + (4 * positive)) / 6, m[ScoreTarget.F1Has0Weighted], 1e-15);
        Assert.Equal((negative + positive) / 2, m[ScoreTarget.F1Has0Macro], 1e-15);

        // Seven: -1, 2 hit (-0.5 rounds to 0). Five: the same. Three: -1, and 1 against 2 and 2 against 2 as 1.
        Assert.Equal(2 / 6.0, m[ScoreTarget.Acc7], 1e-15);
        Assert.Equal(2 / 6.0, m[ScoreTarget.Acc5], 1e-15);
        Assert.Equal(3 / 6.0, m[ScoreTarget.Acc3], 1e-15);
        Assert.Equal((3 + 0 + 1 + 1 + 0 + 3.5) / 6, m[ScoreTarget.Mae], 1e-15);

        // Means 1/2 and 5/12; sums of products 3.5 - 6 (1/2) (5/12), 19 - 6/4, 11.25 - 6 (25/144).
        Assert.Equal((3.5 - 1.25) / Math.Sqrt(17.5 * (11.25 - (25 / 24.0))), m[ScoreTarget.Corr], 1e-14);
    }

    [Fact]
    public void F1_takes_truth_and_prediction_the_right_way_round()
    {
        // Positive: 3 hits, 1 error, F1 6/7. Negative: 1 hit, 1 error, F1 2/3. The truth has 3 and 2 of them, the predictions
        // 4 and 1: swapping the two changes the weights.
        float[] truth = [1, 1, 1, -1, -1];
        float[] prediction = [1, 1, 1, 1, -1];
        Assert.Equal(((3 * 6 / 7.0) + (2 * 2 / 3.0)) / 5, Target.Score.Compute(truth, prediction)[ScoreTarget.F1NonZeroWeighted], 1e-15);
        Assert.Equal(((4 * 6 / 7.0) + (1 * 2 / 3.0)) / 5, Target.Score.Compute(prediction, truth)[ScoreTarget.F1NonZeroWeighted], 1e-15);
    }

    [Theory]
    [InlineData(0.5f, 0f)]
    [InlineData(1.5f, 2f)]
    [InlineData(2.5f, 2f)]
    [InlineData(-2.5f, -2f)]
    [InlineData(-0.5f, 0f)]
    [InlineData(2.5000002f, 3f)]
    [InlineData(9f, 3f)]
    public void Seven_classes_round_half_to_even_after_clipping(float prediction, float label) =>
        Assert.Equal(1, Target.Score.Compute([label], [prediction])[ScoreTarget.Acc7]);

    [Fact]
    public void A_prediction_of_zero_is_not_positive_but_is_non_negative()
    {
        var m = Target.Score.Compute([1f, -1f], [0f, 0f]);
        Assert.Equal(0.5, m[ScoreTarget.Acc2NonZero]); // the -1
        Assert.Equal(0.5, m[ScoreTarget.Acc2Has0]); // the 1
        Assert.Equal(1, Target.Score.Compute([-1f], [0f])[ScoreTarget.Acc2NonZero]);
        Assert.Equal(0, Target.Score.Compute([-1f], [0f])[ScoreTarget.Acc2Has0]);
        Assert.Equal(1, Target.Score.Compute([-0f], [0f])[ScoreTarget.Acc2Has0]); // minus zero is zero
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(-1234.567f)]
    public void A_constant_has_correlation_zero(float constant)
    {
        Assert.Equal(0, Target.Score.Compute([1, 2, 3, -1.1f], [constant, constant, constant, constant])[ScoreTarget.Corr]);
        Assert.Equal(0, Target.Score.Compute([constant, constant, constant], [1, 2, 4])[ScoreTarget.Corr]);
    }

    [Fact]
    public void One_class_only_and_right_is_perfect_and_wrong_is_zero()
    {
        var right = Target.Score.Compute([1f, 2f], [0.5f, 3f]);
        Assert.Equal([1, 1, 1], [right[ScoreTarget.Acc2NonZero], right[ScoreTarget.F1NonZeroWeighted], right[ScoreTarget.F1NonZeroMacro]]);
        var wrong = Target.Score.Compute([1f, 2f], [-0.5f, -3f]);
        Assert.Equal([0, 0, 0], [wrong[ScoreTarget.Acc2NonZero], wrong[ScoreTarget.F1NonZeroWeighted], wrong[ScoreTarget.F1NonZeroMacro]]);
    }

    [Fact]
    public void Without_a_label_but_zero_the_non_zero_metrics_have_no_value()
    {
        var m = Target.Score.Compute([0f, 0f], [1f, -1f]);
        Assert.All(Target.Score.Metrics, metric => Assert.Equal(metric.Name.Contains("nonzero", StringComparison.Ordinal), double.IsNaN(m[metric.Name])));
    }

    [Fact]
    public void Order_of_utterances_does_not_matter_and_shares_are_shares() =>
        Gen.Select(Gen.Float[-4, 4], Gen.Float[-4, 4]).Array[2, 60].Sample(pairs =>
        {
            var forward = Target.Score.Compute([.. pairs.Select(p => p.Item1)], [.. pairs.Select(p => p.Item2)]);
            var backward = Target.Score.Compute([.. pairs.Reverse().Select(p => p.Item1)], [.. pairs.Reverse().Select(p => p.Item2)]);
            foreach (var metric in Target.Score.Metrics)
            {
                Assert.Equal(forward[metric.Name], backward[metric.Name], 1e-9);
                Assert.True(!metric.IsShare || double.IsNaN(forward[metric.Name]) || forward[metric.Name] is >= 0 and <= 1);
            }
        });

    [Fact]
    public void Names_come_in_the_order_of_the_tables() =>
        Assert.Equal(Target.Score.Metrics.Select(m => m.Name), Target.Score.Compute(Truth, Prediction).Keys);

    [Fact]
    public void What_cannot_be_measured_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Target.Score.Compute([], []));
        Assert.Throws<ArgumentException>(() => Target.Score.Compute([1f], [1f, 2f]));
        Assert.Contains("prediction 1 is NaN", Assert.Throws<ArgumentException>(() => Target.Score.Compute([1f, 1f], [1f, float.NaN])).Message);
        Assert.Contains("label 0 is", Assert.Throws<ArgumentException>(() => Target.Score.Compute([float.PositiveInfinity], [1f])).Message);
    }

    [Fact]
    public void Values_are_shown_in_per_cent_or_with_three_digits()
    {
        Assert.Equal("85.1", Target.Score.Metrics.First(m => m.Name == ScoreTarget.Acc7).Format(0.8512));
        Assert.Equal("0.851", Target.Score.Metrics.First(m => m.Name == ScoreTarget.Mae).Format(0.8512));
        Assert.Equal("n/a", Target.Score.Metrics[0].Format(double.NaN));
    }
}
