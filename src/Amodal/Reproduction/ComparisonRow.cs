namespace Amodal.Reproduction;

/// <summary>A method in one case, ours beside the thesis's.</summary>
/// <param name="Label">The row of the table.</param>
/// <param name="Part">What it is.</param>
/// <param name="Protocol">"fixed" or "random".</param>
/// <param name="Case">The case, as results name it.</param>
/// <param name="Cells">A cell per metric of the table.</param>
public sealed record ComparisonRow(string Label, ComparisonPart Part, string Protocol, string Case, IReadOnlyList<ComparisonCell> Cells);
