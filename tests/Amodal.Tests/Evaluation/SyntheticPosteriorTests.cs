using System.Collections.Concurrent;
using Amodal.Data.Synthetic;
using Amodal.Evaluation;
using Amodal.Missingness;
using Amodal.Randomness;
using MathNet.Numerics.LinearAlgebra;

namespace Amodal.Tests.Evaluation;

/// <summary>The best prediction on generated data that is not linear or not Gaussian.</summary>
public class SyntheticPosteriorTests
{
    private const int Rows = 20_000;
    private static readonly SyntheticModel Model = new(SyntheticOptions.NonLinear with { Utterances = 6000, TestUtterances = Rows });
    private static readonly Lazy<Amodal.Data.DataSet> Data = new(() => SyntheticData.Generate(Model.Options));

    private static readonly ConcurrentDictionary<uint, (float Median, double Mean, double Variance, double Positive)[]> _answers = [];

    public static TheoryData<uint> NonEmptySets() => [.. Enumerable.Range(1, 7).Select(bits => (uint)bits)];

    [Theory, MemberData(nameof(NonEmptySets))]
    public void With_one_component_and_no_interactions_it_is_the_closed_form(uint bits)
    {
        var model = new SyntheticModel(new SyntheticOptions { Utterances = 40 });
        var (split, observed) = (SyntheticData.Generate(model.Options)["train"], new ModalitySet(bits));
        var means = SyntheticPosterior.OfEach(model, split, observed, label => label.Mean);
        var medians = SyntheticPosterior.OfEach(model, split, observed, label => label.Quantile(0.5));
        var variances = SyntheticPosterior.OfEach(model, split, observed, label => label.Variance);
        foreach (var (row, closed) in model.OptimalPredictions(split, observed).Index())
        {
            Assert.Equal(closed, means[row], 1e-6); // a float of size 1
            Assert.Equal(means[row], medians[row], 1e-9);
            Assert.Equal(model.PosteriorVariance(observed), variances[row], 1e-12);
        }
    }

    [Fact]
    public void The_integral_of_a_linear_label_is_the_known_one()
    {
        // A product of weight 1e-9 changes nothing that 1e-8 shows, but has the label integrated over a latent.
        SyntheticOptions linear = new() { Utterances = 40, Redundancy = 0.5 };
        var (closed, integrated) = (new SyntheticModel(linear), new SyntheticModel(linear with { Interactions = 1e-18 }));
        var split = SyntheticData.Generate(linear)["train"];
        double[] Ask(SyntheticModel model) => [.. SyntheticPosterior.OfEach(model, split, ModalitySet.Of(1), label => (double[])[label.Cumulative(-1), label.Cumulative(0.3), label.Quantile(0.9)]).SelectMany(x => x)];
        Assert.Equal(0, closed.ProductWeight);
        Assert.InRange(integrated.ProductWeight, 1e-10, 1e-8);
        Assert.All(Ask(closed).Zip(Ask(integrated)), pair => Assert.Equal(pair.First, pair.Second, 1e-8));
    }

    [Theory]
    [InlineData(-9), InlineData(-7.5), InlineData(-3.3), InlineData(-0.1), InlineData(0), InlineData(1), InlineData(6.9), InlineData(7.1), InlineData(9)]
    public void Both_forms_of_the_normal_distribution_agree(double x)
    {
        Assert.Equal(StandardNormal.Cumulative(x), StandardNormal.At(x).Cumulative, 1e-14);
        Assert.Equal(Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI), StandardNormal.At(x).Density, 1e-15);
    }

    [Fact]
    public void Weighted_draws_from_the_prior_have_the_same_moments_and_probabilities()
    {
        // Noisy features tell little, so that many draws from the prior are likely after them too.
        var model = new SyntheticModel(Model.Options with { Utterances = 20, TestUtterances = 5, Noise = 5 });
        var (split, observed) = (SyntheticData.Generate(model.Options)["test"], ModalitySet.Of(0, 1));
        double[] told = [.. Enumerable.Range(0, 4).Select(j => observed.Members.Sum(m => SyntheticOptimum.Statistics(model, split, m)[0][j]))];
        var prior = Cholesky.Inverse(SyntheticPrior.Covariance(model.Prior.Factors[0]));
        var precision = SyntheticOptimum.Precision(model, observed, SyntheticPrior.Covariance(model.Prior.Factors[0]));
        var random = new StableRandom(7);
        var (sum, squares, mean, mean2, below) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (var draw = 0; draw < 400_000; draw++)
        {
            double[] u = [random.NextNormal(), random.NextNormal(), random.NextNormal(), random.NextNormal()];
            model.Prior.Shape(u, random.NextInt(model.Options.Components));
            var fit = 0.0; // log p(x | u) = h . u - u . (sum_m A_m^T S_m^-1 A_m) u / 2
            for (var i = 0; i < 4; i++)
            {
                fit += told[i] * u[i];
                for (var j = 0; j < 4; j++)
                {
                    fit -= u[i] * (precision[i, j] - prior[i, j]) * u[j] / 2;
                }
            }

            var y = u.Zip(model.LabelWeights, (a, w) => a * w).Sum() + (model.ProductWeight * u[0] * u[1]) + model.LabelOffset
                + (Math.Sqrt(model.LabelNoiseVariance) * random.NextNormal());
            var weight = Math.Exp(fit);
            (sum, squares, mean, mean2) = (sum + weight, squares + (weight * weight), mean + (weight * y), mean2 + (weight * y * y));
            below += y <= 0.5 ? weight : 0;
        }

        var one = split.Select("test", [0]);
        var expected = SyntheticPosterior.OfEach(model, one, observed, label => (double[])[label.Mean, label.Variance, label.Cumulative(0.5)])[0];
        var draws = sum * sum / squares; // as many as equally likely ones
        Assert.True(draws > 20_000);
        // Five standard errors; of a variance with a kurtosis of at most 9.
        Assert.Equal(expected[0], mean / sum, 5 * Math.Sqrt(expected[1] / draws));
        Assert.Equal(expected[1], (mean2 / sum) - Math.Pow(mean / sum, 2), 5 * expected[1] * Math.Sqrt(8 / draws));
        Assert.Equal(expected[2], below / sum, 5 * Math.Sqrt(expected[2] * (1 - expected[2]) / draws));
    }

    [Theory, MemberData(nameof(NonEmptySets))]
    public void Errors_on_20000_rows_are_those_that_it_expects(uint bits)
    {
        var (test, answers) = (Data.Value["test"], Answers(bits));
        // Within five standard errors each: squared error less variance, and positive less its probability, have mean 0.
        Centred([.. answers.Zip(test.Labels, (a, y) => Math.Pow(y - a.Mean, 2) - a.Variance)]);
        Centred([.. answers.Zip(test.Labels, (a, y) => y - a.Mean)]);
        Centred([.. answers.Zip(test.Labels, (a, y) => (y > 0 ? 1 : 0) - a.Positive)]);
        Centred([.. answers.Zip(test.Labels, (a, y) => ((y > 0 ? 1 : 0) - a.Positive) * a.Positive)]); // also where it is sure
    }

    [Theory, MemberData(nameof(NonEmptySets))]
    public void It_beats_every_other_prediction(uint bits)
    {
        var (test, observed) = (Data.Value["test"].Select("test", [.. Enumerable.Range(0, 4000)]), new ModalitySet(bits));
        var answers = Answers(bits)[..test.Count];
        float[] best = [.. answers.Select(a => a.Median)], means = [.. answers.Select(a => (float)a.Mean)];
        Assert.Equal(best[..20], Model.OptimalPredictions(test.Select("test", [.. Enumerable.Range(0, 20)]), observed));
        var linear = Linear(test, observed);
        // The same model without interactions, and with one component, knows too little.
        var noProducts = new SyntheticModel(Model.Options with { Interactions = 0 }).OptimalPredictions(test, observed);
        var oneComponent = new SyntheticModel(Model.Options with { Components = 1 }).OptimalPredictions(test, observed);
        foreach (var other in (float[][])[means, linear, noProducts, oneComponent, [.. best.Select(p => 0.9f * p)], [.. best.Select(p => p + 0.1f)], new float[test.Count]])
        {
            Better(Absolute(best), Absolute(other));
        }

        Better(Squared(means), Squared(linear));
        Better(Squared(means), Squared(best));
        var far = Absolute(linear).Zip(Absolute(best), (a, b) => a - b).Average();
        Assert.True(far > (observed.Contains(0) ? 0.15 : 0.03), $"{far}");

        double[] Absolute(float[] p) => [.. p.Zip(test.Labels, (x, y) => (double)Math.Abs(x - y))];
        double[] Squared(float[] p) => [.. p.Zip(test.Labels, (x, y) => Math.Pow(x - y, 2))];
    }

    [Fact]
    public void Classes_are_equally_frequent_and_their_probabilities_hold()
    {
        var model = new SyntheticModel(Model.Options with { Classes = 3 });
        var data = SyntheticData.Generate(model.Options);
        var test = data["test"];
        foreach (var k in (int[])[0, 1, 2])
        {
            Assert.Equal(1.0 / 3, test.Labels.Count(y => y == k) / (double)Rows, 5 * Math.Sqrt(2.0 / 9 / Rows));
        }

        var probabilities = model.OptimalAnswers(test, ModalitySet.Of(0, 1));
        for (var k = 0; k < 3; k++)
        {
            Centred([.. test.Labels.Select((y, row) => (y == k ? 1 : 0) - (double)probabilities[(3 * row) + k])]);
        }

        Assert.Equal(Rows, probabilities.Sum(p => (double)p), 0.05); // 60,000 roundings of a float below 1
    }

    // The table of docs/guide/synthetic.md: 20,000 rows of seed 1.
    [Theory]
    [InlineData(0b001, 86.6, 0.368)]
    [InlineData(0b010, 73.5, 0.663)]
    [InlineData(0b100, 71.3, 0.712)]
    [InlineData(0b011, 88.0, 0.327)]
    [InlineData(0b101, 88.4, 0.317)]
    [InlineData(0b110, 80.3, 0.533)]
    [InlineData(0b111, 90.3, 0.263)]
    public void Has_the_documented_values(uint bits, double acc2, double mae)
    {
        var test = Data.Value["test"];
        var answers = Answers(bits);
        Assert.Equal(acc2, 100 * answers.Zip(test.Labels, (a, y) => a.Median > 0 == y > 0 ? 1.0 : 0).Average(), 0.051);
        Assert.Equal(mae, answers.Zip(test.Labels, (a, y) => Math.Abs(a.Median - (double)y)).Average(), 0.00051);
    }

    /// <summary>What the test rows' posteriors say, each integrated once; the median is the best prediction.</summary>
    private static (float Median, double Mean, double Variance, double Positive)[] Answers(uint bits) => _answers.GetOrAdd(bits, set => [.. SyntheticPosterior.OfEach(
        Model, Data.Value["test"], new ModalitySet(set), label => ((float)label.Quantile(0.5), label.Mean, label.Variance, 1 - label.Cumulative(0)))]);

    private static void Centred(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        Assert.Equal(0, mean, 5 * Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) / values.Count));
    }

    // By more than two standard errors of the paired difference, or level where the two are the same to a thousandth.
    private static void Better(IReadOnlyList<double> ours, IReadOnlyList<double> theirs)
    {
        double[] gains = [.. theirs.Zip(ours, (t, o) => t - o)];
        var mean = gains.Average();
        Assert.True(mean > -2 * Math.Sqrt(gains.Average(g => (g - mean) * (g - mean)) / gains.Length), $"{mean}");
        Assert.True(mean > -0.0005, $"{mean}");
    }

    /// <summary>Sums of products of all features, and of those with the label, over the training rows: those of a set are a part of these.</summary>
    private static readonly Lazy<(Matrix<double> Gram, Vector<double> Moments)> _sums = new(() =>
    {
        var train = Data.Value["train"];
        var x = Features(train, ModalitySet.All(train.Features.Count));
        return (x.TransposeThisAndMultiply(x), x.TransposeThisAndMultiply(Vector<double>.Build.Dense([.. train.Labels.Select(y => (double)y)])));
    });

    /// <summary>Ridge regression on the features of a set.</summary>
    private static float[] Linear(Amodal.Data.Split test, ModalitySet observed)
    {
        var (sizes, columns) = (test.Features.Select(f => f.Modality.RowSize).ToList(), new List<int> { 0 });
        columns.AddRange(observed.Members.SelectMany(m => Enumerable.Range(1 + sizes.Take(m).Sum(), sizes[m])));
        var (gram, moments) = _sums.Value;
        var part = Matrix<double>.Build.Dense(columns.Count, columns.Count, (i, j) => gram[columns[i], columns[j]] + (i == j ? 300 : 0));
        return [.. (Features(test, observed) * part.Cholesky().Solve(Vector<double>.Build.Dense(columns.Count, i => moments[columns[i]]))).Select(p => (float)p)];
    }

    private static Matrix<double> Features(Amodal.Data.Split split, ModalitySet observed)
    {
        float[][] rows = [.. Enumerable.Range(0, split.Count).Select(row => (float[])[1, .. observed.Members.SelectMany(m => split.Features[m].Row(row).ToArray())])];
        return Matrix<double>.Build.Dense(rows.Length, rows[0].Length, (i, j) => rows[i][j]);
    }
}
