namespace Amodal.Targets;

/// <summary>How sure predictions are, by (utterance, label).</summary>
/// <param name="Deviations">Of a score the standard deviation of its error; 0 of classes.</param>
/// <param name="Margins">
/// A score's label lies within the prediction, give or take this; a class is one of those whose probability is at least 1 less this.
/// Infinite where too few labels were known to say.
/// </param>
internal sealed record Certainty(float[] Deviations, float[] Margins);
