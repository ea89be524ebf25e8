namespace Amodal.Methods.Imder;

/// <summary>The terms of IMDer's loss that are its own.</summary>
internal static class ImderLoss
{
    /// <summary>Training times, one a row: t ~ U[1e-5, 1).</summary>
    public static double[] DrawTimes(StableRandom random, int batch) =>
        [.. Enumerable.Range(0, batch).Select(_ => (random.NextDouble() * (1 - ScoreMatching.TimeMargin)) + ScoreMatching.TimeMargin)];

    /// <summary>
    /// |score std + z|^2 summed over a latent, the mean over the batch. One z perturbs target and condition; in sampling the
    /// condition's noise is drawn afresh (docs/methods/conditioning.md on what that does).
    /// </summary>
    /// <param name="network">The target's network.</param>
    /// <param name="target">The true latent, (batch, channels, time).</param>
    /// <param name="condition">The merged condition, (batch, channels, time).</param>
    public static Tensor Score(ConditionalUNet network, IProcess process, Tensor target, Tensor condition, double[] t, INoise noise)
    {
        using var scope = NewDisposeScope();
        var z = noise.Like(target);
        var shift = process.Std(t, target) * z;
        var raw = network.Forward(target.Plus(shift), tensor(t, target.dtype, target.device), condition.Plus(shift));
        return raw.Plus(z).square().sum([1, 2]).mean().MoveToOuterDisposeScope();
    }
}
