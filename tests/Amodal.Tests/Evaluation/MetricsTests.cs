using Amodal.Evaluation;
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
        var m = Metrics.Compute(Truth, Prediction);

        // Without the 0: negative 1 of 2 hit, positive 2 of 3 hit, one error each way.
        Assert.Equal(3 / 5.0, m[Metrics.Acc2NonZero], 1e-15);
        var (negative, positive) = (2.0 / 4, 4.0 / 6);
        Assert.Equal(((2 * negative) + (3 * positive)) / 5, m[Metrics.F1NonZeroWeighted], 1e-15);
        Assert.Equal((negative + positive) / 2, m[Metrics.F1NonZeroMacro], 1e-15);

        // With the 0 as non-negative: negative 1 of 2, non-negative 2 of 4; three errors.
        Assert.Equal(3 / 6.0, m[Metrics.Acc2Has0], 1e-15);
        (negative, positive) = (2.0 / 5, 4.0 / 7);
        Assert.Equal(((2 * negative) + (4 * positive)) / 6, m[Metrics.F1Has0Weighted], 1e-15);
        Assert.Equal((negative + positive) / 2, m[Metrics.F1Has0Macro], 1e-15);

        // Seven: -1, 2 hit (-0.5 rounds to 0). Five: the same. Three: -1, and 1 against 2 and 2 against 2 as 1.
        Assert.Equal(2 / 6.0, m[Metrics.Acc7], 1e-15);
        Assert.Equal(2 / 6.0, m[Metrics.Acc5], 1e-15);
        Assert.Equal(3 / 6.0, m[Metrics.Acc3], 1e-15);
        Assert.Equal((3 + 0 + 1 + 1 + 0 + 3.5) / 6, m[Metrics.Mae], 1e-15);

        // Means 1/2 and 5/12; sums of products 3.5 - 6 (1/2) (5/12), 19 - 6/4, 11.25 - 6 (25/144).
        Assert.Equal((3.5 - 1.25) / Math.Sqrt(17.5 * (11.25 - (25 / 24.0))), m[Metrics.Corr], 1e-14);
    }

    [Fact]
    public void F1_takes_truth_and_prediction_the_right_way_round()
    {
        // Positive: 3 hits, 1 error, F1 6/7. Negative: 1 hit, 1 error, F1 2/3. The truth has 3 and 2 of them, the predictions
        // 4 and 1: swapping the two changes the weights.
        float[] truth = [1, 1, 1, -1, -1];
        float[] prediction = [1, 1, 1, 1, -1];
        Assert.Equal(((3 * 6 / 7.0) + (2 * 2 / 3.0)) / 5, Metrics.Compute(truth, prediction)[Metrics.F1NonZeroWeighted], 1e-15);
        Assert.Equal(((4 * 6 / 7.0) + (1 * 2 / 3.0)) / 5, Metrics.Compute(prediction, truth)[Metrics.F1NonZeroWeighted], 1e-15);
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
        Assert.Equal(1, Metrics.Compute([label], [prediction])[Metrics.Acc7]);

    [Fact]
    public void A_prediction_of_zero_is_not_positive_but_is_non_negative()
    {
        var m = Metrics.Compute([1f, -1f], [0f, 0f]);
        Assert.Equal(0.5, m[Metrics.Acc2NonZero]); // the -1
        Assert.Equal(0.5, m[Metrics.Acc2Has0]); // the 1
        Assert.Equal(1, Metrics.Compute([-1f], [0f])[Metrics.Acc2NonZero]);
        Assert.Equal(0, Metrics.Compute([-1f], [0f])[Metrics.Acc2Has0]);
        Assert.Equal(1, Metrics.Compute([-0f], [0f])[Metrics.Acc2Has0]); // minus zero is zero
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(-1234.567f)]
    public void A_constant_has_correlation_zero(float constant)
    {
        Assert.Equal(0, Metrics.Compute([1, 2, 3, -1.1f], [constant, constant, constant, constant])[Metrics.Corr]);
        Assert.Equal(0, Metrics.Compute([constant, constant, constant], [1, 2, 4])[Metrics.Corr]);
    }

    [Fact]
    public void One_class_only_and_right_is_perfect_and_wrong_is_zero()
    {
        var right = Metrics.Compute([1f, 2f], [0.5f, 3f]);
        Assert.Equal([1, 1, 1], [right[Metrics.Acc2NonZero], right[Metrics.F1NonZeroWeighted], right[Metrics.F1NonZeroMacro]]);
        var wrong = Metrics.Compute([1f, 2f], [-0.5f, -3f]);
        Assert.Equal([0, 0, 0], [wrong[Metrics.Acc2NonZero], wrong[Metrics.F1NonZeroWeighted], wrong[Metrics.F1NonZeroMacro]]);
    }

    [Fact]
    public void Without_a_label_but_zero_the_non_zero_metrics_have_no_value()
    {
        var m = Metrics.Compute([0f, 0f], [1f, -1f]);
        Assert.All(Metrics.All, metric => Assert.Equal(metric.Name.Contains("nonzero", StringComparison.Ordinal), double.IsNaN(m[metric.Name])));
    }

    [Fact]
    public void Order_of_utterances_does_not_matter_and_shares_are_shares() =>
        Gen.Select(Gen.Float[-4, 4], Gen.Float[-4, 4]).Array[2, 60].Sample(pairs =>
        {
            var forward = Metrics.Compute([.. pairs.Select(p => p.Item1)], [.. pairs.Select(p => p.Item2)]);
            var backward = Metrics.Compute([.. pairs.Reverse().Select(p => p.Item1)], [.. pairs.Reverse().Select(p => p.Item2)]);
            foreach (var metric in Metrics.All)
            {
                Assert.Equal(forward[metric.Name], backward[metric.Name], 1e-9);
                Assert.True(!metric.IsShare || double.IsNaN(forward[metric.Name]) || forward[metric.Name] is >= 0 and <= 1);
            }
        });

    [Fact]
    public void Names_come_in_the_order_of_the_tables() =>
        Assert.Equal(Metrics.All.Select(m => m.Name), Metrics.Compute(Truth, Prediction).Keys);

    [Fact]
    public void What_cannot_be_measured_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Metrics.Compute([], []));
        Assert.Throws<ArgumentException>(() => Metrics.Compute([1f], [1f, 2f]));
        Assert.Contains("prediction 1 is NaN", Assert.Throws<ArgumentException>(() => Metrics.Compute([1f, 1f], [1f, float.NaN])).Message);
        Assert.Contains("label 0 is", Assert.Throws<ArgumentException>(() => Metrics.Compute([float.PositiveInfinity], [1f])).Message);
    }

    [Fact]
    public void Values_are_shown_in_per_cent_or_with_three_digits()
    {
        Assert.Equal("85.1", Metrics.All.First(m => m.Name == Metrics.Acc7).Format(0.8512));
        Assert.Equal("0.851", Metrics.All.First(m => m.Name == Metrics.Mae).Format(0.8512));
        Assert.Equal("n/a", Metrics.All[0].Format(double.NaN));
    }
}
