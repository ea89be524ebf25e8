namespace Amodal.Evaluation.Embedding;

/// <summary>Places in the plane.</summary>
/// <param name="X">Horizontal, one per point.</param>
/// <param name="Y">Vertical, as many.</param>
public sealed record PlanePoints(IReadOnlyList<float> X, IReadOnlyList<float> Y);
