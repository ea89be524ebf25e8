namespace Amodal.Data.Inspection;

/// <summary>The labels of a split.</summary>
/// <param name="Min">The smallest.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Max">The largest.</param>
/// <param name="StandardDeviation">Of the population (divided by n).</param>
/// <param name="Negative">Share below 0, in [0, 1].</param>
/// <param name="Zero">Share equal to 0.</param>
/// <param name="Positive">Share above 0.</param>
public sealed record LabelReport(double Min, double Mean, double Max, double StandardDeviation, double Negative, double Zero, double Positive);
