namespace Amodal.Evaluation;

/// <summary>The difference of two methods on the same utterances and masks.</summary>
/// <param name="Method">The method.</param>
/// <param name="Baseline">What is subtracted.</param>
/// <param name="Case">Observed set, average or missing rate, as in <see cref="ResultRow.Case"/>.</param>
/// <param name="Metric">The metric's name.</param>
/// <param name="Difference">Method less baseline, with its interval.</param>
public sealed record PairedDifference(string Method, string Baseline, string Case, string Metric, Estimate Difference);
