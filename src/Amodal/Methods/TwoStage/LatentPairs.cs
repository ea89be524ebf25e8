namespace Amodal.Methods.TwoStage;

/// <summary>
/// Pairs of noise and the latent that a deterministic sampler takes it to, some for each utterance and modality, each
/// with its own observed set. The noise is not kept: it is a function of utterance, number and modality.
/// </summary>
internal sealed class LatentPairs : IDisposable
{
    private const int ChunkRows = 64;
    private readonly LatentStore _store;
    private readonly int _perRow;
    private readonly ulong _seed;
    private readonly Observation[][] _observed; // per modality, of each pair
    private Tensor[] _ends = []; // per modality, (pair, channels, time)

    private LatentPairs(LatentStore store, int rows, int perRow, ConditionSampler conditions, ulong seed)
    {
        (_store, _perRow, _seed, Count) = (store, perRow, seed, rows * perRow);
        _observed = [.. store.Latents.Select((_, m) =>
            Enumerable.Range(0, Count).Select(c => Observation.Of(conditions.Draw(new StableRandom(RowSeed(m, c), StableRandom.KeyOf("observed")), m).Observed)).ToArray())];
    }

    /// <summary>Pairs per modality; pair c is of row c / (pairs per row).</summary>
    public int Count { get; }

    /// <summary>Samples the pairs of a store's first rows.</summary>
    /// <param name="store">The utterances; must outlive the pairs.</param>
    /// <param name="perRow">Pairs for each.</param>
    /// <param name="sample">From modality, noise and conditions to the latent.</param>
    /// <param name="progress">Share done, 0 to 1.</param>
    public static LatentPairs Draw(
        LatentStore store, int rows, int perRow, ConditionSampler conditions, ulong seed, Func<int, Tensor, IReadOnlyList<Condition>, Tensor> sample,
        Action<double> progress, CancellationToken stop)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var pairs = new LatentPairs(store, rows, perRow, conditions, seed);
        var ends = new List<Tensor>();
        foreach (var m in Enumerable.Range(0, store.Latents.Count))
        {
            var parts = new List<Tensor>();
            foreach (var chunk in Enumerable.Range(0, pairs.Count).Chunk(ChunkRows))
            {
                stop.ThrowIfCancellationRequested();
                using var chunkScope = NewDisposeScope();
                parts.Add(sample(m, pairs.Noise(m, chunk), pairs.Conditions(m, chunk)).MoveToOuterDisposeScope());
                progress((m + ((double)(chunk[^1] + 1) / pairs.Count)) / store.Latents.Count);
            }

            ends.Add(cat(parts));
        }

        pairs._ends = [.. ends.Select(e => e.DetachFromDisposeScope())];
        return pairs;
    }

    /// <summary>Some pairs: noise, latent, and what was observed.</summary>
    public (Tensor Noise, Tensor Latent, IReadOnlyList<Condition> Conditions) Take(int modality, int[] which)
    {
        var index = tensor(which.Select(c => (long)c).ToArray(), device: _store.Labels.device);
        return (Noise(modality, which), _ends[modality].index_select(0, index), Conditions(modality, which));
    }

    public void Dispose()
    {
        foreach (var end in _ends)
        {
            end.Dispose();
        }
    }

    private Tensor Noise(int modality, int[] which)
    {
        var (channels, time) = (_store.Latents[modality].shape[1], _store.Latents[modality].shape[2]);
        return new UtteranceNoise(which.Select(c => RowSeed(modality, c))).Like(empty(which.Length, channels, time, device: _store.Labels.device));
    }

    private List<Condition> Conditions(int modality, int[] which)
    {
        var index = tensor(which.Select(c => (long)(c / _perRow)).ToArray(), device: _store.Labels.device);
        return [.. ConditionSampler.Conditions([.. which.Select(c => _observed[modality][c])], [.. _store.Latents.Select(x => x.index_select(0, index))], isNoisy: false)];
    }

    private ulong RowSeed(int modality, int pair) => new StableRandom(
        _seed, _store.Keys[pair / _perRow], (ulong)(pair % _perRow), (ulong)modality, StableRandom.KeyOf("couples")).NextUInt64();
}
