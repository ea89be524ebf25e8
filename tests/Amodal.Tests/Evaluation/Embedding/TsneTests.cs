using Amodal.Evaluation.Distances;
using Amodal.Evaluation.Embedding;
using Amodal.Randomness;
using Amodal.Tests.Evaluation.Distances;

namespace Amodal.Tests.Evaluation.Embedding;

public class TsneTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(2.5)]
    [InlineData(40)]
    public void Every_row_has_the_perplexity_asked_for(double perplexity)
    {
        var points = GaussianPoints.Draw(new StableRandom(1), 61, 5);
        var distances = SquaredDistances.Between(points, points);
        for (var i = 0; i < points.Count; i++)
        {
            var row = new double[points.Count];
            Affinities.Conditional(distances.AsSpan(i * points.Count, points.Count), i, perplexity, row);
            Assert.Equal(0, row[i]);
            Assert.Equal(1, row.Sum(), 1e-12);
            var entropy = -row.Where(p => p > 0).Sum(p => p * Math.Log(p));
            Assert.Equal(perplexity, Math.Exp(entropy), 2e-6 * perplexity); // found to 1e-6 of the entropy
        }
    }

    [Fact]
    public void Affinities_are_symmetric_and_a_distribution()
    {
        var affinities = Dense(Affinities.Of(GaussianPoints.Draw(new StableRandom(1), 37, 3), 8, TestContext.Current.CancellationToken));
        for (var i = 0; i < 37; i++)
        {
            Assert.Equal(0, affinities[i, i]);
            Assert.All(Enumerable.Range(0, 37), j => Assert.Equal(affinities[i, j], affinities[j, i]));
        }

        Assert.Equal(1, affinities.Cast<double>().Sum(), 1e-5); // what is left out, and 1400 roundings
    }

    [Fact]
    public void The_gradient_is_that_of_the_divergence()
    {
        const int Count = 13; // not a whole number of vectors
        const double Step = 1e-5;
        var random = new StableRandom(3);
        var affinities = Affinities.Of(GaussianPoints.Draw(random, Count, 3), 5, TestContext.Current.CancellationToken);
        var (p, places) = (Dense(affinities), Enumerable.Range(0, 2 * Count).Select(_ => (double)(float)random.NextNormal()).ToArray());
        var gradient = new TsneGradient(affinities);
        for (var i = 0; i < Count; i++)
        {
            (gradient.X[i], gradient.Y[i]) = ((float)places[2 * i], (float)places[(2 * i) + 1]);
        }

        gradient.Compute(exaggeration: 1);
        Assert.Equal(Divergence(p, places), gradient.Divergence(), 1e-5);
        for (var i = 0; i < 2 * Count; i++)
        {
            var (up, down) = (places.ToArray(), places.ToArray());
            (up[i], down[i]) = (places[i] + Step, places[i] - Step);
            var expected = (Divergence(p, up) - Divergence(p, down)) / (2 * Step);
            // Central differences are right to 1e-9; the sums of 13 terms of some 0.1 in single precision to 1e-6.
            Assert.Equal(expected, (i % 2 == 0 ? gradient.GradientX : gradient.GradientY)[i / 2], 1e-6);
        }
    }

    [Fact]
    public void Known_clusters_stay_together_and_the_divergence_goes_down()
    {
        const int Clusters = 6;
        const int Each = 30;
        var random = new StableRandom(4);
        // Centres are some 20 apart (sqrt(2 * 20) * 3), points of a cluster sqrt(2 * 20) = 6.
        var centres = GaussianPoints.Draw(random, Clusters, 20, std: 3);
        var points = PointCloud.Join([.. Enumerable.Range(0, Clusters).Select(c => GaussianPoints.Draw(random, Each, 20, mean: at => centres[c][at]))]);
        var shares = new List<double>();
        var embedding = Tsne.Embed(points, new TsneOptions { Iterations = 1000 }, random, shares.Add, TestContext.Current.CancellationToken);

        var plane = new PointCloud([.. embedding.X.Zip(embedding.Y).SelectMany(xy => new[] { xy.First, xy.Second })], 2);
        Assert.Equal(1, Purity(plane, Each), 0.01);
        Assert.True(Purity(new PointCloud([.. Enumerable.Range(0, 2 * Clusters * Each).Select(_ => (float)random.NextNormal())], 2), Each) < 0.3, "a test that cannot fail");

        // The clusters part: the nearest two middles are further apart than most points are from their own.
        Assert.Equal(1000 / Tsne.TraceInterval, embedding.Divergences.Count - 1);
        var settled = embedding.Divergences.Skip(1 + (250 / Tsne.TraceInterval)).ToList(); // exaggerated steps serve another aim
        Assert.All(settled.Zip(settled.Skip(1)), pair => Assert.True(pair.Second < pair.First + 0.01, string.Join(", ", settled)));
        Assert.True(settled[^1] < 0.5 * embedding.Divergences[0], string.Join(", ", embedding.Divergences));
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);
    }

    [Fact]
    public void The_same_seed_gives_the_same_picture()
    {
        var points = GaussianPoints.Draw(new StableRandom(1), 50, 5);
        var options = new TsneOptions { Iterations = 60, Perplexity = 5 };
        var (a, b, c) = (Tsne.Embed(points, options, new StableRandom(1)), Tsne.Embed(points, options, new StableRandom(1)), Tsne.Embed(points, options, new StableRandom(2)));
        Assert.Equal(a.X, b.X);
        Assert.Equal(a.Y, b.Y);
        Assert.NotEqual(a.X, c.X);
    }

    [Fact]
    public void Points_that_are_all_the_same_or_twice_the_same_do_no_harm()
    {
        var one = Tsne.Embed(new PointCloud(new float[60], 3), new TsneOptions { Iterations = 100 }, new StableRandom(1));
        Assert.All(one.X.Concat(one.Y), x => Assert.True(float.IsFinite(x)));
        var some = GaussianPoints.Draw(new StableRandom(1), 20, 3);
        var twice = Tsne.Embed(PointCloud.Join([some, some]), new TsneOptions { Iterations = 400, Perplexity = 4 }, new StableRandom(1));
        var distances = Enumerable.Range(0, 20).Select(i => Math.Sqrt(Math.Pow(twice.X[i] - twice.X[i + 20], 2) + Math.Pow(twice.Y[i] - twice.Y[i + 20], 2))).ToList();
        var spread = twice.X.Max() - twice.X.Min();
        Assert.True(distances.Order().ElementAt(10) < 0.05 * spread, "twins lie together");
    }

    [Fact]
    public void It_can_be_stopped_and_says_when_there_are_too_few_points()
    {
        using var stop = new CancellationTokenSource();
        var points = GaussianPoints.Draw(new StableRandom(1), 30, 3);
        Assert.Throws<OperationCanceledException>(() => Tsne.Embed(points, new TsneOptions(), new StableRandom(1), share =>
        {
            if (share > 0.5)
            {
                stop.Cancel();
            }
        }, stop.Token));
        Assert.Throws<ArgumentException>(() => Tsne.Embed(points, new TsneOptions { Perplexity = 29 }, new StableRandom(1)));
    }

    /// <summary>The share of each point's five nearest that are of its own cluster.</summary>
    private static double Purity(PointCloud plane, int each)
    {
        var distances = SquaredDistances.Between(plane, plane);
        return Enumerable.Range(0, plane.Count).Average(i => Enumerable.Range(0, plane.Count).Where(j => j != i)
            .OrderBy(j => distances[(i * plane.Count) + j]).Take(5).Average(j => j / each == i / each ? 1.0 : 0));
    }

    private static double[,] Dense(Affinities affinities)
    {
        var dense = new double[affinities.Count, affinities.Count];
        for (var i = 0; i < affinities.Count; i++)
        {
            for (var k = affinities.Starts[i]; k < affinities.Starts[i + 1]; k++)
            {
                dense[i, affinities.Columns[k]] = affinities.Values[k];
            }
        }

        return dense;
    }

    /// <summary>KL(P | Q) with q_ij = w_ij / Z, by the definition.</summary>
    private static double Divergence(double[,] p, double[] places)
    {
        var n = places.Length / 2;
        var pairs = Enumerable.Range(0, n).SelectMany(i => Enumerable.Range(0, n).Where(j => j != i).Select(j => (I: i, J: j))).ToList();
        double W((int I, int J) at) => 1 / (1 + Math.Pow(places[2 * at.I] - places[2 * at.J], 2) + Math.Pow(places[(2 * at.I) + 1] - places[(2 * at.J) + 1], 2));
        var z = pairs.Sum(W);
        return pairs.Sum(at => p[at.I, at.J] > 0 ? p[at.I, at.J] * Math.Log(p[at.I, at.J] * z / W(at)) : 0);
    }
}
