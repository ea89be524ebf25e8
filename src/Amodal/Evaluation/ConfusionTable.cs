namespace Amodal.Evaluation;

/// <summary>How often a method takes each class for each.</summary>
/// <param name="Method">The method.</param>
/// <param name="Label">The label, where an utterance has several; else null.</param>
/// <param name="Case">Observed set, average or missing rate, as in <see cref="ResultRow.Case"/>.</param>
/// <param name="Classes">The classes' names.</param>
/// <param name="Counts">By true class how often each is predicted, in the classes' order; means over what the case averages, and over trainings.</param>
public sealed record ConfusionTable(string Method, string? Label, string Case, IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<double>> Counts);
