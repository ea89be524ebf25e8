using Amodal.Data.Synthetic;
using Amodal.Evaluation;
using Amodal.Missingness;
using Amodal.Tests.Data.Synthetic;
using MathNet.Numerics.LinearAlgebra;

namespace Amodal.Tests.Evaluation;

public class SyntheticOptimumTests
{
    private static readonly SyntheticModel Model = new(new SyntheticOptions { Utterances = 34_000 });
    private static readonly Lazy<Amodal.Data.Split> Train = new(() => SyntheticData.Generate(Model.Options)["train"]);
    private static readonly Lazy<Matrix<double>> Covariance = new(() => DenseGaussian.Covariance(Model));

    public static TheoryData<uint> NonEmptySets() => [.. Enumerable.Range(1, 7).Select(bits => (uint)bits)];

    [Theory, MemberData(nameof(NonEmptySets))]
    public void Equals_conditioning_of_the_dense_joint_Gaussian(uint bits)
    {
        var observed = new ModalitySet(bits);
        var index = new List<int>();
        for (int m = 0, start = 1; m < 3; start += Model.Modalities[m++].RowSize)
        {
            index.AddRange(observed.Contains(m) ? Enumerable.Range(start, Model.Modalities[m].RowSize) : []);
        }

        var cross = Vector<double>.Build.Dense(index.Count, i => Covariance.Value[0, index[i]]);
        var own = Matrix<double>.Build.Dense(index.Count, index.Count, (i, k) => Covariance.Value[index[i], index[k]]);
        var weights = own.Cholesky().Solve(cross);
        Assert.Equal(Covariance.Value[0, 0] - (weights * cross), Model.PosteriorVariance(observed), 1e-10);

        var predictions = Model.OptimalPredictions(Train.Value, observed);
        for (var row = 0; row < 20; row++)
        {
            var x = DenseGaussian.Row(Train.Value, row);
            Assert.Equal(index.Select((i, k) => weights[k] * x[i]).Sum(), predictions[row], 1e-5); // float results of size 1
        }
    }

    [Theory, MemberData(nameof(NonEmptySets))]
    public void Errors_on_20000_rows_are_the_theoretical_ones(uint bits)
    {
        var observed = new ModalitySet(bits);
        var truth = Train.Value.Labels;
        var predictions = Model.OptimalPredictions(Train.Value, observed);
        var errors = truth.Zip(predictions, (y, p) => (double)y - p).ToArray();
        var variance = Model.PosteriorVariance(observed);
        var n = errors.Length;
        Assert.True(n >= 20_000);

        // Five standard errors: of e^2 sqrt(2) v, of |e| sqrt((1 - 2/pi) v), of a hit sqrt(p (1 - p)).
        Assert.Equal(variance, errors.Average(e => e * e), 5 * variance * Math.Sqrt(2.0 / n));
        Assert.Equal(Model.TheoreticalMae(observed), errors.Average(Math.Abs), 5 * Math.Sqrt((1 - (2 / Math.PI)) * variance / n));
        var acc2 = Model.TheoreticalSignAccuracy(observed);
        Assert.Equal(acc2, truth.Zip(predictions, (y, p) => y > 0 == p > 0 ? 1.0 : 0).Average(), 5 * Math.Sqrt(acc2 * (1 - acc2) / n));
    }

    // The table of docs/guide/synthetic.md, seed 1. The last column is the accuracy of the best complete-data prediction with
    // the missing modalities set to their mean, 0: the distance to it is what recovery can win.
    [Theory]
    [InlineData(0b001, 85.75, 0.4489, 80.20)]
    [InlineData(0b010, 69.19, 0.8543, 55.65)]
    [InlineData(0b100, 67.24, 0.8887, 53.54)]
    [InlineData(0b011, 87.20, 0.4059, 84.38)]
    [InlineData(0b101, 87.15, 0.4074, 84.59)]
    [InlineData(0b110, 77.80, 0.6662, 56.49)]
    [InlineData(0b111, 90.63, 0.3009, 90.63)]
    public void Has_the_documented_values(uint bits, double acc2, double mae, double zeroFilledAcc2)
    {
        var observed = new ModalitySet(bits);
        Assert.Equal(acc2, 100 * Model.TheoreticalSignAccuracy(observed), 0.05);
        Assert.Equal(mae, Model.TheoreticalMae(observed), 0.0005);
        Assert.Equal(zeroFilledAcc2, 100 * ZeroFilledAcc2(observed), 0.05);
    }

    private static double ZeroFilledAcc2(ModalitySet observed)
    {
        var size = Covariance.Value.RowCount - 1;
        var own = Covariance.Value.SubMatrix(1, size, 1, size);
        var cross = Covariance.Value.Column(0).SubVector(1, size);
        var weights = own.Cholesky().Solve(cross);
        for (int m = 0, start = 0; m < 3; start += Model.Modalities[m++].RowSize)
        {
            if (!observed.Contains(m))
            {
                weights.ClearSubVector(start, Model.Modalities[m].RowSize);
            }
        }

        var correlation = weights * cross / Math.Sqrt((weights * own * weights) * Covariance.Value[0, 0]);
        return 0.5 + (Math.Asin(correlation) / Math.PI);
    }

    [Fact]
    public void Another_modality_never_makes_it_worse()
    {
        for (var bits = 0u; bits < 8; bits++)
        {
            for (var m = 0; m < 3; m++)
            {
                Assert.True(Model.PosteriorVariance(new ModalitySet(bits | (1u << m))) <= Model.PosteriorVariance(new ModalitySet(bits)) + 1e-12);
            }
        }
    }

    [Fact]
    public void With_nothing_observed_it_is_the_prior()
    {
        Assert.Equal(1.69, Model.PosteriorVariance(default), 1e-12);
        Assert.Equal(0.5, Model.TheoreticalSignAccuracy(default), 1e-6);
        Assert.All(Model.OptimalPredictions(Train.Value, default(ModalitySet)), p => Assert.Equal(0, p));
    }

    [Fact]
    public void Rows_with_sets_of_their_own_are_predicted_each_from_its_set()
    {
        ModalitySet[] sets = [.. Enumerable.Range(0, Train.Value.Count).Select(row => new ModalitySet((uint)(row % 7) + 1))];
        var mixed = Model.OptimalPredictions(Train.Value, sets);
        var acoustic = Model.OptimalPredictions(Train.Value, ModalitySet.Of(1)); // rows 1, 8, 15, ...
        Assert.Equal(acoustic[8], mixed[8]);
        Assert.NotEqual(acoustic[9], mixed[9]);
    }
}
