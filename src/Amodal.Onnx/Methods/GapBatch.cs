namespace Amodal.Methods;

/// <summary>
/// Utterances of a method whose networks know of whole modalities only. Where steps are missing, all are encoded anew with
/// these steps unknown, which are the training mean then, as padding is. Without such gaps it is the batch itself. Owns it.
/// </summary>
internal class GapBatch : IEncodedBatch
{
    private readonly IEncodedBatch _whole;
    private readonly Split _utterances;
    private readonly Func<Split, IEncodedBatch> _encode;

    private GapBatch(IEncodedBatch whole, Split utterances, Func<Split, IEncodedBatch> encode) =>
        (_whole, _utterances, _encode) = (whole, utterances, encode);

    public int Count => _whole.Count;

    /// <summary>Encodes.</summary>
    public static IEncodedBatch Over(Split utterances, Func<Split, IEncodedBatch> encode) => encode(utterances) switch
    {
        IRecoveringBatch whole => new Recovering(whole, utterances, encode),
        ICalibratedBatch whole => new Calibrated(whole, utterances, encode),
        var whole => new GapBatch(whole, utterances, encode),
    };

    public float[] Predict(IReadOnlyList<Observation> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default) =>
        Use(observed, (batch, sets) => batch.Predict(sets, draw, progress, stop));

    public void Dispose() => _whole.Dispose();

    private T Use<T>(IReadOnlyList<Observation> observed, Func<IEncodedBatch, IReadOnlyList<Observation>, T> ask)
    {
        if (observed.All(o => o.IsWhole))
        {
            return ask(_whole, observed);
        }

        using var gapped = _encode(Observation.Hide(_utterances, observed));
        return ask(gapped, [.. observed.Select(o => o.Modalities)]);
    }

    private sealed class Calibrated(ICalibratedBatch whole, Split utterances, Func<Split, IEncodedBatch> encode)
        : GapBatch(whole, utterances, encode), ICalibratedBatch
    {
        public Certainty Certainty(IReadOnlyList<Observation> observed, int percent, CancellationToken stop = default) =>
            Use(observed, (batch, sets) => ((ICalibratedBatch)batch).Certainty(sets, percent, stop));
    }

    private sealed class Recovering(IRecoveringBatch whole, Split utterances, Func<Split, IEncodedBatch> encode)
        : GapBatch(whole, utterances, encode), IRecoveringBatch
    {
        public (float[] Predictions, IReadOnlyList<RecoveredLatent> Latents) Recover(
            IReadOnlyList<Observation> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default) =>
            Use(observed, (batch, sets) => ((IRecoveringBatch)batch).Recover(sets, draw, progress, stop));
    }
}
