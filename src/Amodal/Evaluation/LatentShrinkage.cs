namespace Amodal.Evaluation;

/// <summary>
/// Running sums over recovered, linearly predicted and true latents, all as deviations from the training average: how
/// much of what can be known of a missing latent is in its recovery, and how widely recoveries spread.
/// </summary>
internal sealed class LatentShrinkage
{
    private double _recovered;
    private double _predicted;
    private double _true;
    private double _recoveredPredicted;
    private double _truePredicted;

    /// <summary>The sums, as a file keeps them.</summary>
    internal IReadOnlyList<double> Sums
    {
        get => [_recovered, _predicted, _true, _recoveredPredicted, _truePredicted];
        init => (_recovered, _predicted, _true, _recoveredPredicted, _truePredicted) = (value[0], value[1], value[2], value[3], value[4]);
    }

    /// <summary>The sums of several parts.</summary>
    internal static LatentShrinkage Pool(IReadOnlyList<LatentShrinkage> parts) => new() { Sums = [.. parts[0].Sums.Select((_, i) => parts.Sum(p => p.Sums[i]))] };

    /// <summary>
    /// Slope of the recovered latent on its linear prediction, through the origin. Samples of the conditional distribution
    /// have the slope of the truth; the less a recovery follows its condition, the less it is.
    /// </summary>
    public double Slope => _recoveredPredicted / _predicted;

    /// <summary>Slope of the true latent on its linear prediction: 1 where the prediction is calibrated.</summary>
    public double TrueSlope => _truePredicted / _predicted;

    /// <summary>The share of the conditional mean that the recovery holds: <see cref="Slope"/> over <see cref="TrueSlope"/>; 1 for a true conditional sample.</summary>
    public double MeanShare => Slope / TrueSlope;

    /// <summary>Mean square of the recovered deviation over that of the true one; 1 for a true conditional sample.</summary>
    public double SpreadRatio => _recovered / _true;

    /// <summary>Mean square of the predicted deviation over that of the true one.</summary>
    public double Predicted => _predicted / _true;

    /// <summary>Share of the true latent's spread that the linear prediction explains (R squared about the training average).</summary>
    public double Explained => ((2 * _truePredicted) - _predicted) / _true;

    /// <summary>Adds latents, (row, channels, time).</summary>
    /// <param name="recovered">Sampled, or sampled and aligned.</param>
    /// <param name="average">The training average, (1, channels, time).</param>
    /// <param name="valid">(row, 1, time) of 0 and 1: which steps count.</param>
    public void Add(Tensor recovered, Tensor predicted, Tensor truth, Tensor average, Tensor valid)
    {
        using var scope = NewDisposeScope();
        var weight = valid.to(ScalarType.Float64);
        var (r, p, x) = (Deviation(recovered), Deviation(predicted), Deviation(truth));
        _recovered += Sum(r, r);
        _predicted += Sum(p, p);
        _true += Sum(x, x);
        _recoveredPredicted += Sum(r, p);
        _truePredicted += Sum(x, p);

        Tensor Deviation(Tensor latent) => (latent.to(ScalarType.Float64) - average) * weight;
        static double Sum(Tensor a, Tensor b) => (a * b).sum().item<double>();
    }
}

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
