namespace Amodal.Evaluation;

/// <summary>One row of a table of results.</summary>
/// <param name="Method">What made the predictions.</param>
/// <param name="Protocol">"fixed" or "random".</param>
/// <param name="Case">The observed set ("text+vision"), an average ("average-incomplete", "average-all"), or the missing rate ("MR=0.3").</param>
/// <param name="Count">Utterances behind it.</param>
/// <param name="Metrics">Estimates by the metric's name.</param>
public sealed record ResultRow(string Method, string Protocol, string Case, int Count, IReadOnlyDictionary<string, Estimate> Metrics);
