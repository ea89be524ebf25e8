using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Tests.Diffusion.Processes;
using MathNet.Numerics.Distributions;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Sampling;

/// <summary>
/// Every sampler on every process with exact scores, started from the exact marginal at t = 1. Bias beside the sampling
/// error, from the orders that SamplerOrderTests measures: 1 / N for the first-order samplers (relative variance about
/// 2 / N for Euler-Maruyama, -12 / N for DDIM with eta 1); r^2 = 2.6 % of the variance for predictor-corrector.
/// </summary>
public class SamplerTests
{
    private const int Rows = 50, Times = 200; // rows of 400 numbers: the corrector's step varies by 1 / sqrt(2 * 400)

    private static readonly IReadOnlyDictionary<string, int> _fineSteps = new Dictionary<string, int>
    {
        ["Euler-Maruyama"] = 250,
        ["predictor-corrector"] = 200,
        ["Heun"] = 60,
        ["Heun with churn"] = 150,
        ["DDIM"] = 250,
        ["DDIM, eta 0.5"] = 300,
        ["DDIM, eta 1"] = 600,
        ["probability flow"] = 30,
        ["DPM-Solver++ 2M"] = 100,
        ["DPM-Solver++ 3M"] = 100,
    };

    public static TheoryData<ProcessKind, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<ProcessKind, string>();
            foreach (var kind in Enum.GetValues<ProcessKind>())
            {
                foreach (var name in NamedSampler.All.Keys)
                {
                    pairs.Add(kind, name);
                }
            }

            return pairs;
        }
    }

    [Theory, MemberData(nameof(Pairs))]
    public void Samples_of_a_correlated_Gaussian_have_its_mean_covariance_and_distribution(ProcessKind kind, string name)
    {
        var process = EveryProcess.Create(kind);
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 3);
        var start = CorrelatedGaussian.Sample(process, 1, zeros(Rows, 2, Times), noise);
        var x = NamedSampler.All[name](CorrelatedGaussian.Score(process), process, start, TimeGrid.Uniform(_fineSteps[name]), noise);

        const int Count = Rows * Times;
        double[][] channels = [Values(x.select(1, 0)), Values(x.select(1, 1))];
        for (var i = 0; i < 2; i++)
        {
            var (mean, variance) = (CorrelatedGaussian.Mean[i], CorrelatedGaussian.Covariance(i, i));
            Assert.Equal(mean, channels[i].Average(), 4 * Math.Sqrt(variance / Count) + (0.01 * Math.Sqrt(variance)));
            // Four standard errors (5.7 %) and the bias above (at most 3 %).
            Assert.Equal(1, Covariance(channels[i], channels[i]) / variance, (4 * Math.Sqrt(2.0 / Count)) + 0.03);
            var normal = new Normal(mean, Math.Sqrt(variance));
            Assert.InRange(KolmogorovSmirnov.Distance(channels[i], normal.CumulativeDistribution), 0, KolmogorovSmirnov.Critical(Count));
        }

        // The standard error of a covariance c is sqrt((v1 v2 + c^2) / n); independent channels would give 0, not 0.21.
        var (v1, v2, c) = (CorrelatedGaussian.Covariance(0, 0), CorrelatedGaussian.Covariance(1, 1), CorrelatedGaussian.Covariance(0, 1));
        Assert.Equal(c, Covariance(channels[0], channels[1]), (4 * Math.Sqrt(((v1 * v2) + (c * c)) / Count)) + (0.03 * c));
    }

    [Theory, MemberData(nameof(Pairs))]
    public void Samples_of_a_mixture_come_to_its_distribution_as_steps_are_added(ProcessKind kind, string name)
    {
        const int Count = Rows * 2 * Times;
        var fine = Sample(_fineSteps[name]);
        Assert.Equal(TwoPeaks.Mean, fine.Average(), (4 * Math.Sqrt(TwoPeaks.Variance / Count)) + 0.015);
        // The mixture's kurtosis is below 3, so sqrt(2 / n) bounds the standard error of its variance.
        Assert.Equal(1, Covariance(fine, fine) / TwoPeaks.Variance, (4 * Math.Sqrt(2.0 / Count)) + 0.03);
        var distance = KolmogorovSmirnov.Distance(fine, TwoPeaks.Cdf);
        Assert.InRange(distance, 0, KolmogorovSmirnov.Critical(Count));
        Assert.InRange(KolmogorovSmirnov.Distance(Sample(steps: 3), TwoPeaks.Cdf), Math.Max(distance, KolmogorovSmirnov.Critical(Count)), 1);

        double[] Sample(int steps)
        {
            var process = EveryProcess.Create(kind);
            using var scope = NewDisposeScope();
            using var noise = new TorchNoise(seed: 4);
            var start = TwoPeaks.Sample(process, 1, zeros(Rows, 2, Times), noise);
            return Values(NamedSampler.All[name](TwoPeaks.Score(process), process, start, TimeGrid.Uniform(steps), noise));
        }
    }

    [Theory, InlineData(ProcessKind.VE), InlineData(ProcessKind.VP)]
    public void Starting_from_noise_alone_costs_what_the_flow_says(ProcessKind kind)
    {
        // std(1) z lacks the data's mean and spread at t = 1. Through the flow, the mean is off by -mean std / sqrt(std^2 +
        // sigma(1)^2): 0.107 for VE, whose sigma(1) is 9.85, and 0.007 for VP.
        var data = new Normal1D(Mean: 1.5, Std: 0.7);
        var process = EveryProcess.Create(kind);
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 5);
        var start = Samplers.Start(process, zeros(Rows, 2, Times), noise);
        var x = Values(Samplers.ProbabilityFlow(data.Score(process), process, start, TimeGrid.Uniform(40), noise));
        var bias = -data.Mean * data.Std / Math.Sqrt((data.Std * data.Std) + Math.Pow(process.Sigma(1), 2));
        Assert.Equal(data.Mean + bias, x.Average(), 4 * data.Std / Math.Sqrt(x.Length));
        Assert.Equal(kind == ProcessKind.VE ? -0.107 : -0.007, bias, 0.001);
    }

    [Theory, MemberData(nameof(Pairs))]
    public void A_row_does_not_depend_on_the_rest_of_the_batch(ProcessKind kind, string name)
    {
        var process = EveryProcess.Create(kind);
        string[] ids = ["a", "b", "c", "d"];
        using var scope = NewDisposeScope();
        var together = Sample(ids);
        var reordered = Sample(["d", "b"]);
        // Sums over a row may run in another order in another batch: a rounding in each of some twenty steps, and a factor of
        // two for the flow's own stretching between the peaks. The numbers begin at a few times std(1), 9.8 for VE.
        Relative.Equal(together[1], reordered[1], 40 * Relative.Rounding, size: 2 * process.Std(1));
        Relative.Equal(together[3], reordered[0], 40 * Relative.Rounding, size: 2 * process.Std(1));
        Assert.False(allclose(together[0], together[1], rtol: 0, atol: 0.1));

        Tensor Sample(string[] utterances)
        {
            var noise = new UtteranceNoise(seed: 7, utterances);
            var start = Samplers.Start(process, zeros(utterances.Length, 4, 25), noise);
            return NamedSampler.All[name](TwoPeaks.Score(process), process, start, TimeGrid.Uniform(20), noise);
        }
    }

    [Fact]
    public void The_result_has_the_type_of_the_start_and_the_start_stays_whole()
    {
        using var scope = NewDisposeScope();
        var process = EveryProcess.Create(ProcessKind.VP);
        using var noise = new TorchNoise(seed: 1);
        foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            foreach (var sample in NamedSampler.All.Values)
            {
                var start = ones(2, 3, 4, dtype: type);
                var x = sample(TwoPeaks.Score(process), process, start, TimeGrid.Uniform(3), noise);
                Assert.Equal(type, x.dtype);
                Assert.Equal([2, 3, 4], x.shape);
                Assert.Equal(24, start.sum().to(ScalarType.Float64).item<double>());
            }
        }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(1.0, 0.5)]
    [InlineData(0.5, 0.5, 0.0)]
    [InlineData(1.5, 0.0)]
    [InlineData(double.NaN, 0.0)]
    public void A_grid_that_does_not_fall_from_one_to_zero_is_refused(params double[] times)
    {
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 1);
        var process = EveryProcess.Create(ProcessKind.VP);
        var start = zeros(1, 1, 1);
        Assert.Throws<ArgumentException>(() => Samplers.EulerMaruyama(TwoPeaks.Score(process), process, start, times, noise));
    }

    private static double[] Values(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }

    private static double Covariance(double[] a, double[] b)
    {
        var (meanA, meanB) = (a.Average(), b.Average());
        return a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum() / (a.Length - 1);
    }
}
