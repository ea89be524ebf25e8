namespace Amodal.Evaluation;

/// <summary>The paired difference between two methods on the same utterances and masks.</summary>
/// <param name="Method">The first method.</param>
/// <param name="Rival">What is subtracted.</param>
/// <param name="Protocol">"fixed" or "random".</param>
/// <param name="Case">As in <see cref="ResultRow"/>.</param>
/// <param name="Metrics">Differences, method less rival, with their paired intervals.</param>
public sealed record DifferenceRow(string Method, string Rival, string Protocol, string Case, IReadOnlyDictionary<string, Estimate> Metrics);
