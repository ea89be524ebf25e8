namespace Amodal.Diffusion;

/// <summary>
/// Conditional flow matching on the optimal-transport path (Lipman et al. 2023, equation 23; rectified flow, Liu, Gong and
/// Liu 2023): the network learns the velocity dx / dt of x_t = (1 - t) x_0 + t z, on average z - x_0, which samplers follow
/// from t = 1, noise, to 0.
/// </summary>
internal static class FlowMatching
{
    /// <summary>The path, for what wants alpha and std.</summary>
    public static IProcess Path { get; } = StraightPath.Instance;

    /// <summary>
    /// |v - (z - x_0)|^2, the mean over batch and elements, where v is the network's answer at x_t = (1 - t) x_0 + t z. A
    /// network that answers 0 has loss 1 + E x_0^2, which is 2 on standardised latents.
    /// </summary>
    /// <param name="network">The target's network.</param>
    /// <param name="target">The true standardised latent x_0, (batch, channels, time).</param>
    /// <param name="conditions">The given modalities, all of them clean latents at t = 0; those that are noisy (joint recovery) are moved to t with noise of their own.</param>
    /// <param name="t">Times in (0, 1), one a row.</param>
    /// <param name="noise">Draws z, then the noisy conditions' noise in their order.</param>
    public static Tensor Loss(IScoreNetwork network, Tensor target, IReadOnlyList<Condition> conditions, double[] t, INoise noise)
    {
        CheckTimes(t, target);
        using var scope = NewDisposeScope();
        var z = noise.Like(target);
        var shown = conditions.Select(c => c.IsNoisy ? c with { Latent = Between(c.Latent, noise.Like(c.Latent), t) } : c).ToList();
        return PairedLoss(network, target, z, shown, t).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The same loss on a given pair of data and noise: with pairs that a flow has made, each z with the x_0 that the
    /// flow takes it to, the paths learned are straighter (reflow; Liu, Gong and Liu 2023, section 2.2).
    /// </summary>
    /// <param name="network">The target's network.</param>
    /// <param name="target">x_0, (batch, channels, time).</param>
    /// <param name="z">The noise of each, shaped as target.</param>
    /// <param name="t">Times in (0, 1), one a row.</param>
    public static Tensor PairedLoss(IScoreNetwork network, Tensor target, Tensor z, IReadOnlyList<Condition> conditions, double[] t)
    {
        CheckTimes(t, target);
        using var scope = NewDisposeScope();
        var velocity = network.Evaluate(Between(target, z, t), tensor(t, target.dtype, target.device), conditions);
        return (velocity - (z - target)).square().mean().MoveToOuterDisposeScope();
    }

    private static Tensor Between(Tensor x, Tensor z, double[] t) => (Path.Alpha(t, x) * x).Plus(Path.Std(t, x) * z);

    private static void CheckTimes(double[] t, Tensor target)
    {
        if (t.Length != target.shape[0])
        {
            throw new ArgumentException($"{t.Length} times for {target.shape[0]} rows", nameof(t));
        }
    }
}
