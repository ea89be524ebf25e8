using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.LinearFirst;

public class GaussianScoreTests
{
    [Theory]
    [InlineData(ProcessKind.VP)]
    [InlineData(ProcessKind.CosineVP)]
    public void The_noise_of_a_gaussian_is_predicted_as_by_inverting_its_covariance(ProcessKind kind)
    {
        using var scope = NewDisposeScope();
        using var gaussian = JointGaussianTests.Fitted(400, 60);
        var process = ProcessFactory.Create(new ProcessOptions { Kind = kind });
        double[] times = [0.03, 0.3, 1];
        foreach (var observed in Patterns.Incomplete(3))
        {
            var (deviations, basis) = gaussian.Spread(observed);
            var covariance = (basis * deviations.square()).matmul(basis.t()).to(ScalarType.Float64);
            var x = Draws.Normal(6, times.Length, covariance.shape[0]); // less alpha m
            var noise = new GaussianScore(gaussian, observed).Noise(x / process.Alpha(times, x), tensor(times.Select(process.Sigma).ToArray()).unsqueeze(1));
            foreach (var (i, t) in times.Index())
            {
                var (alpha, std) = (process.Alpha(t), process.Std(t));
                var expected = linalg.solve((covariance * (alpha * alpha)) + (eye(covariance.shape[0], dtype: ScalarType.Float64) * (std * std)), x[i].to(ScalarType.Float64) * std);
                Relative.Equal(expected.to(ScalarType.Float32), noise[i], Relative.Network, size: 1);
            }
        }
    }

    [Fact]
    public void Four_evaluations_draw_from_the_true_conditional_law_without_any_training()
    {
        using var scope = NewDisposeScope();
        const int rows = 40_000;
        using var gaussian = JointGaussianTests.Fitted(rows, 4000);
        var truth = JointGaussianTests.Truth();
        var row = JointGaussianTests.Rows(1, 3);
        foreach (var observed in Patterns.Incomplete(3))
        {
            var (given, missing) = (gaussian.Columns(observed), gaussian.Columns(ModalitySet.All(3).Without(observed)));
            var weights = linalg.solve(truth.index_select(0, given).index_select(1, given), truth.index_select(0, given).index_select(1, missing));
            var covariance = truth.index_select(0, missing).index_select(1, missing) - weights.t().matmul(truth.index_select(0, given).index_select(1, missing));
            var filled = gaussian.Fill(JointGaussianTests.Encode(gaussian, row, observed), observed);
            var means = filled.index_select(1, missing).expand(rows, -1);
            var evaluations = 0;
            var drawn = new GaussianScore(gaussian, observed).Draw(means, new Draws.Noise(4), 4, (y, _) =>
            {
                evaluations++;
                return zeros_like(y); // a network before its first step
            });
            Assert.Equal(4, evaluations);
            // Rows and draws err by 1 / sqrt(40,000) each, five times.
            var off = (drawn - drawn.mean([0])).to(ScalarType.Float64);
            Relative.Equal(covariance.to(ScalarType.Float32), (off.t().matmul(off) / rows).to(ScalarType.Float32), 10 * 2 / Math.Sqrt(rows));
            Relative.Equal(filled.index_select(1, given).to(ScalarType.Float64).matmul(weights).to(ScalarType.Float32), drawn.mean([0]).unsqueeze(0), 10 * 2 / Math.Sqrt(rows), size: 3);
            // They are the draws of the closed form, whatever the steps.
            var same = gaussian.Draw(filled.expand(100, -1), observed, new Draws.Noise(5)).index_select(1, missing);
            Relative.Equal(same, new GaussianScore(gaussian, observed).Draw(means[..100], new Draws.Noise(5), 1), Relative.Network, size: 3);
        }
    }

    /// <summary>
    /// From sigma to 0 Heun's last step scales by s^2 / (s^2 + sigma^2) where s / (s^2 + sigma^2)^(1/2) is right: too small by half
    /// of sigma^2 / s^2, with the last sigma of 0.01 and s from 0.4 on by a three-thousandth. 300 steps of ln sigma from 150 are 0.03
    /// each, and their square a thousandth.
    /// </summary>
    [Fact]
    public void Another_integrator_that_follows_its_score_comes_to_the_same_draws()
    {
        using var scope = NewDisposeScope();
        using var gaussian = JointGaussianTests.Fitted(400, 60);
        var process = new VpProcess();
        var observed = ModalitySet.Of(1);
        var score = new GaussianScore(gaussian, observed);
        var e = Draws.Normal(7, 20, gaussian.Columns(ModalitySet.Of(0, 2)).shape[0]);
        var times = TimeGrid.Create(GridKind.LogSnr, process, 300);
        // At t = 1 of (S + sigma^2)^(1/2) e hardly more than sigma e is left: S^(1/2) is at most a fiftieth of sigma.
        var drawn = Samplers.Heun((x, t) => score.Noise(x / process.Alpha(t, x), tensor(ProcessTensors.TimesOf(t).Select(process.Sigma).ToArray()).unsqueeze(1)) / -process.Std(t, x), process, e * process.Std(1), times, NoNoise.Instance);
        var expected = score.Draw(zeros_like(e), new Given(e), 3);
        Relative.Equal(expected, drawn, 0.003);
    }

    private sealed class Given(Tensor values) : INoise
    {
        public Tensor Like(Tensor x) => values.alias();
    }
}
