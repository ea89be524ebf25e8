using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Tests.Diffusion.Processes;
using MathNet.Numerics.Distributions;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

public class LikelihoodTests
{
    public static TheoryData<ProcessKind> Kinds => [.. Enum.GetValues<ProcessKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public void A_Gaussians_log_density_is_right_within_one_percent(ProcessKind kind)
    {
        using var scope = NewDisposeScope();
        var process = EveryProcess.Create(kind);
        var data = new Normal1D(Mean: 0.4, Std: 0.5);
        double[] points = [-0.9, 0.4, 1.2, 0.1, 0.8, -0.3];
        var x = tensor(points, [2, 3, 1], dtype: ScalarType.Float64);
        var answer = Likelihood.LogProbability(data.Score(process), process, x).data<double>().ToArray();
        for (var row = 0; row < 2; row++)
        {
            var truth = points.Skip(3 * row).Take(3).Sum(p => Normal.PDFLn(data.Mean, data.Std, p));
            Assert.Equal(truth, answer[row], 0.01 * Math.Abs(truth));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_mixtures_log_density_is_right_within_one_percent(ProcessKind kind)
    {
        using var scope = NewDisposeScope();
        var process = EveryProcess.Create(kind);
        double[] points = [-2, -1, -0.2, 0.3, 0.9, 1.5];
        var x = tensor(points, [6, 1, 1], dtype: ScalarType.Float64);
        var answer = Likelihood.LogProbability(TwoPeaks.Score(process), process, x, steps: 200).data<double>().ToArray();
        // One percent, or 0.01 nat where the log density itself comes near 0.
        Assert.All(points.Zip(answer), p =>
        {
            var truth = TwoPeaks.LogDensity(p.First);
            Assert.Equal(truth, p.Second, 0.01 * Math.Max(1, Math.Abs(truth)));
        });
    }

    [Fact]
    public void Hutchinsons_estimate_has_the_exact_value_for_its_mean()
    {
        const int Copies = 4000;
        using var scope = NewDisposeScope();
        using var probe = new TorchNoise(seed: 1);
        var process = EveryProcess.Create(ProcessKind.VP);
        var score = TwoPeaks.Score(process);
        var x = tensor(new[] { -0.8, 0.5 }, [1, 2, 1], dtype: ScalarType.Float64);
        var exact = Likelihood.LogProbability(score, process, x, steps: 40).item<double>();
        var estimates = Likelihood.LogProbability(score, process, x.expand(Copies, 2, 1), steps: 40, probe: probe);
        var error = 4 * estimates.std().item<double>() / Math.Sqrt(Copies);
        Assert.Equal(exact, estimates.mean().item<double>(), error);
        Assert.InRange(error, 1e-6, 1); // an estimate, not the exact value again
    }

    [Fact]
    public void Memory_and_gradients_do_not_leak()
    {
        using var x = zeros(1, 1, 1, dtype: ScalarType.Float64);
        var process = EveryProcess.Create(ProcessKind.VP);
        var before = TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        using (var answer = Likelihood.LogProbability(TwoPeaks.Score(process), process, x, steps: 5))
        {
            Assert.False(answer.requires_grad);
            Assert.Equal([1], answer.shape);
        }

        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }
}
