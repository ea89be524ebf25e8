using Amodal.Evaluation;
using Amodal.Methods;

namespace Amodal.Runs;

/// <summary>A method over one encoded split, as a table of predictions by observed set; several folds are pooled by their caller.</summary>
/// <param name="method">The method; must outlive this.</param>
internal sealed class MethodRun(IMethod method, Split split) : IDisposable
{
    private readonly IEncodedBatch _batch = method.Encode(split);

    /// <summary>Agreement of recovered and true latents by (modality, observed set), of the first sample; filled as sets are predicted.</summary>
    public Dictionary<(int Modality, ModalitySet Observed), (LatentAgreement Sampled, LatentAgreement Aligned, LatentAgreement MeanFill)> Agreements { get; } = [];

    /// <summary>Predicts every utterance from the same observed set.</summary>
    /// <param name="samples">Recoveries whose predictions are averaged; 1 where nothing is sampled.</param>
    public float[] Predict(ModalitySet observed, int samples = 1, Action<int>? progress = null, CancellationToken stop = default)
    {
        var draws = Enumerable.Range(0, IsSampled(observed) ? samples : 1).Select(draw => Draw(observed, draw, progress, stop)).ToList();
        return Mean(draws);
    }

    /// <summary>Whether another draw may predict otherwise.</summary>
    public bool IsSampled(ModalitySet observed) => method is ISampledMethod && observed.Count < method.Card.Modalities.Count;

    /// <summary>Predicts every utterance from the same observed set by one recovery.</summary>
    public float[] Draw(ModalitySet observed, int draw, Action<int>? progress = null, CancellationToken stop = default)
    {
        ModalitySet[] sets = [.. Enumerable.Repeat(observed, _batch.Count)];
        if (draw > 0 || _batch is not IRecoveringBatch recovering)
        {
            return _batch.Predict(sets, draw, progress, stop);
        }

        var (predictions, latents) = recovering.Recover(sets, draw, progress, stop);
        foreach (var l in latents)
        {
            Agreements[(l.Modality, observed)] = (Of(l, l.Recovered.Values), Of(l, l.Aligned.Values), Of(l, [.. l.Average]));
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
