using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Missingness;
using Amodal.Tests.Prediction;
using Amodal.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

/// <summary>
/// Where guidance ends, with exact networks: of two unit Gaussians with correlation rho one is recovered from the other, y = 1. Each
/// expectation is the solution of the guided equation, which is linear (docs/methods/guidance.md derives it).
/// </summary>
public class GuidanceTests
{
    private const double Rho = 0.8;
    private const double Rest = 1 - (Rho * Rho);
    private const int Chains = 20_000;

    [Theory]
    [InlineData(SamplerKind.ProbabilityFlow, GridKind.LogSnr, 400, 0, 1e-3)]
    [InlineData(SamplerKind.ProbabilityFlow, GridKind.LogSnr, 800, 1, 1e-3)]
    [InlineData(SamplerKind.Heun, GridKind.LogSnr, 400, 1, 3e-3)]
    [InlineData(SamplerKind.DpmSolver2M, GridKind.LogSnr, 200, 1, 3e-3)]
    [InlineData(SamplerKind.FlowMidpoint, GridKind.Uniform, 400, 0, 3e-3)]
    [InlineData(SamplerKind.FlowMidpoint, GridKind.Uniform, 400, 1, 3e-3)]
    public void A_deterministic_sampler_ends_where_the_guided_equation_does(SamplerKind kind, GridKind grid, int nfe, int weight, double tolerance)
    {
        using var scope = NewDisposeScope();
        var sampler = new SamplerOptions { Kind = kind, Grid = grid, Nfe = nfe, Guidance = weight };
        // The equation is affine and the noise the same, so both are those of every chain, and no chance is left in them.
        var (of0, of1) = (Recover(sampler, 0), Recover(sampler, 1));
        var plain = Recover(sampler with { Guidance = 0 }, 0);
        // A process starts at a finite sigma, from noise that knows nothing of y: to first order in 1 / sigma(1), which is 1 / 152.
        var late = sampler.IsFlow ? 0 : (1 + weight) * Rho * Math.Pow(Rest, (1 + weight) / 2.0) / new ExperimentOptions().CreateProcess().Sigma(1);
        Relative.Equal((weight == 0 ? Rho : Rho + (Rest * Math.Atanh(Rho))) - late, (of1 - of0).mean().item<float>(), tolerance);
        Relative.Equal(Math.Pow(Rest, weight / 2.0), (of0.norm() / plain.norm()).item<float>(), tolerance);
        Relative.Equal(Rest, plain.var().item<float>(), (4 * Math.Sqrt(2.0 / Chains)) + tolerance);
    }

    [Theory]
    [InlineData(0, Rho, Rest)]
    [InlineData(1, Rho * (1 + Rest), Rest * ((Rest * Rest) + (Rho * Rho * Rest) + (Rho * Rho * Rho * Rho / 3)))]
    public void A_stochastic_sampler_ends_where_the_guided_equation_does(int weight, double mean, double variance)
    {
        using var scope = NewDisposeScope();
        var sampler = new SamplerOptions { Kind = SamplerKind.EulerMaruyama, Grid = GridKind.LogSnr, Nfe = 600 * (1 + weight), Guidance = weight };
        var (of0, of1) = (Recover(sampler, 0), Recover(sampler, 1));
        Relative.Equal(mean, (of1 - of0).mean().item<float>(), 0.02); // its order is 1: a few hundredths at 600 steps
        Relative.Equal(variance, of0.var().item<float>(), (4 * Math.Sqrt(2.0 / Chains)) + 0.02);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void The_network_is_evaluated_as_often_as_planned_and_memory_stays_flat(double weight)
    {
        var before = Live();
        var (few, many) = (MostLive(8), MostLive(80));
        Assert.Equal(few, many);
        Assert.Equal(before, Live());

        long MostLive(int nfe)
        {
            using var scope = NewDisposeScope();
            var network = new Exact(new ExperimentOptions().CreateProcess(), isFlow: false);
            var sampler = new SamplerOptions { Kind = SamplerKind.Ddim, Nfe = nfe, Guidance = weight };
            Recover(sampler, 1, network);
            Assert.Equal(nfe, network.Given + network.Plain);
            Assert.Equal(weight > 0 ? nfe / 2 : 0, network.Plain);
            return network.MostLive;
        }
    }

    [Fact]
    public void A_weight_is_refused_where_the_networks_cannot_answer()
    {
        var sampler = new SamplerOptions { Guidance = 1 };
        sampler.CheckFits(Objective.Score, Recovery.Separate, emptyConditionRate: 0.1);
        new SamplerOptions().CheckFits(Objective.Score, Recovery.Joint, emptyConditionRate: 0);
        Assert.Contains("train with score.emptyConditionRate over 0", Refusal(Recovery.Separate, 0), StringComparison.Ordinal);
        Assert.Contains("recover all missing ones together", Refusal(Recovery.Joint, 0.1), StringComparison.Ordinal);

        string Refusal(Recovery recovery, double rate) => Assert.Throws<InputException>(() => sampler.CheckFits(Objective.Score, recovery, rate)).Message;
    }

    /// <summary>One modality recovered from the other, which is y throughout: (1, 1, chains).</summary>
    private static Tensor Recover(SamplerOptions sampler, float y, Exact? network = null)
    {
        var options = new ExperimentOptions { Objective = sampler.IsFlow ? Objective.Flow : Objective.Score };
        network ??= new Exact(options.CreateProcess(), sampler.IsFlow);
        var path = Paths.Of([network, network], options, sampler, seed: 1);
        return path.Recover([zeros(1, 1, Chains), full([1, 1, Chains], y)], Observation.Of(ModalitySet.Of(1)), [7])[0];
    }

    private static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    /// <summary>E[x_0 | x_t, y], and without a condition E[x_0 | x_t], as a network's answer.</summary>
    private sealed class Exact(IProcess process, bool isFlow) : IScoreNetwork
    {
        public int Given { get; private set; }

        public int Plain { get; private set; }

        public long MostLive { get; private set; }

        public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
        {
            MostLive = Math.Max(MostLive, Live());
            using var scope = NewDisposeScope();
            (Given, Plain) = conditions.Count > 0 ? (Given + 1, Plain) : (Given, Plain + 1);
            var time = (double)t[0].item<float>();
            var (alpha, std) = (process.Alpha(time), process.Std(time));
            var (mean, variance) = conditions.Count > 0 ? (conditions[0].Latent * Rho, Rest) : (zeros_like(x), 1);
            var clean = mean + ((x - (mean * alpha)) * (alpha * variance / ((alpha * alpha * variance) + (std * std))));
            return (isFlow ? (x - clean) / std : ((clean * alpha) - x) / std).MoveToOuterDisposeScope();
        }
    }
}
