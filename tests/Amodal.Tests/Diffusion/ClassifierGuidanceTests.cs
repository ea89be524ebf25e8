using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Randomness;
using Amodal.Targets;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

/// <summary>Guidance by a classifier, exact and trained, of Gaussians.</summary>
public class ClassifierGuidanceTests
{
    private const int Chains = 20_000;
    private const double Spread = 0.36; // variance of x given the observed; its mean is the mean below
    private const double Doubt = 0.5; // variance of the label y given x, whose mean is x
    private const double Posterior = Spread * Doubt / (Spread + Doubt);
    private static readonly IProcess _process = ProcessFactory.Create(new ProcessOptions());

    [Theory]
    [InlineData(SamplerKind.Heun, 300)]
    [InlineData(SamplerKind.DpmSolver2M, 200)]
    [InlineData(SamplerKind.ProbabilityFlow, 400)]
    public void With_weight_1_and_an_exact_classifier_samples_are_of_the_posterior(SamplerKind kind, int nfe)
    {
        using var scope = NewDisposeScope();
        var sampler = new SamplerOptions { Kind = kind, Grid = GridKind.LogSnr, Nfe = nfe };
        // The equation is affine and the noise the same: differences are those of the means, ratios those of deviations, without chance.
        var (zero, unguided) = (Sample(sampler, mean: 0, label: 0, weight: 1), Sample(sampler, mean: 0, label: 0, weight: 0));
        Relative.Equal(Posterior / Doubt, (Sample(sampler, mean: 0, label: 1, weight: 1) - zero).mean().item<float>(), Late);
        Relative.Equal(Posterior / Spread, (Sample(sampler, mean: 1, label: 0, weight: 1) - zero).mean().item<float>(), Late);
        Relative.Equal(Math.Sqrt(Posterior / Spread), (zero.norm() / unguided.norm()).item<float>(), Late);
        // With another weight w it is guidance without a classifier from p(x | observed) by p(x | observed, y): variance V^w S^(1 - w).
        Relative.Equal(Posterior / Spread, (Sample(sampler, mean: 0, label: 0, weight: 2).norm() / unguided.norm()).item<float>(), Late);
    }

    [Fact]
    public void A_stochastic_sampler_ends_in_the_posterior_too()
    {
        using var scope = NewDisposeScope();
        var x = Sample(new SamplerOptions { Kind = SamplerKind.EulerMaruyama, Grid = GridKind.LogSnr, Nfe = 600 }, mean: 0.8, label: -1, weight: 1);
        Assert.Equal(Posterior * ((0.8 / Spread) - (1 / Doubt)), x.mean().item<float>(), (4 * Math.Sqrt(Posterior / Chains)) + (0.02 * 0.8));
        Relative.Equal(Posterior, x.var().item<float>(), (4 * Math.Sqrt(2.0 / Chains)) + 0.02);
    }

    [Fact]
    public void The_gradient_of_a_trained_classifier_is_near_that_of_the_exact_one()
    {
        const int Rows = 256;
        const int Steps = 500;
        using var scope = NewDisposeScope();
        using var network = new NoisyClassifier(new(2, 3), _process, width: 32, TargetLikelihood.Width(Target.Score));
        Draws.Initialise(network, 1);
        var (random, noise, weights) = (new StableRandom(2), new Draws.Noise(3), full([1, 2, 3], 1 / Math.Sqrt(6)).to(ScalarType.Float32));
        var before = Error();
        using var optimiser = optim.Adam(network.parameters(), 0.01);
        for (var step = 0; step < Steps; step++)
        {
            using var stepScope = NewDisposeScope();
            optimiser.ParamGroups.Single().LearningRate = 0.005 * (1 + Math.Cos(Math.PI * step / Steps));
            var (x, t, y) = Draw();
            var loss = -TargetLikelihood.Log(Target.Score, network.Evaluate(x, t), TargetLikelihood.OfLabels(Target.Score, y)).mean();
            optimiser.zero_grad();
            loss.backward();
            optimiser.step();
        }

        Assert.InRange(before, 0.8, 5); // 1 of a network that says nothing
        Assert.InRange(Error(), 0, 0.2);

        // y is a sum of x_0 and noise: unit weights, unit variances.
        (Tensor X, Tensor T, Tensor Y) Draw()
        {
            var times = ScoreMatching.DrawTimes(random, Rows);
            var clean = Draws.Normal(random, Rows, 2, 3);
            var y = (clean * weights).sum([1, 2]) + (Draws.Normal(random, Rows) * Math.Sqrt(Doubt));
            return ((_process.Alpha(times, clean) * clean) + (_process.Std(times, clean) * noise.Like(clean)), tensor(times, ScalarType.Float32), y);
        }

        // |gradient - exact| / |exact|. Given x_t the sum is Gaussian of mean alpha w x_t and variance std^2, since alpha^2 + std^2 = 1.
        double Error()
        {
            using var inner = NewDisposeScope();
            var (x, t, y) = Draw();
            var gradient = ClassifierGuidance.Of((at, _) => zeros_like(at), (at, time) => TargetLikelihood.Log(Target.Score, network.Evaluate(at, time), y.unsqueeze(1)), 1)(x, t);
            var (alpha, std) = (_process.Alpha(t, x), _process.Std(t, x));
            var exact = alpha * weights * (y.view(-1, 1, 1) - (alpha * (x * weights).sum([1, 2], keepdim: true))) / (std.square() + Doubt);
            return ((gradient - exact).norm() / exact.norm()).item<float>();
        }
    }

    [Fact]
    public void Steps_hold_no_more_tensors_and_what_comes_out_records_no_gradient()
    {
        using var module = nn.Linear(3, 1);
        var before = Live();
        Assert.Equal(MostLive(5), MostLive(200));
        Assert.Equal(before, Live());

        long MostLive(int steps)
        {
            using var scope = NewDisposeScope();
            var most = 0L;
            var guided = ClassifierGuidance.Of((x, _) => -x, (x, _) =>
            {
                most = Math.Max(most, Live());
                return module.forward(x).tanh().sum([1, 2]);
            }, 1);
            var x = Samplers.Ddim(guided, _process, ones(1, 2, 3), TimeGrid.Uniform(steps), new Draws.Noise(1));
            Assert.False(x.requires_grad);
            Assert.All(module.parameters(), p => Assert.True(p.grad is null));
            return most;
        }
    }

    /// <summary>What starting at sigma(1) = 152 and ending at a finite step leaves off: to first order deviation / sigma(1).</summary>
    private const double Late = 0.01;

    private static Tensor Sample(SamplerOptions options, double mean, double label, double weight)
    {
        var (plan, noise) = (SamplingPlan.Create(options), new Draws.Noise(1));
        return plan.Sampler(ClassifierGuidance.Of(Score, LogProbability, weight), _process, Samplers.Start(_process, zeros(1, 1, Chains), noise), plan.Times(_process), noise);

        Tensor Score(Tensor x, Tensor t)
        {
            var (alpha, std) = At(t);
            return (x - (alpha * mean)) / -((alpha * alpha * Spread) + (std * std));
        }

        // y given x_t and the observed: the mean of x there, and its variance with that of y given x.
        Tensor LogProbability(Tensor x, Tensor t)
        {
            var (alpha, std) = At(t);
            var noisy = (alpha * alpha * Spread) + (std * std);
            var clean = mean + ((x - (alpha * mean)) * (alpha * Spread / noisy));
            return ((clean - label).square() / (-2 * ((Spread * std * std / noisy) + Doubt))).sum([1, 2]);
        }

        (double Alpha, double Std) At(Tensor t) => (_process.Alpha(t[0].item<float>()), _process.Std(t[0].item<float>()));
    }

    private static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}
