using Amodal.Data;
using Amodal.Evaluation;
using Amodal.Latents;
using Amodal.Missingness;
using static TorchSharp.torch;

namespace Amodal.Tests.Evaluation;

/// <summary>The reference on latents that are features themselves, beside ridge regression written down plainly.</summary>
public sealed class LinearRecoveryFormulaTests : IDisposable
{
    private static readonly Modality[] _modalities = [new("a", 2, 2), new("b", 5, 6), new("c", 3, 2)];
    private readonly List<LatentStore> _stores = [];

    [Theory]
    [InlineData(20, 0b001u)] // 4 features, 20 rows
    [InlineData(20, 0b011u)] // 34 features: the rows are fewer
    [InlineData(2500, 0b011u)] // several blocks of rows
    public void It_is_ridge_regression_whichever_system_is_smaller(int trainRows, uint bits)
    {
        var (train, valid, test) = (Store(1, trainRows), Store(2, 1100), Store(3, 1100));
        var observed = new ModalitySet(bits);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (x, y) = (Flat(train, observed), Flat(train, ModalitySet.Of(2)));
        var (meanX, meanY) = (x.mean([0], keepdim: true), y.mean([0], keepdim: true));
        var gram = (x - meanX).t().matmul(x - meanX);
        var unit = gram.trace().item<double>() / gram.shape[0];
        var weights = new[] { 1e-3, 1e-2, 0.1, 1, 10, 100 }.Select(penalty =>
                linalg.solve(gram + (eye(gram.shape[0], dtype: ScalarType.Float64) * (penalty * unit)), (x - meanX).t().matmul(y - meanY)))
            .MinBy(w => ((Flat(valid, observed) - meanX).matmul(w) + meanY - Flat(valid, ModalitySet.Of(2))).square().mean().item<double>())!;
        var expected = (Flat(test, observed) - meanX).matmul(weights) + meanY;
        using var actual = LinearRecovery.Predict(train, valid, test, observed, modality: 2);
        Assert.Equal(test.Latents[2].shape, actual.shape);
        // Float32 at the end; the systems have condition numbers of some thousands, which float64 does not feel.
        var error = (actual.flatten(1).to(ScalarType.Float64) - expected).abs().max().item<double>();
        Assert.True(error <= 1e-6 * expected.abs().max().item<double>(), $"{error}");
    }

    [Fact]
    public void The_penalty_is_chosen_on_all_validation_rows_a_second_block_too()
    {
        // Rows are worked on 1,024 at a time. Those after them are changed, and with them the penalty that is best.
        var (train, valid, test) = (Store(1, 12), Store(2, 1400), Store(3, 20));
        using var chosen = LinearRecovery.Predict(train, valid, test, ModalitySet.Of(0, 1), modality: 2);
        using var noGradient = no_grad();
        foreach (var rows in valid.Latents)
        {
            _ = rows.narrow(0, 1024, 376).mul_(30);
        }

        using var another = LinearRecovery.Predict(train, valid, test, ModalitySet.Of(0, 1), modality: 2);
        using var scope = NewDisposeScope();
        Assert.True((another - chosen).abs().max().item<float>() > 1e-3);
    }

    [Fact]
    public void Where_the_observed_are_constant_it_is_the_training_mean()
    {
        var (train, valid, test) = (Store(1, 12, constant: 0), Store(2, 4, constant: 0), Store(3, 5, constant: 0));
        using var scope = NewDisposeScope();
        using var actual = LinearRecovery.Predict(train, valid, test, ModalitySet.Of(0), modality: 2);
        Relative.Equal(train.Latents[2].mean([0], keepdim: true).expand_as(actual), actual, 16 * Relative.Rounding);
    }

    [Fact]
    public void One_training_row_and_a_target_that_is_constant_are_answered()
    {
        var (train, valid, test) = (Store(1, 1), Store(2, 4), Store(3, 5));
        using var ofOneRow = LinearRecovery.Predict(train, valid, test, ModalitySet.Of(0), modality: 2);
        using var scope = NewDisposeScope();
        Relative.Equal(train.Latents[2].expand_as(ofOneRow), ofOneRow, 16 * Relative.Rounding);
        using var constant = LinearRecovery.Predict(Store(1, 9, constant: 2), valid, test, ModalitySet.Of(0), modality: 2);
        Assert.True(constant.isfinite().all().item<bool>());
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity), InlineData(1e38f)]
    public void Latents_that_are_huge_or_not_finite_are_answered(float value)
    {
        var (train, valid, test) = (Store(1, 12), Store(2, 4), Store(3, 5));
        using (no_grad())
        {
            _ = train.Latents[0][0].fill_(value);
        }

        using var actual = LinearRecovery.Predict(train, valid, test, ModalitySet.Of(0), modality: 2);
        using var scope = NewDisposeScope();
        Assert.Equal(float.IsFinite(value), actual.isfinite().all().item<bool>());
    }

    [Fact]
    public void What_it_costs_decides_what_is_left_out()
    {
        Assert.True(LinearRecovery.Operations(1284, 2 * 32 * 48, 32 * 48) < LinearRecovery.MostOperations); // CMU-MOSI, aligned
        Assert.True(LinearRecovery.Operations(16326, 2 * 32 * 48, 32 * 48) < LinearRecovery.MostOperations); // CMU-MOSEI, aligned
        Assert.True(LinearRecovery.Operations(1284, 32 * (373 + 498), 32 * 48) < LinearRecovery.MostOperations); // CMU-MOSI, unaligned
        Assert.True(LinearRecovery.Operations(16326, 32 * (373 + 498), 32 * 498) > LinearRecovery.MostOperations); // CMU-MOSEI, unaligned
        // Rows and features change places, 100 of the smaller: products, then seven times an elimination and a solution.
        var operations = (2.0 * 100 * 100 * 1000) + (7 * ((2.0 / 3 * 1e6) + (2 * 1e4 * 50)));
        Assert.Equal(operations, LinearRecovery.Operations(100, 1000, 50), 1e-3);
        Assert.Equal(operations, LinearRecovery.Operations(1000, 100, 50), 1e-3);
    }

    public void Dispose() => _stores.ForEach(s => s.Dispose());

    private static Tensor Flat(LatentStore store, ModalitySet observed) => cat([.. observed.Members.Select(m => store.Latents[m].flatten(1))], 1).to(ScalarType.Float64);

    /// <summary>c is what the steps of a and b add up to, and noise; or all are constant but c.</summary>
    private LatentStore Store(ulong seed, int rows, float? constant = null)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Draws.Normal(seed, rows, 2, 2) + 3, Draws.Normal(seed + 10, rows, 5, 6));
        var c = Draws.Normal(seed + 20, rows, 3, 2) + a.mean([1], keepdim: true) + b.narrow(2, 0, 2).mean([1], keepdim: true);
        if (constant is { } value)
        {
            _ = a.fill_(value);
            _ = b.fill_(value);
        }

        var split = new Split("made up", [.. Enumerable.Range(0, rows).Select(i => $"{i}")], new float[rows],
            [.. _modalities.Select(m => new FeatureArray(m, new float[rows * m.RowSize]))]);
        var store = LatentStore.Encode(split, [a, b, c], (_, x) => x.transpose(1, 2).contiguous());
        _stores.Add(store);
        return store;
    }
}
