using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Native;
using static TorchSharp.torch;

namespace Amodal.Prediction;

/// <summary>The whole path for stored latents: recover, align, fuse, predict.</summary>
public sealed class PathPredictor(IRecoveryModel model, IRecoverer recoverer)
{
    /// <summary>Recovers the missing modalities of every row, all of one observed set.</summary>
    /// <inheritdoc cref="Impute(LatentStore, IReadOnlyList{ModalitySet}, int, bool, Action{int}, CancellationToken)"/>
    public IReadOnlyList<Tensor> Impute(
        LatentStore store, ModalitySet observed, int draw = 0, bool aligned = true, Action<int>? progress = null, CancellationToken stop = default) =>
        Impute(store, Everywhere(observed, store.Count), draw, aligned, progress, stop);

    /// <summary>Recovers the missing modalities of every row.</summary>
    /// <param name="store">The utterances.</param>
    /// <param name="observed">What is observed, by row.</param>
    /// <param name="draw">Which of several samples.</param>
    /// <param name="aligned">Whether the recoveries pass the alignment decoder.</param>
    /// <param name="progress">Called with utterances done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <returns>Standardised latents of every modality, (row, channels, time); the caller disposes them.</returns>
    public IReadOnlyList<Tensor> Impute(
        LatentStore store, IReadOnlyList<ModalitySet> observed, int draw = 0, bool aligned = true, Action<int>? progress = null,
        CancellationToken stop = default)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var recovered = recoverer.Recover(store.Latents, observed, store.Keys, draw, progress, stop);
        var latents = store.Latents.Select((l, m) => recovered.TryGetValue(m, out var x) ? x : l.alias()).ToList();
        return [.. (aligned ? AlignMissing(latents, observed) : latents).Select(x => x.MoveToOuterDisposeScope())];
    }

    /// <summary>Passes recovered latents through their alignment decoders; observed ones stay as they are.</summary>
    /// <param name="latents">Standardised latents of every modality, (row, channels, time).</param>
    /// <param name="observed">Which of them were observed, in every row.</param>
    public IReadOnlyList<Tensor> AlignMissing(IReadOnlyList<Tensor> latents, ModalitySet observed) =>
        AlignMissing(latents, Everywhere(observed, latents[0].shape[0]));

    /// <summary>Passes recovered latents through their alignment decoders; observed ones stay as they are.</summary>
    /// <param name="latents">Standardised latents of every modality, (row, channels, time).</param>
    /// <param name="observed">Which of them were observed, by row.</param>
    public IReadOnlyList<Tensor> AlignMissing(IReadOnlyList<Tensor> latents, IReadOnlyList<ModalitySet> observed)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return [.. latents.Select((x, m) =>
        {
            var missing = Rows(observed, o => !o.Contains(m));
            return (missing.Length == 0 ? x.alias()
                : missing.Length == observed.Count ? InParts(x, part => model.Align(m, part))
                : Align(x, m, missing)).MoveToOuterDisposeScope();
        })];
    }

    /// <summary>Predicts every row of a store under one observed set.</summary>
    /// <returns>One prediction per row.</returns>
    public float[] Predict(LatentStore store, ModalitySet observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default) =>
        Predict(store, Everywhere(observed, store.Count), draw, progress, stop);

    /// <summary>Predicts every row of a store, each under its own observed set.</summary>
    /// <returns>One prediction per row.</returns>
    public float[] Predict(
        LatentStore store, IReadOnlyList<ModalitySet> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default)
    {
        using var scope = NewDisposeScope();
        var latents = Impute(store, observed, draw, aligned: true, progress, stop);
        return Fuse(latents, observed);
    }

    /// <summary>Predicts from standardised latents of every modality, (row, channels, time).</summary>
    /// <param name="latents">Observed as they are, missing ones recovered and aligned.</param>
    /// <param name="observed">Which of them were observed, in every row.</param>
    public float[] Fuse(IReadOnlyList<Tensor> latents, ModalitySet observed) => Fuse(latents, Everywhere(observed, latents[0].shape[0]));

    /// <summary>Predicts from standardised latents of every modality, (row, channels, time).</summary>
    /// <param name="latents">Observed as they are, missing ones recovered and aligned.</param>
    /// <param name="observed">Which of them were observed, by row.</param>
    public float[] Fuse(IReadOnlyList<Tensor> latents, IReadOnlyList<ModalitySet> observed)
    {
        using var noGradient = no_grad();
        var predictions = new float[observed.Count];
        Predict(Rows(observed, o => o.Count == latents.Count), model.FuseComplete);
        Predict(Rows(observed, o => o.Count < latents.Count), model.Fuse);
        return predictions;

        void Predict(int[] rows, Func<IReadOnlyList<Tensor>, Tensor> fuse)
        {
            if (rows.Length == 0)
            {
                return;
            }

            using var scope = NewDisposeScope();
            var index = Index(rows, latents[0].device);
            var values = InParts(index, part => fuse([.. latents.Select(l => l.index_select(0, part))])).cpu().data<float>().ToArray();
            for (var i = 0; i < rows.Length; i++)
            {
                predictions[rows[i]] = values[i];
            }
        }
    }

    private Tensor Align(Tensor x, int modality, int[] rows)
    {
        using var scope = NewDisposeScope();
        var index = Index(rows, x.device);
        return x.index_copy(0, index, InParts(x.index_select(0, index), part => model.Align(modality, part))).MoveToOuterDisposeScope();
    }

    private static ModalitySet[] Everywhere(ModalitySet observed, long rows) => [.. Enumerable.Repeat(observed, (int)rows)];

    private static int[] Rows(IReadOnlyList<ModalitySet> observed, Func<ModalitySet, bool> which) =>
        [.. Enumerable.Range(0, observed.Count).Where(row => which(observed[row]))];

    private static Tensor Index(int[] rows, Device device) => tensor(rows.Select(r => (long)r).ToArray(), device: device);

    /// <summary>Applies a function to some of the rows at a time, side by side, and joins what it gives.</summary>
    private static Tensor InParts(Tensor x, Func<Tensor, Tensor> apply)
    {
        using var scope = NewDisposeScope();
        var work = new TorchParts(x.device);
        return cat([.. work.Each(x.split(work.RowsFor((int)x.shape[0])), part => [apply(part)]).Select(given => given[0])]).MoveToOuterDisposeScope();
    }
}
