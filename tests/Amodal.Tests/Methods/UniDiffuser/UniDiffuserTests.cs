using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Latents;
using Amodal.Methods;
using Amodal.Methods.UniDiffuser;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Tests.Diffusion;
using Amodal.Tests.Methods.Fills;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.UniDiffuser;

public sealed class UniDiffuserTests
{
    private static readonly JointGaussian _three = JointGaussian.Three();
    private static readonly NumberLayout _layout = new([2, 2, 2]);
    private static readonly IProcess _process = JointDiffusion.Process;

    /// <summary>Every observed set with every set that may be drawn beside it: conditionals, marginals and the joint distribution.</summary>
    public static TheoryData<uint, uint> EveryDistribution =>
        [.. from observed in Enumerable.Range(0, 7) from drawn in Enumerable.Range(1, 7) where (observed & drawn) == 0 select ((uint)observed, (uint)drawn)];

    [Theory, MemberData(nameof(EveryDistribution))]
    public void With_the_exact_answer_every_distribution_is_drawn_from_by_one_function(uint observedBits, uint drawnBits)
    {
        using var scope = NewDisposeScope();
        var (observed, drawn) = (new ModalitySet(observedBits), new ModalitySet(drawnBits));
        var covariance = Covariance();
        var columns = _layout.Columns(drawn, CPU);
        var cross = Block(covariance, drawn, observed);
        var coefficients = observed.IsEmpty ? zeros_like(cross) : linalg.solve(Block(covariance, observed, observed), cross.t()).t();
        var spread = Block(covariance, drawn, drawn) - coefficients.matmul(cross.t());

        // The draw is linear in what is given and in the noise, so that a unit vector at a time tells both matrices without an error of chance.
        var ((mean, noise), (finer, finerNoise)) = (Maps(60), Maps(120));
        var ofSteps = Math.Max(Far(mean, finer), Far(noise.matmul(noise.t()), finerNoise.matmul(finerNoise.t())));
        Assert.InRange(ofSteps, 0, 0.005);

        // Steps of an order of at least 1: what is left behind the finer ones is no more than they changed. The last one leaves out the noise of t = 0.001,
        // and what stays noise at t = 1 tells of each of six numbers a share alpha^2, which the start has not.
        var alpha = _process.Alpha(1);
        var tolerance = ofSteps + (6 * alpha * alpha) + Math.Pow(_process.Std(TimeGrid.DefaultEpsilon), 2);

        // The flow takes x_1, whose mean is alpha(1) times that of x_0, to x_0. It begins at noise of mean 0, and ends so much before the mean.
        var behind = finerNoise.index_select(1, columns).matmul(coefficients).mul(alpha);
        Assert.InRange(Far(OfObserved(finer) + behind, coefficients), 0, tolerance);
        Assert.InRange(Far(finerNoise.matmul(finerNoise.t()), spread), 0, tolerance);

        Tensor OfObserved(Tensor map) => observed.IsEmpty ? zeros_like(coefficients) : map.index_select(1, _layout.Columns(observed, CPU));

        (Tensor Mean, Tensor Noise) Maps(int steps)
        {
            var (unit, none) = (eye(6, dtype: ScalarType.Float64), zeros(6, 6, dtype: ScalarType.Float64));
            return (Draw(unit, none).t(), Draw(none, unit).t());

            Tensor Draw(Tensor rows, Tensor start) => JointDiffusion.Draw(Exact, _layout, rows, observed, drawn, start, Plan(steps)).index_select(1, columns);
        }
    }

    [Fact]
    public void The_loss_is_least_at_the_exact_answer_and_is_there_what_nobody_can_know()
    {
        using var scope = NewDisposeScope();
        const int Rows = 20_000;
        double[] times = [0, 0.3, 0.7];
        var (x, sets) = (Data(Rows), Enumerable.Repeat(ModalitySet.Of(1, 2), Rows).ToList());
        var t = new double[Rows, 3];
        for (var row = 0; row < Rows; row++)
        {
            (t[row, 0], t[row, 1], t[row, 2]) = (times[0], times[1], times[2]);
        }

        // Of a squared error of mean L over n numbers that are at worst all the same in a row, the standard error is L sqrt(2 / rows).
        var least = Least(times, ModalitySet.Of(1, 2));
        Assert.InRange(Loss(Exact) / least, 1 - (4 * Math.Sqrt(2.0 / Rows)), 1 + (4 * Math.Sqrt(2.0 / Rows)));

        // An answer that is off by d costs d^2 more, but for what d and the error have in common by chance: 2 d sqrt(L / rows).
        foreach (var off in new[] { -0.3, 0.3 })
        {
            Assert.Equal(off * off, Loss((y, at) => Exact(y, at) + off) - Loss(Exact), 4 * 2 * 0.3 * Math.Sqrt(least / Rows));
        }

        Assert.InRange(Loss((y, _) => zeros_like(y)) / least, 1.2, 10);

        double Loss(JointAnswer answer)
        {
            using var noise = new TorchNoise(7);
            return JointDiffusion.Loss(answer, _layout, x, t, sets, noise).item<double>();
        }
    }

    [Fact]
    public void A_trained_network_comes_near_the_exact_answer_and_recovers_the_conditional_mean()
    {
        using var scope = NewDisposeScope();
        var (train, valid) = (Data(3000).to(ScalarType.Float32), Data(500, seed: 5).to(ScalarType.Float32));
        using var data = new FillCase([2, 2, 2], train, valid);
        using var fill = data.Train(UniDiffuserFill.Descriptor, context => new UniDiffuserFill(context), [.. _small, "unidiffuser.training.epochs=20"]);
        List<ModalitySet> present = [.. Enumerable.Repeat(_layout.All, 500)];
        var times = JointDiffusion.DrawTimes(present, 3, new StableRandom(3));
        var x = valid.to(ScalarType.Float64);
        using var noGradient = no_grad();
        var (exact, nothing) = (Loss(Exact), Loss((y, _) => zeros_like(y)));
        var trained = Loss((y, t) => fill.Answer(y.to(ScalarType.Float32), t.to(ScalarType.Float32)).to(ScalarType.Float64));
        Assert.InRange((trained - exact) / (nothing - exact), 0, 0.1);

        var covariance = Covariance();
        foreach (var observed in Patterns.Incomplete(3))
        {
            var (missing, cross) = (_layout.All.Without(observed), Block(covariance, _layout.All.Without(observed), observed));
            var best = x.index_select(1, _layout.Columns(observed, CPU)).matmul(linalg.solve(Block(covariance, observed, observed), cross.t()));
            var error = (data.Fill(fill, valid, observed).index_select(1, _layout.Columns(missing, CPU)) - best).square().mean().item<double>();
            Assert.InRange(error, 0, 0.05); // of a variance of 1
        }

        double Loss(JointAnswer answer)
        {
            using var noise = new TorchNoise(7);
            return JointDiffusion.Loss(answer, _layout, x, times, present, noise).item<double>();
        }
    }

    [Fact]
    public void Guidance_moves_a_Gaussian_as_far_as_theory_says()
    {
        using var scope = NewDisposeScope();
        const double R = 0.8;
        var layout = new NumberLayout([1, 1]);
        var covariance = tensor(new[] { 1, R, R, 1 }, [2, 2]);
        var (given, start) = (tensor(new double[] { 1, 0, 0, 0 }, [2, 2]), tensor(new double[] { 0, 0, 0, 1 }, [2, 2]));
        var drawn = JointDiffusion.Draw((x, t) => Exact(layout, covariance, x, t), layout, given, ModalitySet.Of(0), ModalitySet.Of(1), start, Plan(300), guidance: 1).select(1, 1);

        // With u = log alpha the flow under s + w (s - s') is dx / du = (1 + w)(alpha r y - alpha^2 r^2 x) / (1 - alpha^2 r^2); for w = 1 it is solved by:
        var (mean, deviation) = (1 + ((1 - (R * R)) * Math.Atanh(R) / R), 1 - (R * R));
        Assert.Equal(R * mean, drawn[0].item<double>(), 2 * _process.Alpha(1)); // the start knows nothing of alpha(1) x_0
        Assert.Equal(deviation, drawn[1].item<double>(), 2 * _process.Alpha(1));
    }

    [Fact]
    public void Times_are_independent_and_1_where_a_row_lacks_the_modality()
    {
        const int Rows = 2000;
        List<ModalitySet> present = [.. Enumerable.Repeat(ModalitySet.All(3), Rows), .. Enumerable.Repeat(ModalitySet.Of(0, 2), 50)];
        var times = JointDiffusion.DrawTimes(present, 3, new StableRandom(1));
        Assert.All(Enumerable.Range(Rows, 50), row => Assert.Equal((1, false, false), (times[row, 1], times[row, 0] == 1, times[row, 2] == 1)));

        // Of uniform numbers the mean is 1/2 and the variance 1/12; that of the product of two that are independent, less their means, is 1/144.
        for (var m = 0; m < 3; m++)
        {
            Assert.Equal(0.5, Enumerable.Range(0, Rows).Average(row => times[row, m]), 4 * Math.Sqrt(1.0 / 12 / Rows));
            Assert.Equal(0, Enumerable.Range(0, Rows).Average(row => (times[row, m] - 0.5) * (times[row, (m + 1) % 3] - 0.5)), 4.0 / 12 / Math.Sqrt(Rows));
        }
    }

    [Fact]
    public void What_no_row_has_gets_no_gradient()
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        using var network = new JointTransformer(_layout, width: 8, blocks: 1, heads: 2, new StableRandom(1));
        using var noise = new TorchNoise(3);
        var x = Data(16).to(ScalarType.Float32) * _layout.Mask([ModalitySet.Of(0, 2)], CPU);
        List<ModalitySet> present = [.. Enumerable.Repeat(ModalitySet.Of(0, 2), 16)];
        JointDiffusion.Loss(network.Evaluate, _layout, x, JointDiffusion.DrawTimes(present, 3, new StableRandom(2)), present, noise).backward();
        var gradients = network.named_parameters().Where(p => p.name.StartsWith("outputs.", StringComparison.Ordinal)).ToLookup(p => p.name[8] == '1', p => p.parameter.grad!.abs().max().item<float>());
        Assert.All(gradients[true], g => Assert.Equal(0, g));
        Assert.All(gradients[false], g => Assert.NotEqual(0, g));
    }

    [Theory]
    [InlineData("draws=1")]
    [InlineData("draws=3")]
    [InlineData("guidance=1")]
    public void Neither_the_other_rows_nor_their_order_change_what_is_recovered_and_memory_stays_flat(string setting)
    {
        using var scope = NewDisposeScope();
        var x = Data(64).to(ScalarType.Float32);
        using var data = new FillCase([2, 2, 2], x, x);
        using var fill = data.Train(UniDiffuserFill.Descriptor, context => new UniDiffuserFill(context), [.. _small, "unidiffuser.training.epochs=1", $"unidiffuser.{setting}"]);
        using var noGradient = no_grad();
        var together = Fill([3, 1, 4, 0, 2]);
        Relative.Equal(Numbers(together.index_select(0, tensor([3L, 1, 4, 0, 2]))), Numbers(Fill([0, 1, 2, 3, 4])), Relative.Network);
        Relative.Equal(Numbers(together[2]), Numbers(Fill([4])), Relative.Network);
        Assert.NotEqual(Numbers(together[0]), Numbers(Fill([3], key: 9)));
        var before = Tensor.TotalCount;
        Fill([3, 1]).Dispose();
        Assert.Equal(before, Tensor.TotalCount);

        Tensor Fill(long[] rows, ulong key = 0)
        {
            using var inner = NewDisposeScope();
            var given = x.index_select(0, tensor(rows)) * _layout.Mask([ModalitySet.Of(1)], CPU);
            return fill.Fill(new FillRows(given, [.. rows.Select(row => (ulong)row + key)], () => zeros(rows.Length)), ModalitySet.Of(1)).MoveToOuterDisposeScope();
        }

        float[] Numbers(Tensor of) => of.contiguous().data<float>().ToArray();
    }

    [Fact]
    public void Numbers_that_never_vary_and_a_modality_that_no_row_has_are_recovered_as_their_mean()
    {
        using var scope = NewDisposeScope();
        var x = Data(64).to(ScalarType.Float32);
        x.narrow(1, 1, 1).zero_();
        x.narrow(1, 4, 2).fill_(float.NaN);
        using var data = new FillCase([2, 2, 2], x, x);
        using var fill = data.Train(UniDiffuserFill.Descriptor, context => new UniDiffuserFill(context), [.. _small, "unidiffuser.training.epochs=1"]);
        var filled = data.Fill(fill, ones(3, 6), ModalitySet.Of(1));
        Assert.All(new long[] { 1, 4, 5 }, column => Assert.InRange(filled.select(1, column).abs().max().item<float>(), 0, 0.01)); // of others of 1
        Assert.True(filled.isfinite().all().item<bool>());
    }

    [Fact]
    public void Heads_that_do_not_divide_the_width_are_refused()
    {
        using var data = new FillCase([2, 2, 2], zeros(4, 6), zeros(4, 6));
        var problem = Assert.Throws<InputException>(() => data.Train(UniDiffuserFill.Descriptor, context => new UniDiffuserFill(context), "unidiffuser.heads=3"));
        Assert.Contains("does not divide the width 128", problem.Message, StringComparison.Ordinal);
    }

    private static readonly string[] _small = ["unidiffuser.width=32", "unidiffuser.blocks=2", "unidiffuser.heads=2", "unidiffuser.training.learningRate=0.003"];

    private static SamplingPlan Plan(int evaluations) => SamplingPlan.Create(new SamplerOptions { Kind = SamplerKind.DpmSolver2M, Nfe = evaluations, Grid = GridKind.LogSnr });

    private static Tensor Covariance() => tensor(_three.Covariance.ToRowMajorArray(), [6, 6]);

    private static Tensor Block(Tensor of, ModalitySet rows, ModalitySet columns) => rows.IsEmpty || columns.IsEmpty
        ? zeros(2 * rows.Count, 2 * columns.Count, dtype: of.dtype)
        : of.index_select(0, _layout.Columns(rows, CPU)).index_select(1, _layout.Columns(columns, CPU));

    private static Tensor Data(int rows, ulong seed = 1) => cat(_three.Draw(new StableRandom(seed), rows), 1).squeeze(2).to(ScalarType.Float64);

    private static double Far(Tensor a, Tensor b) => a.numel() == 0 || b.numel() == 0 ? 0 : (a - b).abs().max().item<double>();

    private static Tensor Exact(Tensor x, Tensor t) => Exact(_layout, Covariance(), x, t);

    /// <summary>alpha E[z | x_t] - std E[x_0 | x_t] = (alpha std - std S alpha) C^-1 x_t, with C = alpha S alpha + std^2 of x_t.</summary>
    private static Tensor Exact(NumberLayout layout, Tensor covariance, Tensor x, Tensor t)
    {
        var (alpha, std) = JointDiffusion.Coefficients(layout, t);
        var whitened = linalg.solve(Noisy(covariance, alpha, std), x.unsqueeze(2)).squeeze(2);
        return (alpha * std * whitened) - (std * (alpha * whitened).matmul(covariance));
    }

    private static Tensor Noisy(Tensor covariance, Tensor alpha, Tensor std) => (alpha.unsqueeze(2) * covariance * alpha.unsqueeze(1)) + diag_embed(std.square());

    /// <summary>The variance of v that x_t does not tell, the mean over the numbers that count: V - X C^-1 X^T with V = alpha^2 + std S std and X as in the exact answer.</summary>
    private static double Least(double[] times, ModalitySet counted)
    {
        var (s, t) = (Covariance(), tensor(times, [1, times.Length]));
        var (alpha, std) = JointDiffusion.Coefficients(_layout, t);
        var (a, d) = (diag(alpha[0]), diag(std[0]));
        var x = a.matmul(d) - d.matmul(s).matmul(a);
        var rest = a.square() + d.matmul(s).matmul(d) - x.matmul(linalg.solve(Noisy(s, alpha, std)[0], x.t()));
        return rest.diagonal().index_select(0, _layout.Columns(counted, CPU)).mean().item<double>();
    }
}
