using Amodal.Targets;

namespace Amodal.Tests.Evaluation;

/// <summary>Against values from the official IMDer code and scikit-learn, golden/metrics.npz in the shared folder.</summary>
public class MetricsParityTests
{
    private static readonly string[] Extra =
    [
        ScoreTarget.Acc2NonZero, ScoreTarget.F1NonZeroWeighted, ScoreTarget.Acc2Has0, ScoreTarget.F1Has0Weighted,
        ScoreTarget.Acc7, ScoreTarget.Acc5, ScoreTarget.Acc3, ScoreTarget.Mae, ScoreTarget.Corr,
    ];

    private static readonly string[] Official = [ScoreTarget.Acc2NonZero, ScoreTarget.F1NonZeroWeighted, ScoreTarget.Acc7, ScoreTarget.Mae];

    [Theory]
    [InlineData("random686")]
    [InlineData("zeros")]
    [InlineData("half_ties")]
    [InlineData("outside")]
    [InlineData("negzero")]
    [InlineData("all_pred_positive")]
    [InlineData("truth_one_class")]
    [InlineData("six_decimals")]
    public void Equals_the_official_values(string name)
    {
        var golden = Golden.Read("metrics.npz");
        var metrics = Target.Score.Compute(golden[$"{name}.truth"].ToFloats(), golden[$"{name}.pred"].ToFloats());
        var official = golden[$"{name}.official"].ToDoubles();
        for (var i = 0; i < official.Length; i++)
        {
            Assert.Equal(official[i], Math.Round(metrics[Official[i]], 4)); // they round to four decimals
        }

        // Theirs and ours differ in the order of a few double additions (1e-15); their MAE is a mean of float32, with an
        // error of a few units of 6e-8 of its value.
        var extra = golden[$"{name}.extra"].ToDoubles();
        for (var i = 0; i < extra.Length; i++)
        {
            Assert.Equal(extra[i], metrics[Extra[i]], Extra[i] == ScoreTarget.Mae ? 5e-7 * extra[i] : 1e-13);
        }
    }
}
