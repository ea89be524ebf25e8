using Amodal.Diffusion.Networks;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Networks;

public class CausalTransformerTests
{
    [Theory]
    [InlineData("out.cross", "in.q", "in.k", true)]
    [InlineData("out.cross_zero", "in.q_zero", "in.k_zero", true)]
    [InlineData("out.cross_q48_k60", "in.q", "in.k60", true)]
    [InlineData("out.self", "in.q", null, true)]
    [InlineData("out.cross_nomask", "in.q", "in.k", false)]
    public void It_answers_as_the_published_encoder(string result, string queries, string? source, bool isCausal)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenTensors("transformer");
        using var encoder = Encoder(32, isCausal);
        golden.LoadInto(encoder, "sd.cross.");
        var answer = encoder.Encode(BatchFirst(golden[queries]), source is null ? null : [new(BatchFirst(golden[source]))]);
        golden.Check(result, answer.transpose(0, 1));
    }

    [Fact]
    public void It_answers_as_the_published_memory_encoder()
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenTensors("transformer");
        using var encoder = Encoder(64, isCausal: true);
        golden.LoadInto(encoder, "sd.mem.");
        golden.Check("out.mem64", encoder.Encode(BatchFirst(golden["in.mem64"])).transpose(0, 1));
    }

    [Theory, InlineData(32), InlineData(64)]
    public void The_positions_are_the_published_ones(int width)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenTensors("transformer");
        golden.Check($"pos.table{width}", cat([zeros(1, width), CausalTransformer.Positions(48, width)]));
    }

    [Fact]
    public void No_step_sees_a_later_one()
    {
        using var scope = NewDisposeScope();
        using var encoder = Filled(new CausalTransformerOptions { Heads = 2 });
        var (q, k) = (Draws.Normal(1, 1, 5, 4), Draws.Normal(2, 1, 7, 4));
        var before = encoder.Encode(q, [new(k)]);
        var largest = before.abs().max().item<float>();
        for (var changed = 0; changed < 7; changed++)
        {
            var other = k.clone();
            other[0, changed] *= -1;
            var moved = (encoder.Encode(q, [new(other)]) - before).abs().amax([0, 2]);
            for (var i = 0; i < 5; i++)
            {
                // Two steps more of source than of own: step i sees up to i + 2.
                Assert.Equal(changed <= i + 2, moved[i].item<float>() > 16 * Relative.Rounding * largest);
            }
        }
    }

    [Fact]
    public void A_source_that_a_row_lacks_has_no_effect_on_it()
    {
        using var scope = NewDisposeScope();
        using var encoder = Filled(new CausalTransformerOptions { Heads = 2 });
        var q = Draws.Normal(1, 3, 5, 4);
        AttentionSource a = new(Draws.Normal(2, 3, 7, 4)), b = new(Draws.Normal(3, 3, 2, 4));
        var both = encoder.Encode(q, [a with { Present = tensor(new[] { true, false, false }) }, b with { Present = tensor(new[] { true, true, false }) }]);
        Relative.Equal(encoder.Encode(q, [a, b])[0], both[0], Relative.Network);
        Relative.Equal(encoder.Encode(q, [b])[1], both[1], Relative.Network);
        Assert.True(Draws.Distance(encoder.Encode(q, [a, b]), encoder.Encode(q, [b])) > 1e-3);
        Assert.True(both.isfinite().all().item<bool>());
    }

    [Fact]
    public void Dropout_acts_in_training_only_and_apart_on_keys_and_values()
    {
        using var scope = NewDisposeScope();
        var (q, k) = (Draws.Normal(1, 2, 5, 4), Draws.Normal(2, 2, 7, 4));
        CausalTransformerOptions[] kinds =
        [
            new() { Heads = 2, AttentionDropout = 0.5 }, new() { Heads = 2, HiddenDropout = 0.5 },
            new() { Heads = 2, ResidualDropout = 0.5 }, new() { Heads = 2, EmbeddingDropout = 0.5 },
        ];
        using var plain = Filled(new CausalTransformerOptions { Heads = 2 });
        var expected = plain.Encode(q, [new(k)]);
        foreach (var options in kinds)
        {
            using var encoder = Filled(options);
            Assert.True(Draws.Distance(expected, encoder.Encode(q, [new(k)])) > 1e-3, options.ToString());
            encoder.eval();
            Assert.Equal(0, Draws.Distance(expected, encoder.Encode(q, [new(k)])));
        }
    }

    // Recorded on a CPU from inputs laid out (time, batch); ConditionalUNetTests hold the positions as they are meant.
    private static CausalTransformer Encoder(int width, bool isCausal) =>
        new(width, longest: 60, new CausalTransformerOptions { Layers = 4, IsCausal = isCausal, HasTimeMajorPositions = true });

    private static CausalTransformer Filled(CausalTransformerOptions options)
    {
        var encoder = new CausalTransformer(4, longest: 7, options);
        Draws.Fill(encoder, 3, std: 0.5);
        return encoder;
    }

    private static Tensor BatchFirst(Tensor x) => x.transpose(0, 1).contiguous();
}
