namespace Amodal.Evaluation.Embedding;

/// <summary>Latents as points.</summary>
internal static class LatentVectors
{
    /// <summary>Every latent as a row.</summary>
    /// <param name="latents">Standardised, (row, channels, time).</param>
    /// <param name="valid">(row, 1, time) of 0 and 1.</param>
    /// <param name="point">What becomes of the steps; where there are none but padding, zeros.</param>
    public static PointCloud Of(Tensor latents, Tensor valid, LatentPoint point)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var kept = latents * valid;
        var rows = (point == LatentPoint.Mean ? kept.sum(2) / valid.sum(2).clamp_min(1.0) : kept.flatten(1)).cpu();
        return new PointCloud(rows.data<float>().ToArray(), (int)rows.shape[1]);
    }
}

/// <summary>How a latent, a sequence, becomes a point.</summary>
internal enum LatentPoint
{
    /// <summary>Its average over the steps that are not padding: as many numbers as channels, whatever the length.</summary>
    Mean,

    /// <summary>All steps one after another, padding 0. Stricter, but where utterances differ in length, those of one length are near each other for that alone.</summary>
    Steps,
}
