using Amodal.Methods;
using Amodal.Methods.LowRank;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Tests.Methods.Fills;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.LowRank;

public class LowRankTests
{
    [Fact]
    public void Of_a_known_matrix_every_singular_value_shrinks_by_lambda()
    {
        using var scope = NewDisposeScope();
        var x = Normal(12, 5);
        var (z, factors) = Completion.SoftImpute(x, ones_like(x), lambda: 1.5);
        var expected = linalg.svdvals(x).sub(1.5).clamp_min(0);
        Relative.Equal(expected, linalg.svdvals(z), 1e-6); // eigenvalues are squares: half the digits of double
        Relative.Equal(expected, factors.Values.flip(0), 1e-6);
    }

    [Fact]
    public void A_missing_entry_of_a_matrix_of_rank_one_is_recovered()
    {
        using var scope = NewDisposeScope();
        var truth = tensor(new[] { 1.0, 2, -3 }).unsqueeze(1).matmul(tensor(new[] { 2.0, -1, 4 }).unsqueeze(0));
        var known = ones_like(truth);
        known[0, 1] = 0; // a small one: of a large one the nuclear norm prefers less
        var (z, _) = Completion.SoftImpute(truth * known, known, lambda: 1e-3, least: 1e-9, steps: 5000);
        Assert.Equal(-1, z[0, 1].item<double>(), 0.01); // lambda takes its share of the entry, too
    }

    [Fact]
    public void Thresholding_recovers_a_matrix_of_rank_two_of_half_its_entries()
    {
        using var scope = NewDisposeScope();
        var truth = Normal(60, 2).matmul(Normal(2, 60, seed: 2));
        var random = new StableRandom(3);
        var known = tensor([.. Enumerable.Range(0, 3600).Select(_ => random.NextInt(2) == 0 ? 1.0 : 0)], [60, 60]);
        var (z, factors) = Completion.Threshold(truth * known, known, steps: 400);
        Assert.InRange(((z - truth).norm() / truth.norm()).item<double>(), 0, 1e-3); // the stop is at 1e-4 in what is known
        Assert.Equal(2, factors.Values.gt(0).sum().item<long>());
    }

    [Fact]
    public void A_row_is_filled_as_if_it_had_been_one_of_the_matrix()
    {
        using var scope = NewDisposeScope();
        using var data = new FillCase([2, 3], Latents(300, seed: 1), Latents(40, seed: 2));
        using var fill = data.Train(SoftImputeFill.Descriptor, context => new SoftImputeFill(context));
        var (x, lambda) = (data.Data.Train.to(ScalarType.Float64), fill.get_buffer("lambda")!.item<double>());
        var (z, _) = Completion.SoftImpute(x, ones_like(x), lambda);
        using var noGradient = no_grad();
        Relative.Equal(z, fill.Fill(new(data.Data.Train, [], () => zeros(0)), ModalitySet.All(2)), 1e-4); // weights are of float32
    }

    [Fact]
    public void Both_recover_latents_of_low_rank_and_put_the_mean_where_modalities_have_nothing_in_common()
    {
        using var scope = NewDisposeScope();
        var (train, valid) = (Latents(400, seed: 1), Latents(50, seed: 2));
        using var data = new FillCase([2, 3], train, valid);
        using var none = new FillCase([2, 3], SimpleFillTests.Normal(3000, 5), SimpleFillTests.Normal(300, 5, seed: 2));
        foreach (var (descriptor, create, most) in new (MethodDescriptor, Func<FillContext, LowRankFill>, double)[]
        {
            (SoftImputeFill.Descriptor, context => new SoftImputeFill(context), 0.05), // the noise is 0.01 of 1, and lambda shrinks
            (ThresholdFill.Descriptor, context => new ThresholdFill(context), 0.3), // of blocks that were hidden, the least nuclear norm is less than the truth's
        })
        {
            using var fill = data.Train(descriptor, create);
            var missing = data.Fill(fill, valid, ModalitySet.Of(0)).narrow(1, 2, 3);
            var error = ((missing - valid.narrow(1, 2, 3)).norm() / valid.narrow(1, 2, 3).norm()).item<float>();
            Assert.True(error < most, $"{descriptor.Name} {error}");
            using var blind = none.Train(descriptor, create);
            Assert.InRange(none.Fill(blind, ones(1, 5), ModalitySet.Of(0)).narrow(1, 2, 3).abs().max().item<float>(), 0, 0.1); // 1 / sqrt(3000), two numbers, five deviations
        }
    }

    /// <summary>Two factors that five numbers are made of, the same way whatever the seed.</summary>
    private static Tensor Latents(int rows, ulong seed) =>
        SimpleFillTests.Normal(rows, 2, seed).matmul(tensor(new[,] { { 1f, 0.5f, 1, -1, 0.3f }, { -0.5f, 1, 1, 1, -0.7f } })) + SimpleFillTests.Normal(rows, 5, seed + 10).mul(0.01);

    private static Tensor Normal(int rows, int columns, ulong seed = 1) => SimpleFillTests.Normal(rows, columns, seed).to(ScalarType.Float64);
}
