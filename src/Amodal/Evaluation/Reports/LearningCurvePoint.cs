namespace Amodal.Evaluation.Reports;

/// <summary>The losses of one epoch.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Train">Mean training loss; not a number where there is none.</param>
/// <param name="Valid">Validation loss; not a number where there is none.</param>
public sealed record LearningCurvePoint(int Epoch, double Train, double Valid);
