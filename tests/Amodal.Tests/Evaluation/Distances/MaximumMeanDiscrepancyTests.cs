using Amodal.Evaluation.Distances;
using Amodal.Randomness;

namespace Amodal.Tests.Evaluation.Distances;

public class MaximumMeanDiscrepancyTests
{
    [Fact]
    public void Two_points_each_by_hand()
    {
        var (a, b) = (new PointCloud([0, 2], 1), new PointCloud([1, 3], 1));
        var across = ((3 * Math.Exp(-0.5)) + Math.Exp(-4.5)) / 4; // 0-1, 2-1 and 2-3 are 1 apart, 0-3 is 3
        Assert.Equal((2 * Math.Exp(-2)) - (2 * across), MaximumMeanDiscrepancy.Squared(a, b, 1), 1e-6);
    }

    [Fact]
    public void Two_normal_distributions_have_the_discrepancy_of_theory()
    {
        const int Count = 2000;
        const double Bandwidth = 1.5;
        var a = GaussianPoints.Draw(new StableRandom(1), Count, 3);
        var b = GaussianPoints.Draw(new StableRandom(2), Count, 3, mean: at => at == 0 ? 1 : 0);
        // x - y ~ N(v, 2I): E k = (s^2 / (s^2 + 2))^(d/2) exp(-|v|^2 / (2 (s^2 + 2))), here with d = 3 and |v| = 1 or 0.
        var s2 = Bandwidth * Bandwidth;
        var expected = 2 * Math.Pow(s2 / (s2 + 2), 1.5) * (1 - Math.Exp(-1 / (2 * (s2 + 2))));
        // The estimate is a mean of n independent parts, up to terms of 1 / n, each made of four mean kernels; a mean kernel
        // at a random point varies by less than 0.25 (kernels are between 0 and 1, half of the range at most). One standard error.
        Assert.Equal(expected, MaximumMeanDiscrepancy.Squared(a, b, Bandwidth), 4 * 0.25 / Math.Sqrt(Count));
    }

    [Fact]
    public void Without_a_difference_it_is_zero_on_average()
    {
        var random = new StableRandom(1);
        var estimates = Enumerable.Range(0, 2000)
            .Select(_ => MaximumMeanDiscrepancy.Squared(GaussianPoints.Draw(random, 4, 2), GaussianPoints.Draw(random, 4, 2), 1)).ToList();
        var error = Math.Sqrt(estimates.Sum(e => e * e) / estimates.Count / estimates.Count);
        // The biased estimate, with k(x, x), would be off by about (1 - E k) / 2 = 0.3: a hundred standard errors.
        Assert.Equal(0, estimates.Average(), 4 * error);
        Assert.True(error < 0.01);
    }

    [Theory]
    [InlineData(2.0, 0.0, 1.0, 3.0)] // 1, 2, 3
    [InlineData(3.5, 0.0, 1.0, 3.0, 7.0)] // 1, 2, 3, 4, 6, 7
    public void The_bandwidth_is_the_median_distance(double expected, params double[] points) =>
        Assert.Equal(expected, MaximumMeanDiscrepancy.MedianDistance(new PointCloud([.. points.Select(p => (float)p)], 1)), 1e-6);
}
