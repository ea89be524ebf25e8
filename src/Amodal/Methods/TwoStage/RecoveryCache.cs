namespace Amodal.Methods.TwoStage;

/// <summary>Recoveries drawn ahead, once per utterance and observed set: score networks are frozen in stage 2, so nothing is lost by it.</summary>
internal sealed class RecoveryCache : IDisposable
{
    private const int BlockRows = 1024; // what is in memory beside the recoveries themselves
    private readonly Tensor?[] _pools; // per modality (recovery, channels, time)
    private readonly Dictionary<(int Row, Observation Observed), long>[] _places;
    private readonly Observation[][] _patterns; // per row, incomplete ones

    private RecoveryCache(Tensor?[] pools, Dictionary<(int, Observation), long>[] places, Observation[][] patterns, int draw) =>
        (_pools, _places, _patterns, Draw) = (pools, places, patterns, draw);

    /// <summary>Which refresh these recoveries are of.</summary>
    public int Draw { get; }

    /// <summary>Recovers every row of a store under its observed sets.</summary>
    /// <param name="setsPerUtterance">How many incomplete sets each row gets, drawn without replacement; 0 for every one.</param>
    /// <param name="progress">Share done, 0 to 1.</param>
    public static RecoveryCache Fill(
        LatentStore store, LatentPath<Tensor> path, int setsPerUtterance, ulong seed, int draw, Action<double> progress, CancellationToken stop)
    {
        var patterns = AssignPatterns(store, setsPerUtterance, seed, draw);
        var places = store.Latents.Select(_ => new Dictionary<(int, Observation), long>()).ToArray();
        var parts = store.Latents.Select(_ => new List<Tensor>()).ToArray();
        // Those of a set side by side: calls then hold one set but where one ends and the next begins.
        var entries = patterns.SelectMany((p, row) => p.Select(o => (Row: row, Observed: o))).OrderBy(e => e.Observed.Modalities.Bits).ToArray();
        var done = 0;
        using var scope = NewDisposeScope();
        foreach (var block in entries.Chunk(BlockRows))
        {
            using var blockScope = NewDisposeScope();
            var index = Index(block.Select(e => e.Row), store.Labels.device);
            var recovered = path.Recover(
                [.. store.Latents.Select(l => l.index_select(0, index))], [.. block.Select(e => e.Observed)], [.. block.Select(e => store.Keys[e.Row])], draw,
                count => progress((double)(done += count) / entries.Length), stop);
            foreach (var (m, x) in recovered)
            {
                var missing = Enumerable.Range(0, block.Length).Where(i => !block[i].Observed.Contains(m)).ToArray();
                foreach (var i in missing)
                {
                    places[m][(block[i].Row, block[i].Observed)] = places[m].Count;
                }

                parts[m].Add(x.index_select(0, Index(missing, x.device)).MoveToOuterDisposeScope());
            }
        }

        return new RecoveryCache(
            [.. parts.Select(p => p.Count == 0 ? null : cat(p).DetachFromDisposeScope())], places, patterns, draw);
    }

    /// <summary>One of the row's observed sets, as often as training has them; each lacks something.</summary>
    public Observation DrawPattern(int row, StableRandom random, TrainedSets sets) =>
        _patterns[row][sets.Place([.. _patterns[row].Select(o => o.Modalities)], random)];

    /// <summary>The recoveries of a modality for rows and their observed sets, (count, channels, time).</summary>
    public Tensor Gather(int modality, IEnumerable<(int Row, Observation Observed)> entries)
    {
        using var scope = NewDisposeScope();
        var pool = _pools[modality]!;
        var index = tensor(entries.Select(e => _places[modality][(e.Row, e.Observed)]).ToArray(), device: pool.device);
        return pool.index_select(0, index).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var pool in _pools)
        {
            pool?.Dispose();
        }
    }

    private static Tensor Index(IEnumerable<int> rows, Device device) => tensor(rows.Select(r => (long)r).ToArray(), device: device);

    private static Observation[][] AssignPatterns(LatentStore store, int perUtterance, ulong seed, int draw)
    {
        Observation[] incomplete = [.. Patterns.Incomplete(store.Latents.Count)];
        return [.. store.Keys.Select(key =>
        {
            if (perUtterance == 0 || perUtterance >= incomplete.Length)
            {
                return incomplete;
            }

            var mine = (Observation[])incomplete.Clone();
            new StableRandom(seed, key, (ulong)draw, StableRandom.KeyOf("patterns")).Shuffle(mine.AsSpan());
            return mine[..perUtterance];
        })];
    }
}
