using Amodal.Evaluation;

namespace Amodal.Reproduction;

/// <summary>One number of ours beside the thesis's.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="Ours">Ours with its 95 % interval; null where the thesis's alone is shown.</param>
/// <param name="Thesis">The thesis's, in the same unit; null where it has none.</param>
public sealed record ComparisonCell(string Metric, Estimate? Ours, double? Thesis)
{
    /// <summary>Ours less the thesis's; null unless both are there.</summary>
    public double? Difference => Ours is not null && Thesis is not null ? Ours.Value - Thesis : null;

    /// <summary>Whether the thesis's number lies outside our interval: more than the choice of test utterances explains.</summary>
    public bool IsOutside => Difference is not null && (Thesis < Ours!.Low || Thesis > Ours.High);
}
