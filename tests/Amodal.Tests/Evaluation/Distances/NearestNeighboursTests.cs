using Amodal.Evaluation.Distances;
using Amodal.Randomness;

namespace Amodal.Tests.Evaluation.Distances;

public class NearestNeighboursTests
{
    [Fact]
    public void Overlap_by_hand()
    {
        // Nearest other true point of each true one: 1, 0, 1, 2 (as rows); of each recovered one: 1 (0.4 from 0.6 to 1), 2, 1, 0.
        var truth = new PointCloud([0, 1, 2.5f, 10], 1);
        var recovered = new PointCloud([0.6f, 2.3f, 2.5f, -4], 1);
        Assert.Equal(2 / 4.0, NearestNeighbours.Overlap(recovered, truth, k: 1));
    }

    [Fact]
    public void Overlap_is_one_for_the_truth_and_by_chance_k_among_the_others()
    {
        var truth = GaussianPoints.Draw(new StableRandom(1), 400, 6);
        Assert.Equal(1, NearestNeighbours.Overlap(truth, truth, k: 10));
        var unrelated = GaussianPoints.Draw(new StableRandom(2), 400, 6);
        // Two random sets of 10 among 399 share 0.25 on average, so 0.025 of 10, with a spread of 0.05 a row. Near rows share
        // their neighbours: as if some fifty of the rows were independent, four standard errors are 0.028.
        Assert.Equal(NearestNeighbours.ChanceOverlap(400, 10), NearestNeighbours.Overlap(unrelated, truth, k: 10), 0.028);
        Assert.Equal(10 / 399.0, NearestNeighbours.ChanceOverlap(400, 10));
    }

    [Fact]
    public void Overlap_falls_with_the_noise()
    {
        var truth = GaussianPoints.Draw(new StableRandom(1), 200, 4);
        var shares = new[] { 0.05f, 0.5f, 5f }.Select(noise =>
        {
            var random = new StableRandom(2);
            return NearestNeighbours.Overlap(truth.Map((x, _) => x + (noise * (float)random.NextNormal())), truth, k: 10);
        }).ToList();
        Assert.True(shares[0] > 0.8 && shares[0] > shares[1] && shares[1] > shares[2] && shares[2] < 0.2, string.Join(", ", shares));
    }

    [Fact]
    public void Mixing_is_a_half_for_one_distribution_and_none_for_sets_apart()
    {
        var truth = GaussianPoints.Draw(new StableRandom(1), 300, 3);
        var same = GaussianPoints.Draw(new StableRandom(2), 300, 3);
        // Of 600 points 10 neighbours each, a foreign one with chance 300 / 599. Neighbourhoods overlap: as if 600 of the 6000
        // draws were independent, four standard errors are 4 * 0.5 / sqrt(600) = 0.08.
        Assert.Equal(300 / 599.0, NearestNeighbours.Mixing(same, truth, k: 10), 0.08);
        Assert.Equal(0, NearestNeighbours.Mixing(same.Map((x, _) => x + 100), truth, k: 10));
        // All recovered at one point in the middle, as a network that answers the average does: they neighbour each other only.
        Assert.Equal(0, NearestNeighbours.Mixing(same.Map((_, _) => 0), truth, k: 10));
        // Scattered so far that each has true neighbours only: the true ones never have them for neighbours.
        Assert.Equal(0, NearestNeighbours.Mixing(same.Map((x, _) => 1000 * x), truth, k: 10), 0.03);
    }

    [Fact]
    public void Sizes_are_checked()
    {
        var points = GaussianPoints.Draw(new StableRandom(1), 5, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => NearestNeighbours.Overlap(points, points, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => NearestNeighbours.Mixing(points, points, 0));
        Assert.Throws<ArgumentException>(() => NearestNeighbours.Overlap(GaussianPoints.Draw(new StableRandom(1), 4, 2), points, 1));
    }

    [Fact]
    public void All_distances_of_recovered_latents_together()
    {
        var truth = GaussianPoints.Draw(new StableRandom(1), 60, 4);
        var perfect = LatentDistances.Between(truth, truth, neighbours: 10, new StableRandom(2));
        Assert.Equal((0, 1), (perfect.SlicedWasserstein, perfect.NeighbourOverlap));
        Assert.True(perfect.Mmd < 0);
        var constant = LatentDistances.Between(truth, truth.Map((_, _) => 1), neighbours: 100, new StableRandom(2));
        Assert.True(double.IsNaN(constant.Mmd)); // no two true points differ: there is no scale
        Assert.Equal(1, constant.NeighbourOverlapChance); // 59 others at most
    }
}
