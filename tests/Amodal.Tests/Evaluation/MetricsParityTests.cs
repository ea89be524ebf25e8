using Amodal.Evaluation;

namespace Amodal.Tests.Evaluation;

/// <summary>Against values from the official IMDer code and scikit-learn, golden/metrics.npz in the shared folder.</summary>
public class MetricsParityTests
{
    private static readonly string[] Extra =
    [
        Metrics.Acc2NonZero, Metrics.F1NonZeroWeighted, Metrics.Acc2Has0, Metrics.F1Has0Weighted,
        Metrics.Acc7, Metrics.Acc5, Metrics.Acc3, Metrics.Mae, Metrics.Corr,
    ];

    private static readonly string[] Official = [Metrics.Acc2NonZero, Metrics.F1NonZeroWeighted, Metrics.Acc7, Metrics.Mae];

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
        var metrics = Metrics.Compute(golden[$"{name}.truth"].ToFloats(), golden[$"{name}.pred"].ToFloats());
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
            Assert.Equal(extra[i], metrics[Extra[i]], Extra[i] == Metrics.Mae ? 5e-7 * extra[i] : 1e-13);
        }
    }
}
