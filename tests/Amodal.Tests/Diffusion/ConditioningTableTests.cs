using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Tests.Diffusion.Processes;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

/// <summary>What each kind of conditioning recovers at best: the table of docs/methods/conditioning.md, by our samplers.</summary>
public class ConditioningTableTests
{
    private const int Chains = 15_000;
    private static readonly double[] _correlations = [0.5, 0.9, 0.99];

    // Rows: correlation 0.5, 0.9, 0.99; mean and variance of the recovered value, given to two digits.
    [Theory]
    [InlineData(Conditioning.Clean, ProcessKind.VP, SamplerKind.EulerMaruyama, 1000, 0.50, 0.75, 0.90, 0.19, 0.99, 0.02)]
    [InlineData(Conditioning.Clean, ProcessKind.VP, SamplerKind.Ddim, 1000, 0.50, 0.75, 0.90, 0.19, 0.99, 0.02)]
    [InlineData(Conditioning.Independent, ProcessKind.VP, SamplerKind.EulerMaruyama, 1000, 0.27, 0.83, 0.63, 0.31, 0.87, 0.05)]
    [InlineData(Conditioning.Independent, ProcessKind.VP, SamplerKind.Ddim, 1000, 0.18, 0.86, 0.45, 0.43, 0.68, 0.14)]
    [InlineData(Conditioning.Shared, ProcessKind.VE, SamplerKind.EulerMaruyama, 100, -0.91, 4.4, -0.89, 5.4, -0.91, 5.6)]
    [InlineData(Conditioning.Shared, ProcessKind.VE, SamplerKind.Ddim, 1000, -0.71, 8.6, -0.68, 9.8, -0.68, 10.0)]
    public void The_best_possible_network_recovers_what_the_table_says(
        Conditioning conditioning, ProcessKind kind, SamplerKind sampler, int nfe, params double[] table)
    {
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 1);
        using var conditionNoise = new TorchNoise(seed: 2);
        var process = EveryProcess.Create(kind);
        var score = OptimalScore.For(conditioning, process, _correlations);
        var condition = ones(_correlations.Length, 1, Chains); // y = 1
        var plan = SamplingPlan.Create(new SamplerOptions { Kind = sampler, Nfe = nfe });
        var x = plan.Sampler(
            (x, t) => score(x, ConditionNoise.At(conditioning, condition, t, process, conditionNoise), t),
            process, Samplers.Start(process, condition, noise), plan.Times(process), noise);
        for (var row = 0; row < _correlations.Length; row++)
        {
            var (mean, variance) = (x[row].mean().item<float>(), x[row].var().item<float>());
            TestContext.Current.TestOutputHelper?.WriteLine($"{conditioning} {sampler} rho {_correlations[row]}: {mean:F3}, {variance:F3}");
            var (expectedMean, expectedVariance) = (table[2 * row], table[(2 * row) + 1]);
            // Four standard errors, and half of the table's last digit.
            Assert.Equal(expectedMean, mean, (4 * Math.Sqrt(expectedVariance / Chains)) + 0.005);
            var lastDigit = expectedVariance >= 10 ? 1 : expectedVariance >= 1 ? 0.1 : 0.01;
            Assert.Equal(expectedVariance, variance, (4 * expectedVariance * Math.Sqrt(2.0 / Chains)) + (lastDigit / 2));
        }
    }
}
