namespace Amodal.Data.Inspection;

/// <summary>The number of valid steps of a split's rows.</summary>
/// <param name="FromFile">Whether the file gives them; otherwise they are measured, from the first to the last step that is not all zero.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Max">The largest.</param>
public sealed record LengthReport(bool FromFile, int Min, double Mean, int Max);
