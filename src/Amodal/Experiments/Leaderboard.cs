namespace Amodal.Experiments;

/// <summary>Methods compared on the same utterances and masks.</summary>
/// <param name="Metric">The metric that decides their order.</param>
/// <param name="Case">The case in which it does.</param>
/// <param name="Reference">The method that the others are tested against.</param>
/// <param name="Entries">The methods, the best first; the optimum, where it is known, first of all.</param>
/// <param name="Tests">Every method less the reference.</param>
/// <param name="Ranking">Mean ranks; null for fewer than two methods, videos or utterances.</param>
internal sealed record Leaderboard(
    string Metric, string Case, string Reference, IReadOnlyList<LeaderboardEntry> Entries, IReadOnlyList<LeaderboardTest> Tests, IReadOnlyList<McNemarTest> McNemar, Ranking? Ranking);

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
