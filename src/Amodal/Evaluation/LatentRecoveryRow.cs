namespace Amodal.Evaluation;

/// <summary>How well one modality's latents are recovered from an observed set, over all steps that are not padding.</summary>
/// <param name="Method">What recovered them.</param>
/// <param name="Modality">The missing modality.</param>
/// <param name="Observed">What it was recovered from.</param>
/// <param name="Error">Root mean square error of the sampled latents, in standard deviations of the true ones.</param>
/// <param name="Correlation">Pearson correlation of sampled and true latents.</param>
/// <param name="AlignedError">The error after the alignment decoder.</param>
/// <param name="AlignedCorrelation">The correlation after the alignment decoder.</param>
/// <param name="MeanFillError">The error of putting the training average in, for comparison.</param>
public sealed record LatentRecoveryRow(
    string Method, string Modality, string Observed, double Error, double Correlation, double AlignedError, double AlignedCorrelation, double MeanFillError)
{
    /// <summary>The error of <see cref="LinearRecovery"/>; null where the data has no training split to fit it on.</summary>
    public double? LinearError { get; init; }

    /// <summary>The correlation of <see cref="LinearRecovery"/> with the truth: r, of which a perfect sample can reach r^2.</summary>
    public double? LinearCorrelation { get; init; }

    /// <summary>A row from what its numbers come from; without a linear reference where that is null.</summary>
    internal static LatentRecoveryRow Of(
        string method, string modality, string observed, LatentAgreement sampled, LatentAgreement aligned, LatentAgreement filled, LatentAgreement? linear) =>
        new(method, modality, observed, sampled.Error, sampled.Correlation, aligned.Error, aligned.Correlation, filled.Error)
        {
            LinearError = linear?.Error,
            LinearCorrelation = linear?.Correlation,
        };
}
