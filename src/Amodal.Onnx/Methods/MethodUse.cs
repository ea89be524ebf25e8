namespace Amodal.Methods;

/// <summary>A loaded method put to use on named arrays. Safe for several threads, as the method is.</summary>
public static class MethodUse
{
    /// <summary>Predicts one utterance.</summary>
    /// <inheritdoc cref="Predict(IMethod, IReadOnlyList{Utterance}, int, Action{string}, CancellationToken)"/>
    /// <param name="method">The method.</param>
    /// <param name="utterance">Its raw features by modality, with any missing.</param>
    /// <param name="samples">Recoveries whose predictions are averaged, at least 1.</param>
    /// <param name="note">Told what is ignored or cut; may be null.</param>
    /// <param name="stop">Ends the work between network evaluations.</param>
    public static UtterancePrediction Predict(
        this IMethod method, Utterance utterance, int samples = 1, Action<string>? note = null, CancellationToken stop = default) =>
        method.Predict([utterance], samples, note, stop)[0];

    /// <summary>Predicts utterances, of which each may lack other modalities.</summary>
    /// <param name="method">The method.</param>
    /// <param name="utterances">Raw features by modality, with any missing; at least one utterance.</param>
    /// <param name="samples">Recoveries per utterance whose predictions are averaged, at least 1.</param>
    /// <param name="note">Told what is ignored or cut; may be null.</param>
    /// <param name="stop">Ends the work between network evaluations.</param>
    /// <returns>A prediction per utterance, in order.</returns>
    /// <exception cref="InputException">Nothing is observed of an utterance, or an array has another width than the method was trained on.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<UtterancePrediction> Predict(
        this IMethod method, IReadOnlyList<Utterance> utterances, int samples = 1, Action<string>? note = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        var rows = Utterance.Together(utterances, method.Card, note);
        using var batch = method.Encode(rows);
        return Predict(batch, IsSampled(method), method.Card.Target, rows, [.. Enumerable.Repeat(Observation.Of(ModalitySet.All(rows.Features.Count)), rows.Count)], samples, progress: null, stop);
    }

    /// <summary>Whether draws of a method tell how sure it is: one step of a flow, unless it was straightened, gives the mean, whatever the noise.</summary>
    internal static bool IsSampled(IMethod method) => method is ISampledMethod { Nfe: > 0 } sampled
        && (sampled.Sampler is not { Kind: SamplerKind.FlowEuler, Nfe: 1 } || sampled.IsStraightened);

    /// <summary>Predicts encoded rows; what they hold no number of is missing, whatever is asked.</summary>
    /// <param name="isSampled">Whether draws differ by more than chance.</param>
    /// <param name="observed">What is asked to be observed of each.</param>
    /// <param name="samples">Recoveries per row, at least 1.</param>
    /// <param name="progress">Share done; may be null.</param>
    internal static IReadOnlyList<UtterancePrediction> Predict(
        IEncodedBatch batch, bool isSampled, Target target, Split rows, IReadOnlyList<Observation> observed, int samples, Action<double>? progress, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        observed = Presence.Restrict(rows, observed);
        var draws = new List<float[]>();
        for (var draw = 0; draw < samples; draw++)
        {
            var (before, done) = (draw, 0);
            draws.Add(batch.Predict(observed, draw, count => progress?.Invoke((before + ((double)(done += count) / rows.Count)) / samples), stop));
        }

        IReadOnlyList<string> names = [.. rows.Features.Select(f => f.Modality.Name)];
        return [.. rows.Ids.Select((id, row) =>
        {
            double[] means = new double[target.Width], deviations = new double[target.Width];
            for (var i = 0; i < target.Width; i++)
            {
                var values = draws.Select(d => (double)d[(row * target.Width) + i]).ToList();
                var mean = values.Average();
                (means[i], deviations[i]) = (mean, Math.Sqrt(samples > 1 ? values.Sum(v => (v - mean) * (v - mean)) / (samples - 1) : 0));
            }

            IReadOnlyList<float> label = rows.Label(row);
            var isLabelled = label.Count == target.Labels && label.Any(float.IsFinite) && target.FaultOf([.. label]) is null;
            return new UtterancePrediction(id, observed[row].Describe(names), target, means, isSampled && samples > 1 ? deviations : [], isLabelled ? label : null);
        })];
    }
}
