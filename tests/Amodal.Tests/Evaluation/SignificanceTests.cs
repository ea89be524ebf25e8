using Amodal.Evaluation;

namespace Amodal.Tests.Evaluation;

public class SignificanceTests
{
    [Fact]
    public void Holm_multiplies_the_smallest_by_all_the_next_by_one_less_and_never_falls()
    {
        // By hand: 0.005 * 4, 0.01 * 3, then 0.03 * 2, and 0.04 * 1 may not be under that.
        Assert.Equal([0.03, 0.06, 0.06, 0.02], Significance.Holm([0.01, 0.04, 0.03, 0.005]), Near);
        Assert.Equal([1, 1], Significance.Holm([0.6, 0.9]), Near);
        var withNone = Significance.Holm([0.01, double.NaN, 0.02]);
        Assert.Equal([0.02, 0.02], new[] { withNone[0], withNone[2] }, Near); // two tests, not three
        Assert.True(double.IsNaN(withNone[1]));
    }

    [Fact]
    public void McNemar_counts_the_tails_of_fair_coins()
    {
        Assert.Equal(2 * (1 + 12 + 66) / 4096.0, Significance.McNemar(10, 2), 1e-12);
        Assert.Equal(Significance.McNemar(10, 2), Significance.McNemar(2, 10));
        Assert.Equal(1, Significance.McNemar(0, 0));
        Assert.Equal(1, Significance.McNemar(7, 7));
        // Of many coins the normal distribution tells the same: (60 - 0.5) / sqrt(1000) standard errors of the half difference.
        Assert.Equal(2 * MathNet.Numerics.Distributions.Normal.CDF(0, 1, -(59.5 / Math.Sqrt(1000)) * 2), Significance.McNemar(560, 440), 1e-5);
    }

    [Theory]
    [InlineData(2, 1.960)] // Demšar 2006, table 5(a), whose last digits are cut off
    [InlineData(3, 2.343)]
    [InlineData(5, 2.728)]
    [InlineData(8, 3.031)]
    [InlineData(10, 3.164)]
    public void The_critical_difference_is_the_tables(int methods, double q) =>
        Assert.Equal(q * Math.Sqrt(methods * (methods + 1) / (6.0 * 30)), Significance.CriticalDifference(methods, 30), 0.001 * Math.Sqrt(methods * (methods + 1) / 180.0));

    [Fact]
    public void Friedman_of_ranks_that_never_change_and_of_equal_ones()
    {
        // 12 / (n k (k + 1)) times the sum of squared rank sums, less 3 n (k + 1), is 8; with 2 degrees of freedom the tail is exp(-8 / 2).
        Assert.Equal(Math.Exp(-4), Significance.Friedman([.. Enumerable.Repeat(new double[] { 1, 2, 3 }, 4)]), 1e-12);
        Assert.Equal(1, Significance.Friedman([.. Enumerable.Repeat(new double[] { 2, 2, 2 }, 4)]));
        Assert.Equal(1, Significance.Friedman([[1, 2], [2, 1]]), 1e-12);
    }

    [Fact]
    public void Equal_values_share_their_ranks() => Assert.Equal([3.5, 1, 3.5, 2], Significance.Ranks([7, 1, 7, 2]));

    [Fact]
    public void A_difference_of_two_standard_errors_is_a_chance_of_one_in_twenty_two()
    {
        Assert.Equal(0.0455, Significance.OfDifference(new Estimate(2, 2 - 1.96, 2 + 1.96)), 1e-4);
        Assert.Equal(0.05, Significance.OfDifference(new Estimate(-1.96, -3.92, 0)), 1e-4); // an interval that ends at 0
        Assert.Equal(1, Significance.OfDifference(new Estimate(0, 0, 0)));
        Assert.Equal(0, Significance.OfDifference(new Estimate(1, 1, 1)));
        Assert.True(double.IsNaN(Significance.OfDifference(new Estimate(1, double.NaN, double.NaN))));
    }

    [Fact]
    public void Ranks_are_means_over_blocks_that_all_methods_have_a_value_in_and_groups_are_as_large_as_can_be()
    {
        var values = Enumerable.Range(0, 4).Select(m => ($"m{m}", (double[])[.. Enumerable.Range(0, 40).Select(b => b == 0 && m == 1 ? double.NaN : (double)m)])).ToList();
        var ranking = Ranking.Of("mae", "average-incomplete", values)!;
        Assert.Equal(39, ranking.Blocks);
        Assert.Equal([1.0, 2, 3, 4], ranking.Methods.Select(m => m.Rank));
        Assert.Empty(ranking.Groups); // ranks 1 apart, critical difference 0.75
        Assert.Equal([(0, 1), (1, 3)], (ranking with { CriticalDifference = 1.2, Methods = [new("a", 1), new("b", 2), new("c", 2.7), new("d", 3.1)] }).Groups);
        Assert.Null(Ranking.Of("mae", "average-incomplete", [values[0]]));
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) < 1e-12;
}
