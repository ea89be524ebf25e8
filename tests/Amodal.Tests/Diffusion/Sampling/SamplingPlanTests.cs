using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Tests.Diffusion.Processes;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Sampling;

public class SamplingPlanTests
{
    // The thesis's budgets, and what they buy: N, N(1 + J), 2N - 1, 4N - 3.
    [Theory]
    [InlineData(SamplerKind.EulerMaruyama, 100, 100, 100)]
    [InlineData(SamplerKind.PredictorCorrector, 100, 50, 100)]
    [InlineData(SamplerKind.PredictorCorrector, 61, 30, 60)]
    [InlineData(SamplerKind.Heun, 60, 30, 59)]
    [InlineData(SamplerKind.Heun, 1, 1, 1)]
    [InlineData(SamplerKind.Ddim, 30, 30, 30)]
    [InlineData(SamplerKind.DpmSolver2M, 10, 10, 10)]
    [InlineData(SamplerKind.DpmSolver3M, 10, 10, 10)]
    [InlineData(SamplerKind.FlowEuler, 4, 4, 4)]
    [InlineData(SamplerKind.FlowMidpoint, 5, 2, 4)]
    [InlineData(SamplerKind.FlowHeun, 60, 30, 60)]
    [InlineData(SamplerKind.ProbabilityFlow, 60, 15, 57)]
    [InlineData(SamplerKind.ProbabilityFlow, 4, 1, 1)]
    public void A_budget_buys_as_many_steps_as_it_pays_for(SamplerKind kind, int budget, int steps, int nfe)
    {
        var plan = SamplingPlan.Create(new SamplerOptions { Kind = kind, Nfe = budget });
        Assert.Equal(steps, plan.Steps);
        Assert.Equal(nfe, plan.Nfe);
        Assert.Equal(nfe, Count(plan));
    }

    [Fact]
    public void Counted_evaluations_are_the_planned_ones_and_never_over_the_budget()
    {
        foreach (var kind in Enum.GetValues<SamplerKind>())
        {
            for (var budget = 3; budget < 20; budget++)
            {
                var plan = SamplingPlan.Create(new SamplerOptions { Kind = kind, Nfe = budget, CorrectorSteps = 2, Churn = 5, Eta = 0.5 });
                Assert.Equal(plan.Nfe, Count(plan));
                Assert.InRange(plan.Nfe, budget - 3, budget);
            }
        }
    }

    [Fact]
    public void Guidance_buys_half_the_steps_of_a_budget()
    {
        foreach (var kind in Enum.GetValues<SamplerKind>())
        {
            var plain = new SamplerOptions { Kind = kind, Nfe = 9 };
            var guided = SamplingPlan.Create(plain with { Nfe = 19, Guidance = 0.5 });
            Assert.Equal((SamplingPlan.Create(plain).Steps, 2 * Count(guided)), (guided.Steps, guided.Nfe));
        }
    }

    [Fact]
    public void A_budget_under_one_step_is_refused_with_the_least_that_works()
    {
        var options = new SamplerOptions { Kind = SamplerKind.PredictorCorrector, Nfe = 3, CorrectorSteps = 3 };
        var error = Assert.Throws<InputException>(() => SamplingPlan.Create(options));
        Assert.Contains("at least 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_reach_the_sampler()
    {
        Assert.NotEqual(Final(new SamplerOptions { Kind = SamplerKind.Ddim }), Final(new SamplerOptions { Kind = SamplerKind.Ddim, Eta = 1 }));
        Assert.NotEqual(Final(new SamplerOptions { Churn = 0 }), Final(new SamplerOptions { Churn = 10 }));
        Assert.NotEqual(
            Final(new SamplerOptions { Kind = SamplerKind.PredictorCorrector }),
            Final(new SamplerOptions { Kind = SamplerKind.PredictorCorrector, SignalToNoise = 0.05 }));
    }

    [Fact]
    public void The_grid_falls_evenly_from_one_to_epsilon_and_then_to_zero()
    {
        var times = TimeGrid.Uniform(100);
        Assert.Equal(101, times.Length);
        Assert.Equal((1, 0), (times[0], times[^1]));
        var golden = Golden.Read("sde.npz")["out.linspace_1_1e-3_100"].ToFloats(); // torch.linspace in float32
        Assert.All(golden.Zip(times), p => Assert.Equal(p.First, p.Second, 1e-7));
    }

    private static int Count(SamplingPlan plan)
    {
        var process = EveryProcess.Create(ProcessKind.VP);
        var counter = new CountingScore(TwoPeaks.Score(process));
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 1);
        plan.Sampler(counter.Evaluate, process, ones(1, 2, 3), plan.Times(process), noise);
        return counter.Count;
    }

    private static float Final(SamplerOptions options)
    {
        var plan = SamplingPlan.Create(options);
        var process = EveryProcess.Create(ProcessKind.VP);
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 1);
        return plan.Sampler(TwoPeaks.Score(process), process, ones(1, 2, 3), plan.Times(process), noise).sum().item<float>();
    }
}
