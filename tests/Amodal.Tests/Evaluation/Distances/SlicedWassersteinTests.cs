using Amodal.Evaluation.Distances;
using Amodal.Randomness;

namespace Amodal.Tests.Evaluation.Distances;

public class SlicedWassersteinTests
{
    [Fact]
    public void Along_a_line_points_are_paired_in_order()
    {
        // 0 goes to 2 and 1 to 5: (4 + 16) / 2. Pairing them as they stand would give (25 + 1) / 2.
        var (distance, _) = SlicedWasserstein.Compare(new PointCloud([0, 1], 1), new PointCloud([5, 2], 1), 3, new StableRandom(1));
        Assert.Equal(Math.Sqrt(10), distance, 1e-6);
    }

    [Fact]
    public void A_shift_gives_its_length_over_the_root_of_the_width()
    {
        const int Width = 12;
        const int Directions = 4000;
        var points = GaussianPoints.Draw(new StableRandom(1), 40, Width);
        var shifted = points.Map((x, at) => x + (at == 2 ? 3 : at == 7 ? -4 : 0)); // |v| = 5
        var (distance, chance) = SlicedWasserstein.Compare(points, shifted, Directions, new StableRandom(2));
        // (u·v)^2 over unit vectors u: mean |v|^2 / d, variance 2 (d - 1) |v|^4 / (d^2 (d + 2)); four standard errors.
        var error = 25 * Math.Sqrt(2.0 * (Width - 1) / (Width * Width * (Width + 2)) / Directions);
        Assert.Equal(25.0 / Width, distance * distance, 4 * error);
        Assert.True(chance < distance / 2, $"{chance} by chance, {distance} measured");
    }

    [Fact]
    public void Two_normal_distributions_have_the_distance_of_theory()
    {
        const int Count = 20_000;
        var a = GaussianPoints.Draw(new StableRandom(1), Count, 1);
        var b = GaussianPoints.Draw(new StableRandom(2), Count, 1, std: 2, mean: _ => 2);
        var (distance, _) = SlicedWasserstein.Compare(a, b, 1, new StableRandom(3));
        // W_2^2 = m^2 + (s - 1)^2. Standard errors: of m sqrt(5 / n), of s sqrt(5 / 2n); times 2m and 2(s - 1), four of them.
        var error = Math.Sqrt((16 * 5.0 / Count) + (4 * 2.5 / Count));
        Assert.Equal(4 + 1, distance * distance, 4 * error);
    }

    [Fact]
    public void Samples_of_one_distribution_are_as_far_apart_as_chance_says()
    {
        var a = GaussianPoints.Draw(new StableRandom(1), 300, 10);
        var b = GaussianPoints.Draw(new StableRandom(2), 300, 10);
        var (distance, chance) = SlicedWasserstein.Compare(a, b, 200, new StableRandom(3));
        // SW^2 is a sum over some ten independent coordinates of squares: sqrt(2 / 10) = 45 % of spread, so 22 % of the root; three of these.
        Assert.InRange(distance / chance, 0.34, 1.66);
    }

    [Fact]
    public void A_sample_has_no_distance_to_itself_in_another_order_and_shapes_must_agree()
    {
        var points = GaussianPoints.Draw(new StableRandom(1), 20, 3);
        var turned = PointCloud.Join([.. Enumerable.Range(0, 20).Reverse().Select(i => new PointCloud(points[i].ToArray(), 3))]);
        Assert.Equal(0, SlicedWasserstein.Compare(points, turned, 5, new StableRandom(1)).Distance);
        Assert.Throws<ArgumentException>(() => SlicedWasserstein.Compare(points, GaussianPoints.Draw(new StableRandom(1), 19, 3), 5, new StableRandom(1)));
        Assert.Throws<ArgumentException>(() => SlicedWasserstein.Compare(points, GaussianPoints.Draw(new StableRandom(1), 20, 4), 5, new StableRandom(1)));
        Assert.Throws<ArgumentException>(() => new PointCloud([1, float.NaN], 2));
    }
}
