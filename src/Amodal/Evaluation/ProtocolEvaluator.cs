using Amodal.Missingness;

namespace Amodal.Evaluation;

/// <summary>Runs methods through the fixed and the random missing protocol (docs/method.md, evaluation).</summary>
/// <param name="truth">The labels.</param>
/// <param name="modalities">The modalities' names.</param>
/// <param name="options">What is covered.</param>
/// <param name="groups">The video of each utterance, which intervals and tests draw whole; null draws single utterances.</param>
/// <param name="present">What each utterance holds in the file: what it lacks is missing whatever a set or mask says; null where nothing is.</param>
public sealed class ProtocolEvaluator(
    float[] truth, IReadOnlyList<string> modalities, EvaluationOptions options, IReadOnlyList<string>? groups = null, IReadOnlyList<ModalitySet>? present = null)
{
    /// <summary>The average over the incomplete observed sets: six for three modalities.</summary>
    public const string AverageIncomplete = "average-incomplete";

    /// <summary>The average over all observed sets, the complete one included: seven for three modalities.</summary>
    public const string AverageAll = "average-all";

    /// <summary>The average over the missing rates of the random protocol.</summary>
    public const string AverageRates = "average-rates";

    private readonly Dictionary<MethodPredictions, MethodPredictions> _restricted = [];
    private IReadOnlyList<Case>? _cases;

    /// <summary>One row per method and case.</summary>
    public IReadOnlyList<ResultRow> Rows(IEnumerable<MethodPredictions> methods) => [.. methods.Select(Restricted).SelectMany(m => Cases.Select(c =>
        new ResultRow(m.Name, c.Protocol, c.Name, truth.Length, Bootstrap.Estimate(truth, c.Predictions(m), options.Seed, groups))))];

    /// <summary>Per rival, and per case that is an average or a missing rate, the difference in every metric.</summary>
    public IReadOnlyList<PairedDifference> Differences(MethodPredictions method, IEnumerable<MethodPredictions> rivals) => [.. rivals.Select(Restricted).SelectMany(r =>
        Cases.Where(c => c.IsSummary).SelectMany(c =>
            Bootstrap.Difference(truth, c.Predictions(Restricted(method)), c.Predictions(r), options.Seed, groups)
                .Select(d => new PairedDifference(method.Name, r.Name, c.Name, d.Key, d.Value))))];

    private IReadOnlyList<Case> Cases => _cases ??= [.. FixedCases(), .. RandomCases()];

    private MethodPredictions Restricted(MethodPredictions method) => present is null ? method
        : _restricted.TryGetValue(method, out var known) ? known
        : _restricted[method] = method.On(present);

    private IEnumerable<Case> FixedCases()
    {
        if (!options.Fixed)
        {
            yield break;
        }

        var patterns = Patterns.All(modalities.Count);
        foreach (var observed in patterns)
        {
            yield return new Case("fixed", observed.Describe(modalities), IsSummary: false, (m, t) => [m.For(observed, t)]);
        }

        var incomplete = Patterns.Incomplete(modalities.Count);
        yield return new Case("fixed", AverageIncomplete, IsSummary: true, (m, t) => [.. incomplete.Select(o => m.For(o, t))]);
        yield return new Case("fixed", AverageAll, IsSummary: true, (m, t) => [.. patterns.Select(o => m.For(o, t))]);
    }

    private IEnumerable<Case> RandomCases()
    {
        if (!options.Random)
        {
            yield break;
        }

        var all = new List<ModalitySet[]>();
        foreach (var rate in options.MissingRates.Where(r => RandomMasks.Allows(modalities.Count, r)))
        {
            var masks = Enumerable.Range(1, options.MaskSeeds)
                .Select(seed => RandomMasks.Draw(truth.Length, modalities.Count, rate, (ulong)seed)).ToList();
            all.AddRange(masks);
            yield return new Case("random", ResultRow.CaseOf(rate), IsSummary: true, (m, t) => [.. masks.Select(o => m.For(o, t))]);
        }

        if (options.AverageRates && all.Count > 0)
        {
            yield return new Case("random", AverageRates, IsSummary: true, (m, t) => [.. all.Select(o => m.For(o, t))]);
        }
    }

    private sealed record Case(string Protocol, string Name, bool IsSummary, Func<MethodPredictions, int, IReadOnlyList<float[]>> OfTraining)
    {
        public IReadOnlyList<IReadOnlyList<float[]>> Predictions(MethodPredictions method) => method.Each(training => OfTraining(method, training));
    }
}
