namespace Amodal.Runs;

/// <summary>A method over one encoded split, as a table of predictions by observed set; several folds are pooled by their caller.</summary>
/// <param name="method">The method; must outlive this.</param>
internal sealed class MethodRun(IMethod method, Split split) : IDisposable
{
    private readonly IEncodedBatch _batch = method.Encode(split);

    /// <summary>Agreement of recovered and true latents by (modality, observed set), of the first sample; filled as sets are predicted.</summary>
    public Dictionary<(int Modality, ModalitySet Observed), (LatentAgreement Sampled, LatentAgreement Aligned, LatentAgreement MeanFill)> Agreements { get; } = [];

    /// <summary>How many utterances there are.</summary>
    public int Count => _batch.Count;

    /// <summary>Predicts utterances of which the same is observed.</summary>
    /// <inheritdoc cref="Predict(IReadOnlyList{Observation}, int, Action{int}, CancellationToken)"/>
    public float[] Predict(Observation observed, int samples = 1, Action<int>? progress = null, CancellationToken stop = default) =>
        Mean([.. Enumerable.Range(0, IsSampled(observed) ? samples : 1).Select(draw => Draw(observed, draw, progress, stop))]);

    /// <summary>Predicts every utterance.</summary>
    /// <param name="observed">What is observed of each.</param>
    /// <param name="samples">Recoveries whose predictions are averaged; 1 where nothing is sampled.</param>
    public float[] Predict(IReadOnlyList<Observation> observed, int samples = 1, Action<int>? progress = null, CancellationToken stop = default) =>
        Mean([.. Enumerable.Range(0, observed.Any(IsSampled) ? samples : 1).Select(draw => _batch.Predict(observed, draw, progress, stop))]);

    /// <summary>How sure the method is when of all the same is observed; null where it does not say.</summary>
    public Certainty? Certainty(ModalitySet observed, int percent, CancellationToken stop) =>
        (_batch as ICalibratedBatch)?.Certainty([.. Enumerable.Repeat(Observation.Of(observed), Count)], percent, stop);

    /// <summary>Whether another draw may predict otherwise.</summary>
    public bool IsSampled(Observation observed) => method is ISampledMethod && observed.Count < method.Card.Modalities.Count;

    /// <summary>Predicts every utterance by one recovery.</summary>
    public float[] Draw(Observation observed, int draw, Action<int>? progress = null, CancellationToken stop = default)
    {
        Observation[] all = [.. Enumerable.Repeat(observed, _batch.Count)];
        if (draw > 0 || _batch is not IRecoveringBatch recovering)
        {
            return _batch.Predict(all, draw, progress, stop);
        }

        var (predictions, latents) = recovering.Recover(all, draw, progress, stop);
        foreach (var l in latents)
        {
            Agreements[(l.Modality, observed.Modalities)] = (Of(l, l.Recovered.Values), Of(l, l.Aligned.Values), Of(l, [.. l.Average]));
        }

        return predictions;
    }

    /// <summary>The mean of several draws' predictions.</summary>
    public static float[] Mean(IReadOnlyList<float[]> draws) => [.. draws[0].Select((_, row) => draws.Average(d => d[row]))];

    public void Dispose() => _batch.Dispose();

    private static LatentAgreement Of(RecoveredLatent latent, ReadOnlySpan<float> recovered)
    {
        var agreement = new LatentAgreement();
        agreement.Add(recovered, latent.Truth.Values, [.. latent.Valid], latent.Shape.Length);
        return agreement;
    }
}
