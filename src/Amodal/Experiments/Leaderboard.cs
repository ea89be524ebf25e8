namespace Amodal.Experiments;

/// <summary>Methods compared on the same utterances and masks.</summary>
/// <param name="Metric">The metric that decides their order.</param>
/// <param name="Case">The case in which it does.</param>
/// <param name="Reference">The method that the others are tested against.</param>
/// <param name="Entries">The methods, the best first; the optimum, where it is known, first of all.</param>
/// <param name="Tests">Every method less the reference.</param>
/// <param name="Ranking">Mean ranks; null for fewer than two methods, videos or utterances.</param>
internal sealed record Leaderboard(
    string Metric, string Case, string Reference, IReadOnlyList<LeaderboardEntry> Entries, IReadOnlyList<LeaderboardTest> Tests, IReadOnlyList<McNemarTest> McNemar, Ranking? Ranking)
{
    /// <summary>What tuning chose, of every row and fold; none where nothing was tuned.</summary>
    public IReadOnlyList<TunedRow> Tuned { get; init; } = [];

    /// <summary>
    /// The metric that decides the order of methods and what tuning chooses: the first error that has a table, such as the mean absolute
    /// error or the negative log-likelihood, because shares are equal for many utterances; where there is none, the first lead metric.
    /// </summary>
    public static string Deciding(Target target) =>
        Used(target, MetricUse.Table).FirstOrDefault(m => Targets.Metric.Of(m) is { IsShare: false, HigherIsBetter: false }) ?? Used(target, MetricUse.Lead)[0];

    /// <summary>The metrics that a leaderboard shows: the lead metrics, and the deciding one.</summary>
    public static IReadOnlyList<string> Shown(Target target) => [.. Used(target, MetricUse.Lead).Append(Deciding(target)).Distinct()];

    private static IReadOnlyList<string> Used(Target target, MetricUse least) => Targets.Metric.Used(target.Metrics.Select(m => m.Name), least);
}

/// <summary>A method's place.</summary>
/// <param name="Value">The deciding metric.</param>
/// <param name="Cost">What it costs; null of baselines and the optimum.</param>
internal sealed record LeaderboardEntry(string Method, ComparisonPart Part, Estimate Value, MethodUse? Cost);

/// <summary>A difference from the reference in pairs.</summary>
/// <param name="Probability">Of one as large where there is none.</param>
/// <param name="Holm">The same, as it counts among all tests of the table.</param>
internal sealed record LeaderboardTest(string Method, string Case, string Metric, Estimate Difference, double Probability, double Holm);

/// <summary>McNemar's test of a method against the reference, of the first training.</summary>
/// <param name="Alone">Utterances that only the method has right.</param>
/// <param name="ReferenceAlone">Utterances that only the reference has right.</param>
internal sealed record McNemarTest(string Method, string Case, string Metric, int Alone, int ReferenceAlone, double Probability, double Holm);

/// <summary>What a trained method costs, on the machine that measured it.</summary>
/// <param name="Parameters">Numbers that its answers are made with: weights, and coefficients of closed forms.</param>
/// <param name="TrainingSeconds">Of its stages and those they go on from; null where the run does not tell.</param>
/// <param name="Milliseconds">For an utterance of a batch, from its features to the prediction, mean over the incomplete observed sets.</param>
/// <param name="PeakGrowthBytes">By how much the process's resident memory rose in the first batch; null where the system does not tell.</param>
internal sealed record MethodUse(long Parameters, double? TrainingSeconds, double Milliseconds, long? PeakGrowthBytes, int Batch, string Machine);
