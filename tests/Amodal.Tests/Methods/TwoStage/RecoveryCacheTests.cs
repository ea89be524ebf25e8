using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.TwoStage;

public sealed class RecoveryCacheTests : IDisposable
{
    private readonly TinyRun _tiny = new(TinyRun.TinyOptions, TinyRun.Uneven);
    private readonly TwoStageModel _model;
    private readonly LatentStore _store;

    public RecoveryCacheTests()
    {
        _model = new TwoStageModel(_tiny.Data.Modalities, _tiny.Options, 1);
        Draws.Fill(_model.Scores, 5, std: 0.3);
        var train = _tiny.Data["train"];
        using var features = FeatureTensors.From(train, Standardiser.Fit(train), CPU);
        _store = LatentStore.Encode(train, features, _model.Complete.Encoders, _model.LatentScale);
    }

    [Theory, InlineData(0), InlineData(2)]
    public void An_utterance_s_recoveries_do_not_depend_on_the_others(int setsPerUtterance)
    {
        using var scope = NewDisposeScope();
        int[] order = [17, 3, 23, 8];
        using var part = _store.Select(order);
        using var whole = Fill(_store, setsPerUtterance);
        using var some = Fill(part, setsPerUtterance);
        for (var i = 0; i < order.Length; i++)
        {
            var (ours, theirs) = (PatternsOf(whole, order[i]), PatternsOf(some, i));
            Assert.Equal(ours, theirs);
            Assert.Equal(setsPerUtterance == 0 ? 6 : setsPerUtterance, ours.Count);
            Assert.DoesNotContain(ModalitySet.All(3), ours); // nothing is recovered there, and another network answers
            foreach (var (observed, m) in ours.SelectMany(o => ModalitySet.All(3).Without(o.Modalities).Members.Select(m => (o, m))))
            {
                Close(whole.Gather(m, [(order[i], observed)]), some.Gather(m, [(i, observed)]));
            }
        }
    }

    [Fact]
    public void Recoveries_are_those_of_the_recoverer_in_the_order_asked_for()
    {
        using var scope = NewDisposeScope();
        using var cache = Fill(_store, 0);
        var (observed, other) = (ModalitySet.Of(1), ModalitySet.Of(0, 1));
        var gathered = cache.Gather(2, [(5, observed), (0, other), (5, other)]);
        Close(gathered, cat([Recovered(5, observed), Recovered(0, other), Recovered(5, other)]));
        using var refreshed = RecoveryCache.Fill(_store, _model.CreatePath(1), 0, seed: 1, draw: 1, _ => { }, default);
        Assert.True(Draws.Distance(gathered, refreshed.Gather(2, [(5, observed), (0, other), (5, other)])) > 0.1);

        Tensor Recovered(int row, ModalitySet from)
        {
            using var one = _store.Select([row]);
            return _model.CreatePath(1).Recover(one.Latents, from, one.Keys, draw: 0)[2];
        }
    }

    [Fact]
    public void Recoveries_are_found_beyond_the_first_thousand()
    {
        using var scope = NewDisposeScope();
        using var many = _store.Select([.. Enumerable.Range(0, 400).Select(i => i % _store.Count)]);
        using var cache = Fill(many, 0); // 2,400 entries, in three blocks
        var recoverer = _model.CreatePath(1, new SamplerOptions { Kind = SamplerKind.Ddim, Nfe = 3 });
        foreach (var observed in Patterns.Incomplete(3))
        {
            var expected = recoverer.Recover(_store.Latents, observed, _store.Keys, draw: 0);
            foreach (var m in ModalitySet.All(3).Without(observed).Members)
            {
                Close(expected[m], cache.Gather(m, Enumerable.Range(0, 24).Select(i => (376 + ((i + 8) % 24), Observation.Of(observed))))); // rows 384 to 399, then 376 to 383: those are 0 to 15 and 16 to 23
            }
        }
    }

    [Fact]
    public void Sets_are_drawn_for_every_utterance_anew_with_every_refresh_and_by_the_seed()
    {
        HashSet<Observation>[] Sets(ulong seed, int draw)
        {
            using var cache = RecoveryCache.Fill(_store, _model.CreatePath(1, new SamplerOptions { Kind = SamplerKind.Ddim, Nfe = 1 }), 2, seed, draw, _ => { }, default);
            return [.. Enumerable.Range(0, _store.Count).Select(row => PatternsOf(cache, row))];
        }

        var sets = Sets(1, 0);
        // 15 pairs of sets for 24 rows: that all rows have one pair, or two of these caches the same, has a chance under 1e-27.
        Assert.True(sets.Select(s => string.Join(' ', s.Select(o => o.Modalities.Bits).Order())).Distinct().Count() > 1);
        Assert.All([Sets(1, 1), Sets(2, 0)], (HashSet<Observation>[] other) => Assert.Contains(sets.Zip(other), p => !p.First.SetEquals(p.Second)));
        Assert.All(sets.Zip(Sets(1, 0)), p => Assert.Equal(p.First, p.Second));
    }

    public void Dispose()
    {
        _store.Dispose();
        _model.Dispose();
        _tiny.Dispose();
    }

    /// <summary>Float32 sums in another order; the first step, from an untrained network, is of the size 1 / alpha(1) = 152, most of which is lost again.</summary>
    private static void Close(Tensor expected, Tensor actual) => Relative.Equal(expected, actual, Relative.Network, size: 10);

    private RecoveryCache Fill(LatentStore store, int setsPerUtterance) =>
        RecoveryCache.Fill(store, _model.CreatePath(1, new SamplerOptions { Kind = SamplerKind.Ddim, Nfe = 3 }), setsPerUtterance, seed: 1, draw: 0, _ => { }, default);

    /// <summary>Every set that the row is trained on: with 200 draws the chance to miss one of six is 6 (5/6)^200, under 1e-12.</summary>
    private static HashSet<Observation> PatternsOf(RecoveryCache cache, int row)
    {
        var random = new StableRandom(3);
        return [.. Enumerable.Range(0, 200).Select(_ => cache.DrawPattern(row, random, new TrainedSets(3, 0)))];
    }
}
