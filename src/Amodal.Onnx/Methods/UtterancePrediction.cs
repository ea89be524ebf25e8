namespace Amodal.Methods;

/// <summary>One utterance's prediction.</summary>
/// <param name="Id">The utterance.</param>
/// <param name="Observed">What was observed: "text+vision".</param>
/// <param name="Prediction">Sentiment intensity; the mean over samples.</param>
/// <param name="Deviation">Standard deviation over samples; 0 for one sample, or when nothing is missing.</param>
/// <param name="Label">The label; null where the data has none.</param>
public sealed record UtterancePrediction(string Id, string Observed, double Prediction, double Deviation, float? Label = null);
