namespace Amodal.Experiments;

/// <summary>
/// Results from stored predictions, as an evaluation has them: test utterances pooled over folds, each predicted by the run that did not
/// train on it; numbers of several training seeds are means over them, with intervals that hold both.
/// </summary>
internal sealed class Gather
{
    private readonly IReadOnlyList<DataSet> _folds;
    private readonly ProtocolEvaluator _protocols;

    public Gather(IReadOnlyList<DataSet> folds, EvaluationOptions options, int trainings)
    {
        _folds = folds;
        (Units, var groups) = IntervalUnits.Of(folds.Select(f => (f, f[Workshop.Split])), trainings);
        _protocols = new ProtocolEvaluator(
            [.. folds.SelectMany(f => f[Workshop.Split].Labels)], Modalities, options, groups, Presence.OfAll(folds.Select(f => f[Workshop.Split])), folds[0].Target);
    }

    /// <summary>What intervals are drawn over.</summary>
    public IntervalUnits Units { get; }

    private IReadOnlyList<string> Modalities => [.. _folds[0].Modalities.Select(m => m.Name)];

    /// <summary>The best any method could do, where the data says how it was made.</summary>
    public IReadOnlyList<MethodPredictions> Optimum =>
        SyntheticOptimum.Of([.. _folds.Select(f => (f, f[Workshop.Split]))]) is { } optimum ? [new MethodPredictions(BaselineNames.Optimum, optimum)] : [];

    /// <summary>A method as the protocols see it.</summary>
    /// <param name="trainings">Per training and fold its table of every draw.</param>
    public static MethodPredictions Method(string name, IReadOnlyList<IReadOnlyList<IReadOnlyList<PredictionTable>>> trainings, int method = 0) => new(
        name, [.. trainings.Select(folds => (Func<Observation, float[]>)(observed =>
            [.. folds.SelectMany(draws => MethodRun.Mean([.. draws.Where(d => d.Has(method, observed)).Select(d => d[method, observed])]))]))]);

    /// <summary>One row per method and case.</summary>
    public IReadOnlyList<ResultRow> Rows(IEnumerable<MethodPredictions> methods) => _protocols.Rows(methods);

    /// <summary>One method less another, in every case and metric.</summary>
    public IReadOnlyList<PairedDifference> Differences(MethodPredictions method, MethodPredictions other) => _protocols.Differences(method, [other]);

    /// <inheritdoc cref="ProtocolEvaluator.ByUnit"/>
    public double[] ByUnit(MethodPredictions method, string name, string metric) => _protocols.ByUnit(method, name, metric);

    /// <inheritdoc cref="ProtocolEvaluator.ByUtterance"/>
    public double[] ByUtterance(MethodPredictions method, ModalitySet observed, string metric) => _protocols.ByUtterance(method, observed, metric);

    /// <summary>How well a method recovers latents.</summary>
    /// <param name="trainings">Per training and fold its table of every draw.</param>
    public IReadOnlyList<LatentRecoveryRow> LatentRecovery(
        string name, IReadOnlyList<IReadOnlyList<IReadOnlyList<PredictionTable>>> trainings, IReadOnlyList<LinearAgreements> linear)
    {
        var all = trainings.SelectMany(folds => folds.Select(draws => draws[0].Agreements)).ToList();
        return [.. all[0].Keys.OrderBy(k => k.Modality).ThenBy(k => k.Observed.Count).ThenBy(k => k.Observed.Bits).Select(key =>
        {
            LatentAgreement Pooled(Func<(LatentAgreement Sampled, LatentAgreement Aligned, LatentAgreement MeanFill), LatentAgreement> which) =>
                LatentAgreement.Pool(all.Select(a => which(a[key])));
            List<LatentAgreement?> references = [.. linear.Select(l => l.Of(key.Modality, key.Observed))];
            return LatentRecoveryRow.Of(name, Modalities[key.Modality], key.Observed.Describe(Modalities), Pooled(a => a.Sampled), Pooled(a => a.Aligned), Pooled(a => a.MeanFill),
                references.Contains(null) ? null : LatentAgreement.Pool(references.OfType<LatentAgreement>()));
        })];
    }
}
