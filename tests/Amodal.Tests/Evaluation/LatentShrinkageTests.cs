using Amodal.Evaluation;
using Amodal.Randomness;
using static TorchSharp.torch;

namespace Amodal.Tests.Evaluation;

public class LatentShrinkageTests
{
    [Fact]
    public void A_recovery_that_holds_half_of_the_mean_has_half_the_slope()
    {
        using var scope = NewDisposeScope();
        var noise = new StableRandom(3);
        var average = Draws.Normal(noise, 1, 4, 5);
        var predicted = Draws.Normal(noise, 500, 4, 5);
        var truth = predicted + Draws.Normal(noise, 500, 4, 5);
        var recovered = (predicted * 0.5) + (Draws.Normal(noise, 500, 4, 5) * 2);
        var shrinkage = new LatentShrinkage();
        var valid = ones(500, 1, 5);
        foreach (var part in Enumerable.Range(0, 2)) // in two parts, as over folds
        {
            shrinkage.Add(Half(recovered + average, part), Half(predicted + average, part), Half(truth + average, part), average, Half(valid, part));
        }

        // 10,000 numbers: a slope errs by its noise's deviation over 100, a ratio of spreads by 1.4 % of itself; 5 of those.
        Assert.Equal(0.5, shrinkage.Slope, 0.1);
        Assert.Equal(1, shrinkage.TrueSlope, 0.05);
        Assert.Equal(0.5, shrinkage.MeanShare, 0.1);
        Assert.Equal(4.25 / 2, shrinkage.SpreadRatio, 0.2);
        Assert.Equal(0.5, shrinkage.Explained, 0.05);

        static Tensor Half(Tensor x, int part) => x.narrow(0, 250 * part, 250);
    }

    [Fact]
    public void Where_nothing_can_be_predicted_a_row_says_nothing()
    {
        LatentShrinkageRow[] rows = [Row(0.5, 1, slope: 0.4), Row(0.001, 0.01, slope: -2)]; // shares of 0.4 and -200
        Assert.Equal(((0.4 * 0.5) - (2 * 0.001)) / (0.5 + (0.01 * 0.001)), LatentShrinkageRow.MeanShare(rows, r => r.Slope), 1e-12);

        static LatentShrinkageRow Row(double predicted, double trueSlope, double slope) => new("m", "x", "y", predicted, 0, trueSlope, slope, 1, 0, 1);
    }

    [Fact]
    public void Padding_does_not_count()
    {
        using var scope = NewDisposeScope();
        var truth = tensor(new float[] { 1, 2, 100 }, [1, 1, 3]);
        var shrinkage = new LatentShrinkage();
        shrinkage.Add(truth * 3, truth * 2, truth, zeros(1, 1, 3), tensor(new float[] { 1, 1, 0 }, [1, 1, 3]));
        Assert.Equal(9, shrinkage.SpreadRatio, 1e-9);
        shrinkage.Add(truth * -1, truth * 2, truth, zeros(1, 1, 3), tensor(new float[] { 0, 0, 0 }, [1, 1, 3]));
        Assert.Equal(1.5, shrinkage.Slope, 1e-9);
        Assert.Equal(0.5, shrinkage.TrueSlope, 1e-9);
    }
}
