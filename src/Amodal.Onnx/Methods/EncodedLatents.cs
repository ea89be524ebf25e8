using Amodal.Latents;

namespace Amodal.Methods;

/// <summary>Utterances on their way from latents to a prediction, by any engine. Owns the latents.</summary>
/// <param name="latents">The utterances' latents.</param>
internal sealed class EncodedLatents<T>(LatentPath<T> path, ILatentSource<T> latents) : IRecoveringBatch
{
    public int Count => latents.Keys.Count;

    public float[] Predict(IReadOnlyList<Observation> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default)
    {
        // What nobody observes is not encoded: only its shape is looked at.
        List<T> given = [.. latents.Shapes.Select((_, m) => observed.Any(o => o.Contains(m)) ? latents.Of(m) : latents.Nothing(m))];
        return path.Predict(given, observed, latents.Keys, draw, progress, stop);
    }

    public (float[] Predictions, IReadOnlyList<RecoveredLatent> Latents) Recover(
        IReadOnlyList<Observation> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default)
    {
        using var scope = path.Scope();
        List<T> truth = [.. latents.Shapes.Select((_, m) => latents.Of(m))];
        var recovered = path.Complete(truth, observed, latents.Keys, draw, progress, stop);
        var aligned = path.Align(recovered, observed);
        return (path.Fuse(aligned, observed), [.. latents.Shapes.Index().Where(s => observed.Any(o => !o.Contains(s.Index))).Select(s => new RecoveredLatent(
            s.Index, s.Item, latents.ToRows(recovered[s.Index]), latents.ToRows(aligned[s.Index]), latents.ToRows(truth[s.Index]), latents.Valid(s.Index), latents.Average(s.Index)))]);
    }

    public void Dispose() => latents.Dispose();
}

/// <summary>Latents of some utterances, as an engine keeps them. Safe for several threads.</summary>
internal interface ILatentSource<T> : IDisposable
{
    /// <summary>A key per utterance, which names its noise.</summary>
    IReadOnlyList<ulong> Keys { get; }

    /// <summary>Latent shapes, one per modality.</summary>
    IReadOnlyList<LatentShape> Shapes { get; }

    /// <summary>A modality's latents, encoded when they are first asked for.</summary>
    T Of(int modality);

    /// <summary>Something of their shape.</summary>
    T Nothing(int modality);

    /// <summary>By row and time step, whether any frame under it is more than padding.</summary>
    IReadOnlyList<bool> Valid(int modality);

    /// <summary>The training split's average of a modality, one row.</summary>
    IReadOnlyList<float> Average(int modality);

    /// <summary>A copy on plain memory.</summary>
    LatentRows ToRows(T x);
}
