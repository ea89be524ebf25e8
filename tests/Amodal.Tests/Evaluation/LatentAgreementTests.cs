using Amodal.Evaluation;

namespace Amodal.Tests.Evaluation;

public class LatentAgreementTests
{
    [Fact]
    public void Error_and_correlation_are_over_the_steps_that_count()
    {
        // One row, one channel, four steps; the last is padding and would spoil both.
        var agreement = Of([1, 2, 4, 100], [2, 2, 3, -100], [1, 1, 1, 0]);
        Assert.Equal(Math.Sqrt((1 + 0 + 1) / 3.0), agreement.Error, 1e-12);
        // Means 7/3 and 7/3; deviations (-4, -1, 5)/3 and (-1, -1, 2)/3: (4 + 1 + 10) / sqrt((16 + 1 + 25)(1 + 1 + 4)).
        Assert.Equal(15 / Math.Sqrt(42 * 6), agreement.Correlation, 1e-12);
    }

    [Fact]
    public void Parts_pool_to_the_whole()
    {
        var whole = Of([1, 2, 4, 7], [2, 2, 3, 5], [1, 1, 1, 1]);
        var pooled = LatentAgreement.Pool([Of([1, 2, 0, 0], [2, 2, 9, 9], [1, 1, 0, 0]), Of([4, 7, 0, 0], [3, 5, 9, 9], [1, 1, 0, 0])]);
        Assert.Equal(whole.Error, pooled.Error, 1e-12);
        Assert.Equal(whole.Correlation, pooled.Correlation, 1e-12);
    }

    [Fact]
    public void A_constant_has_an_error_but_no_correlation()
    {
        var agreement = Of([0, 0, 0, 0], [1, -1, 1, -1], [1, 1, 1, 1]);
        Assert.Equal(1, agreement.Error, 1e-12);
        Assert.Equal(double.NaN, agreement.Correlation);
    }

    [Fact]
    public void A_step_counts_once_per_channel()
    {
        var agreement = new LatentAgreement();
        agreement.Add(new float[24], [.. Enumerable.Repeat(2f, 24)], [.. Enumerable.Repeat(true, 8)], 4);
        Assert.Equal(2, agreement.Error, 1e-12);
    }

    [Fact]
    public void One_row_stands_for_all()
    {
        var (one, all) = (new LatentAgreement(), new LatentAgreement());
        float[] truth = [1, 2, 3, 4, 6, 5, 8, 7];
        one.Add([1, 3, 2, 4], truth, [true, true, true, false], 2);
        all.Add([1, 3, 2, 4, 1, 3, 2, 4], truth, [true, true, true, false], 2);
        Assert.Equal((all.Error, all.Correlation), (one.Error, one.Correlation));
    }

    private static LatentAgreement Of(float[] recovered, float[] truth, float[] valid)
    {
        var agreement = new LatentAgreement();
        agreement.Add(recovered, truth, [.. valid.Select(v => v > 0)], 4);
        return agreement;
    }
}
