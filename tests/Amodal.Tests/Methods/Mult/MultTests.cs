using Amodal.Fusion;
using Amodal.Methods.Mult;
using Amodal.Tests.Methods.Fills;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.Mult;

public class MultTests
{
    [Fact]
    public void A_query_does_not_see_keys_behind_it()
    {
        using var scope = NewDisposeScope();
        using var transformer = Transformer();
        var (queries, source) = (Sequence(4), Sequence(6, seed: 2));
        var before = transformer.Encode(queries, source);
        source.select(1, 4).mul_(-3); // seen from query 4 - |6 - 4| = 2 on
        var after = transformer.Encode(queries, source);
        Assert.True(before.narrow(1, 0, 2).Equals(after.narrow(1, 0, 2)));
        Assert.All([2, 3], i => Assert.NotEqual(0, (before - after).select(1, i).abs().max().item<float>()));
    }

    [Fact]
    public void A_modality_of_zeros_says_the_same_however_long_it_is()
    {
        using var scope = NewDisposeScope();
        using var transformer = Transformer();
        Disturb(transformer);
        var queries = Sequence(4);
        var expected = transformer.Encode(queries, zeros(2, 4, 8));
        Assert.All([5, 9], length => Relative.Equal(expected, transformer.Encode(queries, zeros(2, length, 8)), Relative.Network, size: 1));
        Assert.NotEqual(0, (expected - transformer.Encode(queries, Sequence(4, seed: 2))).abs().max().item<float>());
    }

    [Fact]
    public void Before_any_training_attention_to_zeros_adds_nothing()
    {
        using var scope = NewDisposeScope();
        using var transformer = Transformer();
        var queries = Sequence(4);
        var expected = transformer.Encode(queries, zeros(2, 5, 8));
        foreach (var (_, weight) in transformer.named_parameters().Where(p => p.name.EndsWith("attention_output.weight", StringComparison.Ordinal)))
        {
            using var noGradient = no_grad();
            weight.zero_(); // without any attention
        }

        Assert.True(expected.Equals(transformer.Encode(queries, zeros(2, 5, 8))));
    }

    private static MultTransformer Transformer()
    {
        Stage.SeedTorch(1);
        var transformer = new MultTransformer(8, new FusionOptions { Layers = 2, Heads = 2 });
        transformer.eval();
        return transformer;
    }

    /// <summary>Biases as a training leaves them: not 0.</summary>
    private static void Disturb(MultTransformer transformer)
    {
        using var noGradient = no_grad();
        foreach (var (_, bias) in transformer.named_parameters().Where(p => p.name.EndsWith("bias", StringComparison.Ordinal)))
        {
            bias.copy_(SimpleFillTests.Normal(1, (int)bias.numel()).squeeze(0));
        }
    }

    private static Tensor Sequence(int steps, ulong seed = 1) => SimpleFillTests.Normal(2 * steps, 8, seed).reshape(2, steps, 8);
}
