namespace Amodal.Evaluation;

/// <summary>What the recovery of a modality from an observed set keeps of the conditional mean, and how it spreads; <see cref="LatentShrinkage"/> says what the numbers are.</summary>
/// <param name="Predicted">Spread of the linear prediction over the true one's: how much there is to be recovered.</param>
/// <param name="Explained">Share of the true spread that the linear prediction explains.</param>
/// <param name="SpreadRatio">Spread of the sampled latent over the true one's.</param>
internal sealed record LatentShrinkageRow(
    string Method, string Modality, string Observed, double Predicted, double Explained, double TrueSlope, double Slope, double SpreadRatio, double AlignedSlope, double AlignedSpreadRatio)
{
    /// <summary>
    /// The share of the conditional mean that recoveries hold, over several rows: their slopes over the true ones', weighted
    /// by how much can be predicted. A mean of the rows' own shares would be at the mercy of those where nothing can.
    /// </summary>
    /// <param name="slope">Which slope: <see cref="Slope"/> or <see cref="AlignedSlope"/>.</param>
    public static double MeanShare(IReadOnlyList<LatentShrinkageRow> rows, Func<LatentShrinkageRow, double> slope) =>
        rows.Sum(r => slope(r) * r.Predicted) / rows.Sum(r => r.TrueSlope * r.Predicted);
}
