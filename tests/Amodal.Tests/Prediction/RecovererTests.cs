using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Prediction;
using static TorchSharp.torch;

namespace Amodal.Tests.Prediction;

public class RecovererTests
{
    private static readonly LatentShape[] _shapes = [new(3, 4), new(3, 4), new(3, 4)];
    private static readonly BackboneOptions _backbone = new() { Width = 8, Blocks = 1, Heads = 2, MlpWidth = 8, TimeWidth = 4 };
    private static readonly ModalitySet _observed = ModalitySet.Of(1);

    // Float32 sums in another order, through few layers and three steps; what is recovered is about 1 in size.
    private const double Rounding = 1e-5;

    [Theory]
    [InlineData(Conditioning.Clean, Recovery.Separate)]
    [InlineData(Conditioning.Clean, Recovery.Joint)]
    [InlineData(Conditioning.Independent, Recovery.Separate)]
    [InlineData(Conditioning.Independent, Recovery.Joint)]
    [InlineData(Conditioning.Shared, Recovery.Separate)]
    public void Batch_size_and_order_change_nothing(Conditioning conditioning, Recovery recovery)
    {
        const int Rows = 70; // over 64, which are recovered at a time
        using var scope = NewDisposeScope();
        using var networks = Networks();
        var recoverer = Make(networks, conditioning, recovery);
        Tensor[] latents = [.. _shapes.Select((s, m) => Draws.Normal((ulong)m + 1, Rows, s.Channels, s.Length))];
        ulong[] keys = [.. Enumerable.Range(0, Rows).Select(i => (ulong)(1000 + i))];
        var whole = recoverer.Recover(latents, _observed, keys, draw: 0);
        Assert.Equal([0, 2], whole.Keys.Order());
        Assert.All(whole.Values, x => Assert.Equal([Rows, 3, 4], x.shape));

        int[] order = [69, 3, 64, 0, 63];
        var index = tensor(order.Select(i => (long)i).ToArray());
        var some = recoverer.Recover([.. latents.Select(l => l.index_select(0, index))], _observed, [.. order.Select(i => keys[i])], draw: 0);
        Assert.All(whole, p => Assert.True(Draws.Distance(p.Value.index_select(0, index), some[p.Key]) < Rounding));

        var alone = recoverer.Recover([.. latents.Select(l => l.narrow(0, 64, 1))], _observed, [keys[64]], draw: 0);
        Assert.All(whole, p => Assert.True(Draws.Distance(p.Value.narrow(0, 64, 1), alone[p.Key]) < Rounding));

        // And it can fail: another draw, or another utterance's key, is another sample.
        Assert.True(Draws.Distance(recoverer.Recover([.. latents.Select(l => l.narrow(0, 64, 1))], _observed, [keys[64]], draw: 1)[0], alone[0]) > 0.1);
        Assert.True(Draws.Distance(recoverer.Recover([.. latents.Select(l => l.narrow(0, 64, 1))], _observed, [keys[63]], draw: 0)[0], alone[0]) > 0.1);
    }

    public static TheoryData<BackboneKind, Conditioning, Recovery> Ways =>
    [
        .. Enum.GetValues<BackboneKind>().Select(kind => (kind, Conditioning.Clean, Recovery.Separate)),
        (BackboneKind.CachedTransformer1D, Conditioning.Clean, Recovery.Joint),
        (BackboneKind.ScoreTransformer1D, Conditioning.Clean, Recovery.Joint),
        (BackboneKind.ScoreTransformer1D, Conditioning.Independent, Recovery.Separate),
        (BackboneKind.ScoreTransformer1D, Conditioning.Shared, Recovery.Separate),
    ];

    [Theory]
    [MemberData(nameof(Ways))]
    public void An_utterance_is_recovered_alike_among_others_with_other_sets(BackboneKind kind, Conditioning conditioning, Recovery recovery)
    {
        using var scope = NewDisposeScope();
        using var networks = Networks(kind);
        var recoverer = Make(networks, conditioning, recovery);
        var sets = Patterns.All(3).ToList();
        ModalitySet[] observed = [.. Enumerable.Range(0, 20).Select(row => sets[row * row % sets.Count])]; // some often, some seldom
        Tensor[] latents = [.. _shapes.Select((s, m) => Draws.Normal((ulong)m + 1, observed.Length, s.Channels, s.Length))];
        ulong[] keys = [.. Enumerable.Range(0, observed.Length).Select(i => (ulong)(1000 + i))];
        var mixed = recoverer.Recover(latents, observed, keys, draw: 0);
        foreach (var (row, set) in observed.Index())
        {
            var alone = recoverer.Recover([.. latents.Select(l => l.narrow(0, row, 1))], set, [keys[row]], draw: 0);
            Assert.All(ModalitySet.All(3).Members, m =>
            {
                var expected = set.Contains(m) ? latents[m].narrow(0, row, 1) : alone[m];
                Assert.Equal(0, Draws.Distance(mixed[m].narrow(0, row, 1), expected) / Math.Max(1, expected.abs().max().item<float>()), Rounding);
            });
        }
    }

    [Fact]
    public void What_is_missing_is_not_looked_at_and_what_is_observed_is()
    {
        using var scope = NewDisposeScope();
        using var networks = Networks();
        var recoverer = Make(networks, Conditioning.Clean, Recovery.Separate);
        Tensor[] latents = [.. _shapes.Select((s, m) => Draws.Normal((ulong)m + 1, 2, s.Channels, s.Length))];
        var recovered = recoverer.Recover(latents, _observed, [1, 2], draw: 0);
        var blind = recoverer.Recover([latents[0] * 0, latents[1], latents[2] * float.NaN], _observed, [1, 2], draw: 0);
        Assert.All(recovered, p => Assert.Equal(0, Draws.Distance(p.Value, blind[p.Key])));
        var others = recoverer.Recover([latents[0], -latents[1], latents[2]], _observed, [1, 2], draw: 0);
        Assert.All(recovered, p => Assert.True(Draws.Distance(p.Value, others[p.Key]) > 1e-3));
    }

    [Fact]
    public void Joint_recovery_lets_the_missing_see_each_other()
    {
        using var scope = NewDisposeScope();
        using var networks = Networks();
        Tensor[] latents = [.. _shapes.Select((s, m) => Draws.Normal((ulong)m + 1, 2, s.Channels, s.Length))];
        var (joint, separate) = (Make(networks, Conditioning.Clean, Recovery.Joint), Make(networks, Conditioning.Clean, Recovery.Separate));
        var together = joint.Recover(latents, _observed, [1, 2], draw: 0);
        Assert.Equal([0, 2], together.Keys.Order());
        Assert.All(together.Values, x => Assert.True(x.isfinite().all().item<bool>()));
        Assert.All(separate.Recover(latents, _observed, [1, 2], draw: 0), p => Assert.True(Draws.Distance(p.Value, together[p.Key]) > 1e-3));

        // With one missing there is nobody to see: the two are the same.
        var one = ModalitySet.Of(0, 1);
        Assert.Equal(0, Draws.Distance(joint.Recover(latents, one, [1, 2], draw: 0)[2], separate.Recover(latents, one, [1, 2], draw: 0)[2]));
    }

    private static ScoreNetworks Networks(BackboneKind kind = BackboneKind.ScoreTransformer1D)
    {
        var networks = new ScoreNetworks(_backbone with { Kind = kind, Width = kind == BackboneKind.Unet ? 16 : 8 }, _shapes, seed: 1);
        Draws.Fill(networks, 4, std: 0.3);
        networks.eval();
        return networks;
    }

    private static Recoverer Make(ScoreNetworks networks, Conditioning conditioning, Recovery recovery) => new(
        networks.All, new ModelOptions { Backbone = _backbone, Conditioning = conditioning, Recovery = recovery },
        SamplingPlan.Create(new SamplerOptions { Kind = SamplerKind.EulerMaruyama, Nfe = 3 }), seed: 9);
}
