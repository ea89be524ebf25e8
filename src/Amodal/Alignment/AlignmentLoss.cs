namespace Amodal.Alignment;

/// <summary>L_align (thesis, 5.18): how far aligned recoveries are from the true latents, as such and to the fusion network.</summary>
internal static class AlignmentLoss
{
    /// <summary>The mean of |aligned - truth| over each modality's recovered rows, averaged over the modalities.</summary>
    /// <param name="recovered">For every modality that some row lacks, the decoder's answer and the true latent of those rows, (rows, channels, time).</param>
    public static Tensor Reconstruction(IReadOnlyList<(Tensor Aligned, Tensor Truth)> recovered)
    {
        if (recovered.Count == 0)
        {
            throw new ArgumentException("nothing was recovered, so there is nothing to align", nameof(recovered));
        }

        using var scope = NewDisposeScope();
        return stack(recovered.Select(r => (r.Aligned - r.Truth).abs().mean())).mean().MoveToOuterDisposeScope();
    }

    /// <summary>The mean squared distance between what the fusion network makes of aligned and of true latents.</summary>
    /// <param name="aligned">Its features where recovered latents are aligned, (batch, width).</param>
    /// <param name="truth">Computes its features of the true latents, (batch, width); no gradient flows through them.</param>
    public static Tensor Perceptual(Tensor aligned, Func<Tensor> truth)
    {
        using var scope = NewDisposeScope();
        Tensor wanted;
        using (no_grad())
        {
            wanted = truth();
        }

        return (aligned - wanted).square().mean().MoveToOuterDisposeScope();
    }

    /// <summary>L_align = <see cref="Reconstruction"/> + weight <see cref="Perceptual"/>; a weight of 0 does not compute the true features.</summary>
    /// <param name="recovered">As <see cref="Reconstruction"/> takes them.</param>
    /// <param name="alignedFeatures">The fusion network's features where recovered latents are aligned, (batch, width).</param>
    /// <param name="trueFeatures">Computes its features of the true latents, (batch, width).</param>
    /// <param name="perceptualWeight">At least 0.</param>
    public static Tensor Total(
        IReadOnlyList<(Tensor Aligned, Tensor Truth)> recovered, Tensor alignedFeatures, Func<Tensor> trueFeatures, double perceptualWeight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(perceptualWeight);
        using var scope = NewDisposeScope();
        var loss = Reconstruction(recovered);
        if (perceptualWeight > 0)
        {
            loss = loss.Plus(Perceptual(alignedFeatures, trueFeatures).Times(perceptualWeight));
        }

        return loss.MoveToOuterDisposeScope();
    }
}
