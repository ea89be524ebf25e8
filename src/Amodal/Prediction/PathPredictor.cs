using Amodal.Latents;
using Amodal.Missingness;
using static TorchSharp.torch;

namespace Amodal.Prediction;

/// <summary>The whole path for stored latents: recover, align, fuse, predict.</summary>
public sealed class PathPredictor(IRecoveryModel model, IRecoverer recoverer)
{
    private const int BatchRows = 256;

    /// <summary>Recovers the missing modalities of every row.</summary>
    /// <param name="store">The utterances.</param>
    /// <param name="observed">What is observed, in every row.</param>
    /// <param name="draw">Which of several samples.</param>
    /// <param name="aligned">Whether the recoveries pass the alignment decoder.</param>
    /// <param name="progress">Called with utterances done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <returns>Standardised latents of every modality, (row, channels, time); the caller disposes them.</returns>
    public IReadOnlyList<Tensor> Impute(
        LatentStore store, ModalitySet observed, int draw = 0, bool aligned = true, Action<int>? progress = null, CancellationToken stop = default)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        if (observed.Count == store.Latents.Count)
        {
            return [.. store.Latents.Select(l => l.alias().MoveToOuterDisposeScope())];
        }

        var recovered = recoverer.Recover(store.Latents, observed, store.Keys, draw, progress, stop);
        var latents = store.Latents.Select((l, m) => recovered.TryGetValue(m, out var x) ? x : l.alias()).ToList();
        return [.. (aligned ? AlignMissing(latents, observed) : latents).Select(x => x.MoveToOuterDisposeScope())];
    }

    /// <summary>Passes recovered latents through their alignment decoders; observed ones stay as they are.</summary>
    /// <param name="latents">Standardised latents of every modality, (row, channels, time).</param>
    /// <param name="observed">Which of them were observed.</param>
    public IReadOnlyList<Tensor> AlignMissing(IReadOnlyList<Tensor> latents, ModalitySet observed)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return [.. latents.Select((x, m) => (observed.Contains(m) ? x.alias() : InBatches(x, part => model.Align(m, part))).MoveToOuterDisposeScope())];
    }

    /// <summary>Predicts every row of a store under one observed set.</summary>
    /// <returns>One prediction per row.</returns>
    public float[] Predict(LatentStore store, ModalitySet observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default)
    {
        using var scope = NewDisposeScope();
        var latents = Impute(store, observed, draw, aligned: true, progress, stop);
        return Fuse(latents, observed);
    }

    /// <summary>Predicts from standardised latents of every modality, (row, channels, time).</summary>
    /// <param name="latents">Observed as they are, missing ones recovered and aligned.</param>
    /// <param name="observed">Which of them were observed.</param>
    public float[] Fuse(IReadOnlyList<Tensor> latents, ModalitySet observed)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var rows = (int)latents[0].shape[0];
        var parts = new List<Tensor>();
        for (var start = 0; start < rows; start += BatchRows)
        {
            var count = Math.Min(BatchRows, rows - start);
            List<Tensor> part = [.. latents.Select(l => l.narrow(0, start, count))];
            parts.Add(observed.Count == latents.Count ? model.FuseComplete(part) : model.Fuse(part));
        }

        return cat(parts).cpu().data<float>().ToArray();
    }

    private static Tensor InBatches(Tensor x, Func<Tensor, Tensor> apply)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (long start = 0; start < x.shape[0]; start += BatchRows)
        {
            parts.Add(apply(x.narrow(0, start, Math.Min(BatchRows, x.shape[0] - start))));
        }

        return cat(parts).MoveToOuterDisposeScope();
    }
}
