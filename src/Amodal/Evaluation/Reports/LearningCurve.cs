namespace Amodal.Evaluation.Reports;

/// <summary>The losses of one stage of training.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Points">By epoch, ascending.</param>
public sealed record LearningCurve(string Stage, IReadOnlyList<LearningCurvePoint> Points);
