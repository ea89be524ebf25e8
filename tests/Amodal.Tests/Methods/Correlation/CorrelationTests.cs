using Amodal.Data;
using Amodal.Methods;
using Amodal.Methods.Correlation;
using Amodal.Targets;
using Amodal.Tests.Methods.Fills;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.Correlation;

public class CorrelationTests
{
    [Fact]
    public void Of_Gaussians_the_correlations_are_those_they_were_made_with_however_the_views_are_turned()
    {
        using var scope = NewDisposeScope();
        const int rows = 100_000;
        var (a, b) = Views(rows, seed: 1);
        var (left, right, correlations) = CanonicalCorrelation.Fit(a, b, 2, penalty: 1e-6);
        Relative.Equal(tensor(new[] { 0.9, 0.85 }), correlations, 0.01); // (1 - rho^2) / sqrt(rows) is 0.003 at most
        var turned = a.matmul(tensor(new[,] { { 3f, 1 }, { -2, 5 } }));
        Relative.Equal(correlations, CanonicalCorrelation.Fit(turned, b, 2, penalty: 1e-9).Correlations, 1e-4);
        var (x, y) = (a.to(ScalarType.Float64).matmul(left), b.to(ScalarType.Float64).matmul(right));
        Relative.Equal(diag(correlations), ((x - x.mean([0])).t().matmul(y - y.mean([0])) / rows), 1e-3); // the projections are of variance 1
    }

    [Fact]
    public void The_sum_is_the_codes_number_where_one_is_a_map_of_the_other_and_hardly_anything_where_they_are_independent()
    {
        using var scope = NewDisposeScope();
        var a = SimpleFillTests.Normal(5000, 3);
        var map = tensor(new[,] { { 2f, 1, 0 }, { 0, -3, 1 }, { 1, 0, 4 } });
        Assert.Equal(3, CanonicalCorrelation.Sum(a, a.matmul(map), 3, 1e-3).item<double>(), 0.01);
        var none = CanonicalCorrelation.Sum(SimpleFillTests.Normal(100_000, 2), SimpleFillTests.Normal(100_000, 2, seed: 2), 2, 1e-3).item<double>();
        Assert.InRange(none - (2 * Math.Sqrt(1e-3)), 0, 0.01); // what is added to each eigenvalue, and chance
    }

    [Fact]
    public void Its_gradient_leads_to_the_correlations_that_linear_canonical_correlation_has()
    {
        using var scope = NewDisposeScope();
        var ((a, b), (validA, validB)) = (Views(2000, seed: 1), Views(2000, seed: 9));
        var network = Network(new DccaOptions { Components = 2, Width = 16, Training = new() { Epochs = 60, BatchSize = 1000, LearningRate = 0.01 } }, weight: null, Data(a, b, validA, validB), out var data);
        using (network)
        using (data)
        {
            var (left, right, _) = CanonicalCorrelation.Fit(a, b, 2, 1e-4);
            using var noGradient = no_grad();
            var linear = CanonicalCorrelation.Sum(validA.to(ScalarType.Float64).matmul(left), validB.to(ScalarType.Float64).matmul(right), 2, 1e-3).item<double>();
            Assert.Equal(linear, -network.Loss([validA, validB]).item<double>(), 0.04); // 1.75; on these Gaussians nothing is better than linear
        }
    }

    [Fact]
    public void Without_weight_decoders_change_nothing_and_with_it_they_give_the_modality_back()
    {
        using var scope = NewDisposeScope();
        var ((a, b), (validA, validB)) = (Views(64, seed: 1), Views(64, seed: 9));
        var training = new ClassifierStageOptions { Epochs = 3, BatchSize = 32 };
        var plain = Network(new DccaOptions { Width = 4, Components = 2, Training = training }, weight: null, Data(a, b, validA, validB), out var data);
        var idle = Network(new DccaeOptions { Width = 4, Components = 2, Training = training }, weight: 0, Data(a, b, validA, validB), out var same);
        using (plain)
        using (idle)
        using (data)
        using (same)
        {
            var (expected, actual) = (plain.state_dict().Where(p => p.Key.StartsWith("encoders", StringComparison.Ordinal)), idle.state_dict());
            Assert.All(expected, p => Assert.True(p.Value.Equals(actual[p.Key]), p.Key));
            var constant = zeros(64, 2);
            using var decoding = Network(new DccaeOptions { Width = 4, Components = 2, Training = training with { Epochs = 60, LearningRate = 0.02 } }, weight: 100, Data(a, constant, validA, constant), out var other);
            other.Dispose();
            using var noGradient = no_grad();
            Assert.InRange(decoding.Loss([validA, constant]).item<double>(), -2, 50); // of 100 for the variance of the first, and nothing for the constant one
        }
    }

    /// <summary>Two views of two numbers, turned, whose correlations are 0.9 and 0.85: the squares of the first would be correlated by 0.81.</summary>
    private static (Tensor A, Tensor B) Views(int rows, ulong seed)
    {
        var (x, e) = (SimpleFillTests.Normal(rows, 2, seed), SimpleFillTests.Normal(rows, 2, seed + 1));
        var rho = tensor(new[] { 0.9f, 0.85f });
        return (x.matmul(tensor(new[,] { { 1f, 0.5f }, { -0.3f, 1 } })), ((x * rho) + (e * (1 - rho.square()).sqrt())).matmul(tensor(new[,] { { 0.2f, 1 }, { 1, -0.4f } })));
    }

    private static DataSet Data(Tensor a, Tensor b, Tensor validA, Tensor validB)
    {
        Modality[] modalities = [new("a", 1, 2), new("b", 1, 2)];
        return new DataSet("views", modalities, [Of("train", a, b), Of("valid", validA, validB)], "");

        Split Of(string name, params Tensor[] views) => new(name, [.. Enumerable.Range(0, (int)views[0].shape[0]).Select(row => $"{row}")], new float[views[0].shape[0]],
            [.. views.Select((x, m) => new FeatureArray(modalities[m], x.contiguous().data<float>().ToArray()))]);
    }

    private static DeepCcaNetwork Network(DeepCcaOptions options, double? weight, DataSet set, out VectorData data)
    {
        using var training = new TrainingData(set, Standardiser.Fit(set["train"]), CPU);
        data = new VectorData(training, seed: 1, (_, x) => x.select(1, 0).clone());
        Stage.SeedTorch(1);
        var network = new DeepCcaNetwork(new VectorContext([2, 2], Target.Score, new()), options with { Head = new() { Epochs = 1 } }, weight);
        network.Train(["codes", "head"], data, new FillCase.Stages());
        network.eval();
        return network;
    }
}
