namespace Amodal.Evaluation.Reports;

/// <summary>How near recovered latents come to the true ones.</summary>
/// <param name="Method">Who recovered them.</param>
/// <param name="Modality">The recovered modality.</param>
/// <param name="Observed">What it was recovered from: "text+vision".</param>
/// <param name="Error">Root mean square error in standard deviations of the latent; 1 is the error of the mean.</param>
/// <param name="Correlation">Correlation with the truth, -1 to 1.</param>
public sealed record LatentRecoveryRow(string Method, string Modality, string Observed, double Error, double Correlation);
