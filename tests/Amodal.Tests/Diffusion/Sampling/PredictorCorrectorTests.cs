using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Tests.Diffusion.Processes;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Sampling;

public class PredictorCorrectorTests
{
    [Theory]
    [InlineData(ProcessKind.VE, 1, 0.16)]
    [InlineData(ProcessKind.VP, 1, 0.16)]
    [InlineData(ProcessKind.VP, 3, 0.4)]
    public void The_variance_is_what_theory_says_inflation_included(ProcessKind kind, int correctors, double r)
    {
        // In wide rows |z|^2 / |s|^2 is m^2 / v, for a current variance v where the marginal's is m. A Langevin step then
        // gives v <- (1 - 2 r^2 m / v)^2 v + 4 r^2 m^2 / v, whose fixed point is m / (1 - r^2) to leading order, and the
        // predictor v <- (1 - f dt - g^2 dt / m)^2 v + g^2 dt.
        const int Steps = 60, Rows = 60, Width = 400;
        var data = new Normal1D(Mean: 0, Std: 0.6);
        var process = EveryProcess.Create(kind);
        var times = TimeGrid.Uniform(Steps);
        var v = data.VarianceAt(process, 1);
        for (var i = 0; i < Steps; i++)
        {
            var (t, dt, m) = (times[i], times[i] - times[i + 1], data.VarianceAt(process, times[i]));
            for (var j = 0; j < correctors; j++)
            {
                v = (Math.Pow(1 - (2 * r * r * m / v), 2) * v) + (4 * r * r * m * m / v);
            }

            var g2 = Math.Pow(process.Diffusion(t), 2);
            v = (Math.Pow(1 - (process.Drift(t) * dt) - (g2 * dt / m), 2) * v) + (times[i + 1] == 0 ? 0 : g2 * dt);
        }

        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 2);
        var start = noise.Like(zeros(Rows, 1, Width)) * Math.Sqrt(data.VarianceAt(process, 1));
        var x = Samplers.PredictorCorrector(data.Score(process), process, start, times, noise, correctors, r);
        // Four standard errors, and the norms' fluctuation, of order 1 / width.
        Assert.Equal(1, x.var().item<float>() / v, (4 * Math.Sqrt(2.0 / (Rows * Width))) + (2.0 / Width));
    }

    [Fact]
    public void Correctors_help_where_the_predictor_is_coarse()
    {
        // The purpose of correctors, and a check that they are Langevin steps at the right time and not mere noise.
        var few = Spread(correctors: 0);
        var many = Spread(correctors: 40);
        Assert.InRange(Math.Abs(many - 1), 0, Math.Abs(few - 1) / 2);

        static double Spread(int correctors)
        {
            var data = new Normal1D(Mean: 0, Std: 0.6);
            var process = EveryProcess.Create(ProcessKind.VE);
            using var scope = NewDisposeScope();
            using var noise = new TorchNoise(seed: 2);
            var start = noise.Like(zeros(60, 1, 400)) * Math.Sqrt(data.VarianceAt(process, 1));
            var x = Samplers.PredictorCorrector(data.Score(process), process, start, TimeGrid.Uniform(12), noise, correctors, 0.1);
            return x.var().item<float>() / (data.Std * data.Std);
        }
    }
}
