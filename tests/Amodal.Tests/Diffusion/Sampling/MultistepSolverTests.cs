using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Tests.Diffusion.Processes;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Sampling;

public class MultistepSolverTests
{
    [Theory]
    [InlineData(0.3, 0.0)]
    [InlineData(0.3, 0.0, 0.2)]
    [InlineData(0.7, 0.0, 0.4, 1.1)]
    [InlineData(2.0, 0.0, 1.5, 1.9)]
    public void Weights_integrate_every_polynomial_through_the_answers(double h, params double[] ago)
    {
        // Of degree k, the integral of e^(s - h) s^k over [0, h], by Simpson's rule on 2,000 intervals: error below 1e-12.
        var weights = MultistepSolver.Weights(h, ago);
        for (var degree = 0; degree < ago.Length; degree++)
        {
            var expected = Simpson(s => Math.Exp(s - h) * Math.Pow(s, degree), h);
            Assert.Equal(expected, weights.Zip(ago, (w, a) => w * Math.Pow(-a, degree)).Sum(), 1e-10);
        }
    }

    [Fact]
    public void Order_one_is_DDIM()
    {
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 2);
        var process = EveryProcess.Create(ProcessKind.VP);
        var start = Samplers.Start(process, zeros(3, 2, 5, dtype: ScalarType.Float64), noise);
        var times = TimeGrid.Uniform(12);
        var ddim = Samplers.Ddim(TwoPeaks.Score(process), process, start, times, noise);
        var multistep = Samplers.DpmSolver(TwoPeaks.Score(process), process, start, times, order: 1);
        Assert.True(allclose(ddim, multistep, rtol: 1e-10, atol: 1e-10));
    }

    [Theory]
    [InlineData(ProcessKind.VE)]
    [InlineData(ProcessKind.VP)]
    [InlineData(ProcessKind.SubVP)]
    [InlineData(ProcessKind.CosineVP)]
    public void Grids_are_even_in_what_they_say(ProcessKind kind)
    {
        var process = EveryProcess.Create(kind);
        Check(GridKind.LogSnr, Math.Log);
        Check(GridKind.Edm, sigma => Math.Pow(sigma, 1.0 / 7));
        Assert.Equal(TimeGrid.Uniform(9), TimeGrid.Create(GridKind.Uniform, process, 9));
        Assert.Equal([1, 0.75, 0.5, 0.25, 0], TimeGrid.Create(GridKind.Even, process, 4));
        Assert.Equal([1, 0], TimeGrid.Create(GridKind.Even, process, 1));
        foreach (var grid in Enum.GetValues<GridKind>().Except([GridKind.Even]))
        {
            Assert.Equal([1, 0], TimeGrid.Create(grid, process, 1));
            Assert.Equal([1, TimeGrid.DefaultEpsilon, 0], TimeGrid.Create(grid, process, 2));
        }

        void Check(GridKind grid, Func<double, double> to)
        {
            var times = TimeGrid.Create(grid, process, 9);
            Assert.Equal((10, 1, TimeGrid.DefaultEpsilon, 0), (times.Length, times[0], times[8], times[9]));
            var places = times.SkipLast(1).Select(t => to(process.Sigma(t))).ToArray();
            var step = (places[8] - places[0]) / 8;
            Assert.All(Enumerable.Range(0, 8), i => Assert.Equal(step, places[i + 1] - places[i], 1e-6));
        }
    }

    private static double Simpson(Func<double, double> f, double end)
    {
        const int Intervals = 2000;
        var width = end / Intervals;
        return Enumerable.Range(0, Intervals + 1).Sum(i => f(i * width) * (i is 0 or Intervals ? 1 : 2 + (2 * (i % 2)))) * width / 3;
    }
}
