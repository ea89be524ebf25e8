using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using Amodal.Targets;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.LinearFirst;

public class LinearPredictorTests
{
    [Fact]
    public void A_score_that_is_linear_is_found()
    {
        using var scope = NewDisposeScope();
        var (weight, x) = (Draws.Normal(1, 6), Draws.Normal(2, 400, 6));
        var y = x.matmul(weight) + 3;
        using var linear = Fit(Target.Score, x[..300], y[..300], x[300..], y[300..]);
        // The least penalty tried is a thousandth: so much is lost of the weights, whose sum of squares is about 6.
        Assert.All((linear.Predict(x).squeeze(1) - y).data<float>(), off => Assert.InRange(off, -0.02f, 0.02f));
    }

    [Fact]
    public void Logits_of_two_Gaussian_classes_are_their_log_odds()
    {
        using var scope = NewDisposeScope();
        const int rows = 40_000;
        var y = tensor([.. Enumerable.Range(0, rows).Select(i => i % 4 == 0 ? 1f : 0f)]); // odds of 1 to 3
        var x = Draws.Normal(3, rows, 1) + ((y * 2) - 1).unsqueeze(1); // means -1 and 1, variance 1: the log odds are 2 x - log 3
        using var linear = Fit(new ClassTarget(["no", "yes"]), x, y, x[..4000], y[..4000]);
        var odds = linear.Predict(tensor([-1f, 0, 1]).unsqueeze(1));
        // The means are known to 1 / sqrt(10,000), so the slope to about 0.03; a penalty of a thousandth to a hundredth is beside it.
        Relative.Equal(tensor([-2f, 0, 2]) - (float)Math.Log(3), odds.select(1, 1) - odds.select(1, 0), 0.1, size: 1);
    }

    [Fact]
    public void Of_several_labels_each_is_fitted_on_the_rows_that_have_it()
    {
        using var scope = NewDisposeScope();
        var x = Draws.Normal(4, 200, 2);
        var y = stack([x.select(1, 0) * 2, x.select(1, 1) - 1], 1);
        y[TensorIndex.Slice(0, 100), 1] = float.NaN;
        using var linear = Fit(new SeveralTarget([("one", Target.Score), ("other", Target.Score)]), x, y, x[100..], y[100..]);
        Assert.All((linear.Predict(x)[100..] - y[100..]).data<float>(), off => Assert.InRange(off, -0.02f, 0.02f));
        using var direct = new DirectPredictor([1, 1], new SeveralTarget([("one", Target.Score), ("other", Target.Score)]));
        direct.Moments.Fit(x.to(ScalarType.Float64), y);
        direct.Fit(x[100..], y[100..]);
        // Of the second number alone the first label's prediction is its mean, 0, to 1 / sqrt(200).
        var second = direct.Predict(x, ModalitySet.Of(1));
        Assert.All(second.select(1, 0).data<float>(), off => Assert.InRange(off, -1f, 1f));
        Assert.All((second.select(1, 1) - y.select(1, 1))[100..].data<float>(), off => Assert.InRange(off, -0.02f, 0.02f));
    }

    [Fact]
    public void A_modality_that_only_adds_noise_is_kept_down()
    {
        using var scope = NewDisposeScope();
        // 30 numbers of noise, to which 60 rows can be fitted; the one that tells is let alone.
        var x = Draws.Normal(5, 1060, 31);
        var y = x.select(1, 0) + (0.3 * Draws.Normal(6, 1060));
        using var moments = new LabelMoments(31, Target.Score);
        moments.Fit(x[..60].to(ScalarType.Float64), y[..60]);
        using var both = new LinearPredictor([1, 30], Target.Score);
        both.Fit(moments, x[60..560], y[60..560]);
        using var common = new LinearPredictor([31], Target.Score);
        common.Fit(moments, x[60..560], y[60..560]);
        // The noise alone is a mean absolute error of 0.3 sqrt(2 / pi) = 0.24.
        Assert.InRange(Error(both), 0.22f, 0.27f);
        Assert.True(Error(common) > 1.1f * Error(both), $"{Error(common)} against {Error(both)}");

        float Error(LinearPredictor linear) => (linear.Predict(x[560..]).squeeze(1) - y[560..]).abs().mean().item<float>();
    }

    [Fact]
    public void Rows_that_lack_numbers_count_for_those_that_they_have()
    {
        using var scope = NewDisposeScope();
        var x = Draws.Normal(7, 40_000, 3).to(ScalarType.Float64);
        var y = x.sum([1]).to(ScalarType.Float32);
        var held = (Draws.Normal(8, 40_000, 3) > 0).to(ScalarType.Float64);
        using var moments = new LabelMoments(3, Target.Score);
        moments.Fit(x.masked_fill(held == 0, 5), y, held);
        // A product of normals over 10,000 rows is known to a hundredth or two.
        var (all, _) = moments.Solve(full(3, 1e-6, dtype: ScalarType.Float64));
        Assert.All(all.data<double>(), w => Assert.InRange(w, 0.9, 1.1));
        var (one, _) = moments.Solve(full(3, 1e-6, dtype: ScalarType.Float64), tensor(new long[] { 1 }));
        Assert.Equal(0, one[0, 0].item<double>());
        Assert.InRange(one[1, 0].item<double>(), 0.9, 1.1);
    }

    private static LinearPredictor Fit(Target target, Tensor x, Tensor y, Tensor valid, Tensor validLabels)
    {
        using var moments = new LabelMoments((int)x.shape[1], target);
        moments.Fit(x.to(ScalarType.Float64), y);
        var linear = new LinearPredictor([(int)x.shape[1]], target);
        linear.Fit(moments, valid, validLabels);
        return linear;
    }
}
