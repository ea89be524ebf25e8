using Amodal.Native;
using static TorchSharp.torch;

namespace Amodal.Alignment;

/// <summary>L_align (thesis, 5.18): how far aligned recoveries are from the true latents, as such and to the fusion network.</summary>
public static class AlignmentLoss
{
    /// <summary>The mean of |aligned - truth| over the recovered latents: each recovered (row, modality) counts alike, whatever its size.</summary>
    /// <param name="aligned">Latents of all modalities, (batch, channels, time): the decoder's answer where a row lacks the modality, anything elsewhere.</param>
    /// <param name="truth">The true latents, shaped as aligned.</param>
    /// <param name="isMissing">Per modality, (batch) bool: the rows that were recovered.</param>
    /// <returns>A scalar; 0 when nothing is missing.</returns>
    public static Tensor Reconstruction(IReadOnlyList<Tensor> aligned, IReadOnlyList<Tensor> truth, IReadOnlyList<Tensor> isMissing)
    {
        ArgumentNullException.ThrowIfNull(aligned);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(isMissing);
        if (aligned.Count == 0 || truth.Count != aligned.Count || isMissing.Count != aligned.Count)
        {
            throw new ArgumentException($"{aligned.Count} aligned latents, {truth.Count} true ones and {isMissing.Count} masks; all need one per modality");
        }

        using var scope = NewDisposeScope();
        var sum = zeros([], aligned[0].dtype, aligned[0].device);
        var count = zeros([], aligned[0].dtype, aligned[0].device);
        for (var m = 0; m < aligned.Count; m++)
        {
            var weight = isMissing[m].to_type(aligned[m].dtype);
            sum = sum.Plus(((aligned[m] - truth[m]).abs().mean([1, 2]) * weight).sum());
            count = count.Plus(weight.sum());
        }

        return (sum / maximum(count, ones_like(count))).MoveToOuterDisposeScope();
    }

    /// <summary>The mean squared distance between what a feature function makes of aligned and of true latents.</summary>
    /// <param name="aligned">Latents of all modalities, (batch, channels, time), recovered ones aligned.</param>
    /// <param name="truth">The true latents, shaped as aligned. No gradient flows through this side.</param>
    /// <param name="features">Latents of all modalities to features (batch, width).</param>
    /// <returns>A scalar.</returns>
    public static Tensor Perceptual(IReadOnlyList<Tensor> aligned, IReadOnlyList<Tensor> truth, Func<IReadOnlyList<Tensor>, Tensor> features)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var scope = NewDisposeScope();
        Tensor wanted;
        using (no_grad())
        {
            wanted = features(truth);
        }

        return (features(aligned) - wanted).square().mean().MoveToOuterDisposeScope();
    }

    /// <summary>L_align = <see cref="Reconstruction"/> + weight <see cref="Perceptual"/>; a weight of 0 skips the features.</summary>
    /// <inheritdoc cref="Reconstruction"/>
    /// <param name="aligned">Latents of all modalities, (batch, channels, time): observed ones true, recovered ones aligned.</param>
    /// <param name="truth">The true latents, shaped as aligned.</param>
    /// <param name="isMissing">Per modality, (batch) bool: the rows that were recovered.</param>
    /// <param name="perceptualWeight">At least 0.</param>
    /// <param name="features">Latents of all modalities to features (batch, width).</param>
    public static Tensor Total(
        IReadOnlyList<Tensor> aligned,
        IReadOnlyList<Tensor> truth,
        IReadOnlyList<Tensor> isMissing,
        double perceptualWeight,
        Func<IReadOnlyList<Tensor>, Tensor> features)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(perceptualWeight);
        using var scope = NewDisposeScope();
        var loss = Reconstruction(aligned, truth, isMissing);
        if (perceptualWeight > 0)
        {
            loss = loss.Plus(Perceptual(aligned, truth, features), perceptualWeight);
        }

        return loss.MoveToOuterDisposeScope();
    }
}
