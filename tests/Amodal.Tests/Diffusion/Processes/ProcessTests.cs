using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Native;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Processes;

public class ProcessTests
{
    public static TheoryData<ProcessKind> Kinds => [.. Enum.GetValues<ProcessKind>()];

    [Fact]
    public void Every_option_reaches_its_process()
    {
        // VE: std(1)^2 = (sigma^2 - 1) / (2 log sigma). VP and sub-VP: alpha(1) = exp(-(betaMin + betaMax) / 4).
        Assert.Equal(Math.Sqrt(24 / (2 * Math.Log(5))), ProcessFactory.Create(new() { Kind = ProcessKind.VE, Sigma = 5 }).Std(1), 1e-12);
        foreach (var kind in new[] { ProcessKind.VP, ProcessKind.SubVP })
        {
            Assert.Equal(Math.Exp(-(0.4 + 20) / 4), ProcessFactory.Create(new() { Kind = kind, BetaMin = 0.4 }).Alpha(1), 1e-12);
            Assert.Equal(Math.Exp(-(0.1 + 8) / 4), ProcessFactory.Create(new() { Kind = kind, BetaMax = 8 }).Alpha(1), 1e-12);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_forward_equation_simulated_has_the_moments_of_the_table(ProcessKind kind)
    {
        // Only f and g are used to simulate, only alpha and std to judge. Left-point Euler's weak error is of order dt
        // times the largest rate: 2 ln sigma / 2 for VE, beta(1) for VP, and 2 x 184 near t = 1 for cosine, where it damps
        // what came before; measured under 1 % at 2,000 steps, which is allowed beside four standard errors.
        const int Chains = 20_000, Steps = 2_000;
        const double Start = 1.5, Bias = 0.01;
        var process = EveryProcess.Create(kind);
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 1);
        var x = full(Chains, Start);
        for (var i = 0; i < Steps; i++)
        {
            var t = (double)i / Steps;
            using var step = NewDisposeScope();
            var next = x.Times(1 + (process.Drift(t) / Steps)).Plus(noise.Like(x), process.Diffusion(t) / Math.Sqrt(Steps));
            x.Dispose();
            x = next.MoveToOuterDisposeScope();
            if ((i + 1) % (Steps / 4) == 0)
            {
                var (alpha, std) = (process.Alpha((i + 1.0) / Steps), process.Std((i + 1.0) / Steps));
                Assert.Equal(alpha * Start, x.mean().item<float>(), (4 * std / Math.Sqrt(Chains)) + (Bias * alpha * Start));
                Assert.Equal(1, x.var().item<float>() / (std * std), (4 * Math.Sqrt(2.0 / Chains)) + Bias);
            }
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Drift_and_diffusion_are_the_derivatives_of_alpha_and_std(ProcessKind kind)
    {
        var process = EveryProcess.Create(kind);
        for (var t = 0.01; t < 0.995; t += 0.01)
        {
            // Central differences: error h^2 / 6 times the third derivative; near t = 1 cosine's f is 1 / (1.005 - t).
            const double H = 1e-5;
            var f = (Math.Log(process.Alpha(t + H)) - Math.Log(process.Alpha(t - H))) / (2 * H);
            var growth = (Math.Pow(process.Std(t + H), 2) - Math.Pow(process.Std(t - H), 2)) / (2 * H);
            var expected = (2 * process.Drift(t) * Math.Pow(process.Std(t), 2)) + Math.Pow(process.Diffusion(t), 2);
            Assert.Equal(process.Drift(t), f, 1e-6 * (1 + Math.Abs(f)));
            // The two terms nearly cancel for cosine near 1: judge against their size, not their difference.
            Assert.Equal(expected, growth, 1e-6 * (1 + Math.Pow(process.Diffusion(t), 2)));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void At_zero_nothing_has_happened_and_at_one_little_signal_is_left(ProcessKind kind)
    {
        var process = EveryProcess.Create(kind);
        Assert.Equal(1, process.Alpha(0), 1e-12);
        Assert.Equal(0, process.Std(0), 1e-12);
        Assert.InRange(process.Alpha(1), 1e-4, 1);
        Assert.InRange(process.Sigma(1), 9, 200); // VE's sigma(1) is 9.85, cosine's 119, VP's 152
        Assert.True(double.IsFinite(process.Drift(1)) && double.IsFinite(process.Diffusion(1)));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_time_of_a_noise_level_is_its_inverse(ProcessKind kind)
    {
        var process = EveryProcess.Create(kind);
        foreach (var t in new[] { 1e-5, 1e-3, 0.1, 0.5, 0.9, 1 })
        {
            Assert.Equal(t, process.TimeOfSigma(process.Sigma(t)), 1e-10);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => process.TimeOfSigma(process.Sigma(1) * 1.01));
    }

    [Fact]
    public void Cosine_follows_the_schedule_of_iddpm_but_for_its_cut_end()
    {
        // Nichol and Dhariwal 2021, equation 17, at the scaled time: alpha-bar = cos^2(...) / cos^2(...).
        static double F(double t) => Math.Pow(Math.Cos((t + 0.008) / 1.008 * Math.PI / 2), 2);
        var process = new CosineVpProcess();
        foreach (var t in new[] { 0.1, 0.5, 1 })
        {
            Assert.Equal(F(0.9946 * t) / F(0), Math.Pow(process.Alpha(t), 2), 1e-12);
        }
    }

    [Fact]
    public void VE_matches_the_published_code()
    {
        var golden = Golden.Read("sde.npz");
        var (t, std, g) = (golden["in.t"].ToFloats(), golden["out.marginal_prob_std"].ToFloats(), golden["out.diffusion_coeff"].ToFloats());
        var process = new VeProcess(25);
        for (var i = 0; i < t.Length; i++)
        {
            // The code subtracts 1 from sigma^(2t) in float32: an error of 2^-24 sigma^(2t) over 2 ln sigma in std^2, and
            // pow's own few ulp; relative 4e-7 elsewhere (three roundings).
            var expected = process.Std(t[i]);
            var cancelled = 4 * Math.Pow(2, -24) * Math.Pow(25, 2 * t[i]) / (2 * Math.Log(25)) / (2 * Math.Max(expected, 1e-9));
            Assert.Equal(expected, std[i], cancelled + (4e-7 * expected));
            Assert.Equal(process.Diffusion(t[i]), g[i], 4e-7 * g[i]);
        }
    }

    [Fact]
    public void Row_coefficients_broadcast_over_the_latent_and_keep_its_type()
    {
        using var scope = NewDisposeScope();
        IProcess process = new VpProcess();
        var like = zeros(2, 3, 4, dtype: ScalarType.Float64);
        var alpha = process.Alpha([0.25, 1], like);
        Assert.Equal([2, 1, 1], alpha.shape);
        Assert.Equal(ScalarType.Float64, alpha.dtype);
        Assert.Equal([process.Alpha(0.25), process.Alpha(1)], alpha.data<double>().ToArray());
        Assert.Equal([process.Std(0.25), process.Std(1)],
            process.Std(tensor(new[] { 0.25, 1 }), like).data<double>().ToArray());
    }

    [Fact]
    public void Betas_that_fall_are_refused()
    {
        var error = Assert.Throws<InputException>(() => ProcessFactory.Create(new ProcessOptions { BetaMin = 2, BetaMax = 1 }));
        Assert.Contains("betaMin", error.Message, StringComparison.Ordinal);
        Assert.Contains('2', error.Message);
    }
}
