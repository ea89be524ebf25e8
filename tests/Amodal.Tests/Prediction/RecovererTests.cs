using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Prediction;

public class RecovererTests
{
    private static readonly LatentShape[] _shapes = [new(3, 4), new(3, 4), new(3, 4)];
    private static readonly LatentShape[] _uneven = [new(3, 4), new(3, 1), new(3, 6)];
    private static readonly BackboneOptions _backbone = new() { Width = 8, Blocks = 1, Heads = 2, MlpWidth = 8, TimeWidth = 4 };
    private static readonly ModalitySet _observed = ModalitySet.Of(1);

    [Theory]
    [InlineData(Conditioning.Clean, Recovery.Separate)]
    [InlineData(Conditioning.Clean, Recovery.Joint)]
    [InlineData(Conditioning.Independent, Recovery.Separate)]
    [InlineData(Conditioning.Independent, Recovery.Joint)]
    [InlineData(Conditioning.Shared, Recovery.Separate)]
    public void Batch_size_and_order_change_nothing(Conditioning conditioning, Recovery recovery)
    {
        const int Rows = 70; // over 16, which are recovered at a time
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
        Assert.All(whole, p => Close(p.Value.index_select(0, index), some[p.Key]));

        var alone = recoverer.Recover([.. latents.Select(l => l.narrow(0, 64, 1))], _observed, [keys[64]], draw: 0);
        Assert.All(whole, p => Close(p.Value.narrow(0, 64, 1), alone[p.Key]));

        // And it can fail: another draw, or another utterance's key, is another sample.
        Assert.True(Draws.Distance(recoverer.Recover([.. latents.Select(l => l.narrow(0, 64, 1))], _observed, [keys[64]], draw: 1)[0], alone[0]) > 0.1);
        Assert.True(Draws.Distance(recoverer.Recover([.. latents.Select(l => l.narrow(0, 64, 1))], _observed, [keys[63]], draw: 0)[0], alone[0]) > 0.1);
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

    [Theory]
    [InlineData(BackboneKind.ScoreTransformer1D, Conditioning.Clean, Recovery.Separate, SamplerKind.EulerMaruyama)]
    [InlineData(BackboneKind.Unet, Conditioning.Clean, Recovery.Separate, SamplerKind.EulerMaruyama)]
    [InlineData(BackboneKind.Dit, Conditioning.Clean, Recovery.Separate, SamplerKind.EulerMaruyama)]
    [InlineData(BackboneKind.Mmdit, Conditioning.Clean, Recovery.Separate, SamplerKind.EulerMaruyama)]
    [InlineData(BackboneKind.CachedTransformer1D, Conditioning.Clean, Recovery.Separate, SamplerKind.EulerMaruyama)]
    [InlineData(BackboneKind.CachedTransformer1D, Conditioning.Clean, Recovery.Separate, SamplerKind.Heun)]
    [InlineData(BackboneKind.CachedTransformer1D, Conditioning.Clean, Recovery.Separate, SamplerKind.PredictorCorrector)]
    [InlineData(BackboneKind.CachedTransformer1D, Conditioning.Clean, Recovery.Separate, SamplerKind.DpmSolver2M)]
    [InlineData(BackboneKind.CachedTransformer1D, Conditioning.Clean, Recovery.Separate, SamplerKind.FlowHeun)]
    [InlineData(BackboneKind.CachedTransformer1D, Conditioning.Independent, Recovery.Separate, SamplerKind.EulerMaruyama)]
    [InlineData(BackboneKind.ScoreTransformer1D, Conditioning.Shared, Recovery.Separate, SamplerKind.EulerMaruyama)]
    [InlineData(BackboneKind.CachedTransformer1D, Conditioning.Clean, Recovery.Joint, SamplerKind.EulerMaruyama)]
    [InlineData(BackboneKind.ScoreTransformer1D, Conditioning.Independent, Recovery.Joint, SamplerKind.EulerMaruyama)]
    [InlineData(BackboneKind.ScoreTransformer1D, Conditioning.Clean, Recovery.None, SamplerKind.EulerMaruyama)]
    public void Sets_side_by_side_are_recovered_as_each_by_itself(BackboneKind kind, Conditioning conditioning, Recovery recovery, SamplerKind sampler)
    {
        using var scope = NewDisposeScope();
        var backbone = _backbone with { Kind = kind, Width = 16 };
        var networks = new ScoreNetworks(backbone, _uneven, seed: 1);
        Draws.Fill(networks, 4, std: 0.3);
        networks.eval();
        var recoverer = Paths.Of(
            networks.All,
            new ExperimentOptions
            {
                Backbone = backbone,
                Conditioning = conditioning,
                Recovery = recovery,
                Objective = sampler == SamplerKind.FlowHeun ? Objective.Flow : Objective.Score,
            },
            new SamplerOptions { Kind = sampler, Nfe = 4 }, seed: 9);
        var observed = MixedSets();
        var latents = Latents(observed.Length);
        ulong[] keys = [.. Enumerable.Range(0, observed.Length).Select(i => (ulong)(1000 + i))];
        var told = 0;
        var mixed = recoverer.Recover(latents, observed, keys, draw: 0, progress: count => told += count);
        Assert.Equal(observed.Length, told);
        Assert.Equal([0, 1, 2], mixed.Keys.Order());
        foreach (var (row, set) in observed.Index())
        {
            var alone = recoverer.Recover([.. latents.Select(l => l.narrow(0, row, 1))], set, [keys[row]], draw: 0);
            for (var m = 0; m < 3; m++)
            {
                Close(alone.GetValueOrDefault(m, latents[m].narrow(0, row, 1)), mixed[m].narrow(0, row, 1));
            }
        }

        set_num_threads(3);
        try
        {
            var sideBySide = recoverer.Recover(latents, observed, keys, draw: 0);
            Assert.Equal(3, get_num_threads());
            Assert.All(mixed, p => Close(p.Value, sideBySide[p.Key]));
        }
        finally
        {
            set_num_threads(1);
        }

        int[] order = [6, 1, 5, 11, 0, 9];
        var index = tensor(order.Select(i => (long)i).ToArray());
        var some = recoverer.Recover(
            [.. latents.Select(l => l.index_select(0, index))], [.. order.Select(i => observed[i])], [.. order.Select(i => keys[i])], draw: 0);
        Assert.All(some, p => Close(mixed[p.Key].index_select(0, index), p.Value));
    }

    [Fact]
    public void Parts_side_by_side_leave_no_tensor_behind_when_they_end_and_when_they_are_stopped()
    {
        using var networks = Networks();
        var recoverer = Make(networks, Conditioning.Clean, Recovery.Separate);
        using var scope = NewDisposeScope();
        Tensor[] latents = [.. _shapes.Select((s, m) => Draws.Normal((ulong)m + 1, 100, s.Channels, s.Length))];
        ulong[] keys = [.. Enumerable.Range(0, 100).Select(i => (ulong)i)];
        set_num_threads(3);
        try
        {
            var before = LiveTensors.CountAfterCollection();
            using (NewDisposeScope())
            {
                Assert.Equal(2, recoverer.Recover(latents, _observed, keys, draw: 0).Count);
                Assert.Equal(before + 2, Tensor.TotalCount);
            }

            using var stop = new CancellationTokenSource();
            var done = 0;
            using (NewDisposeScope())
            {
                // Some parts are done by then, others under way, and the rest not begun.
                Assert.Throws<OperationCanceledException>(() => recoverer.Recover(latents, _observed, keys, 0, count => Stop(done += count, stop), stop.Token));
            }

            Assert.Equal(before, Tensor.TotalCount);
            Assert.Equal(3, get_num_threads());
        }
        finally
        {
            set_num_threads(1);
        }

        static void Stop(int done, CancellationTokenSource stop)
        {
            if (done > 0)
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public void What_some_rows_lack_is_not_looked_at()
    {
        using var scope = NewDisposeScope();
        using var networks = Networks(BackboneKind.CachedTransformer1D);
        var recoverer = Make(networks, Conditioning.Clean, Recovery.Separate);
        Observation[] observed = [.. Patterns.Incomplete(3)];
        var latents = _shapes.Select((s, m) => Draws.Normal((ulong)m + 1, observed.Length, s.Channels, s.Length)).ToArray();
        ulong[] keys = [1, 2, 3, 4, 5, 6];
        var recovered = recoverer.Recover(latents, observed, keys, draw: 0);
        var hidden = latents.Select((l, m) =>
            where(tensor(observed.Select(o => o.Contains(m)).ToArray()).view(-1, 1, 1), l, full_like(l, float.NaN))).ToArray();
        Assert.All(recoverer.Recover(hidden, observed, keys, draw: 0), p => Assert.Equal(0, Draws.Distance(recovered[p.Key], p.Value)));
    }

    [Theory]
    [InlineData(BackboneKind.CachedTransformer1D)]
    [InlineData(BackboneKind.ScoreTransformer1D)]
    public void All_six_sets_take_a_call_per_modality_and_evaluation(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        using var networks = Networks(kind);
        var counted = networks.All.Select(n => new CountingNetwork(n)).ToArray();
        var recoverer = Make(counted, Conditioning.Clean, Recovery.Separate);
        Observation[] observed = [.. Patterns.Incomplete(3)];
        var latents = _shapes.Select((s, m) => Draws.Normal((ulong)m + 1, observed.Length, s.Channels, s.Length)).ToArray();
        _ = recoverer.Recover(latents, observed, [1, 2, 3, 4, 5, 6], draw: 0);
        Assert.Equal([3, 3, 3], counted.Select(n => n.Count)); // three evaluations

        foreach (var (row, set) in observed.Index())
        {
            _ = recoverer.Recover([.. latents.Select(l => l.narrow(0, row, 1))], set, [1], draw: 0);
        }

        Assert.Equal([3 + 9, 3 + 9, 3 + 9], counted.Select(n => n.Count)); // each is missing from three of the six sets
    }

    [Fact]
    public void A_row_without_any_modality_is_refused()
    {
        using var scope = NewDisposeScope();
        using var networks = Networks();
        var latents = _shapes.Select((s, m) => Draws.Normal((ulong)m + 1, 2, s.Channels, s.Length)).ToArray();
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Make(networks, Conditioning.Clean, Recovery.Separate).Recover(latents, [ModalitySet.Of(0), default], [1, 2], draw: 0));
    }

    /// <summary>One of each incomplete set, a complete one, and of one set more than are mixed with others.</summary>
    private static Observation[] MixedSets() =>
        [.. Patterns.Incomplete(3), ModalitySet.All(3), .. Enumerable.Repeat(ModalitySet.Of(1), 5)];

    private static Tensor[] Latents(int rows) => [.. _uneven.Select((s, m) => Draws.Normal((ulong)m + 1, rows, s.Channels, s.Length))];

    /// <summary>
    /// Sums in another order, through the few layers of at most four evaluations. Untrained networks take some samplers far
    /// out, to some hundreds; the start is about 1, so nothing smaller was added up.
    /// </summary>
    private static void Close(Tensor expected, Tensor actual) => Relative.Equal(expected, actual, Relative.Network, size: 1);

    private static ScoreNetworks Networks(BackboneKind kind)
    {
        var networks = new ScoreNetworks(_backbone with { Kind = kind }, _shapes, seed: 1);
        Draws.Fill(networks, 4, std: 0.3);
        networks.eval();
        return networks;
    }

    private static ScoreNetworks Networks() => Networks(_backbone.Kind);

    private static LatentPath<Tensor> Make(ScoreNetworks networks, Conditioning conditioning, Recovery recovery) => Make(networks.All, conditioning, recovery);

    private static LatentPath<Tensor> Make(IReadOnlyList<IScoreNetwork> networks, Conditioning conditioning, Recovery recovery) => Paths.Of(
        networks, new ExperimentOptions { Backbone = _backbone, Conditioning = conditioning, Recovery = recovery },
        new SamplerOptions { Kind = SamplerKind.EulerMaruyama, Nfe = 3 }, seed: 9);

    private sealed class CountingNetwork(IScoreNetwork network) : IScoreNetwork
    {
        public int Count { get; private set; }

        public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions) => throw new InvalidOperationException("clean conditions are prepared");

        public Func<Tensor, Tensor, Tensor> Prepare(IReadOnlyList<Condition> conditions)
        {
            var prepared = network.Prepare(conditions);
            return (x, t) =>
            {
                Count++;
                return prepared(x, t);
            };
        }
    }
}
