namespace Amodal.Diffusion;

/// <summary>Denoising score matching (thesis, 5.10): what score networks are trained with.</summary>
internal static class ScoreMatching
{
    /// <summary>The least distance of a training time from 0 and from 1.</summary>
    public const double TimeMargin = 1e-5;

    /// <summary>Training times, one a row: t ~ U[1e-5, 1 - 1e-5].</summary>
    public static double[] DrawTimes(StableRandom random, int batch)
    {
        var times = new double[batch];
        for (var i = 0; i < batch; i++)
        {
            times[i] = TimeMargin + (random.NextDouble() * (1 - (2 * TimeMargin)));
        }

        return times;
    }

    /// <summary>
    /// |raw + z|^2, the mean over batch and elements, where raw = score std(t) is the network's answer at
    /// x_t = alpha(t) x_0 + std(t) z. A network that answers 0 has loss 1.
    /// </summary>
    /// <param name="network">The target's network.</param>
    /// <param name="conditioning">What noise the observed conditions carry; those that are noisy (joint recovery) stand at t with their own in any case.</param>
    /// <param name="target">The true standardised latent x_0, (batch, channels, time).</param>
    /// <param name="conditions">The given modalities, all of them clean latents at t = 0.</param>
    /// <param name="t">Diffusion times in (0, 1), one a row.</param>
    /// <param name="noise">Draws z, then the conditions' noise in their order.</param>
    public static Tensor Loss(
        IScoreNetwork network,
        IProcess process,
        Conditioning conditioning,
        Tensor target,
        IReadOnlyList<Condition> conditions,
        double[] t,
        INoise noise)
    {
        if (t.Length != target.shape[0])
        {
            throw new ArgumentException($"{t.Length} times for {target.shape[0]} rows", nameof(t));
        }

        using var scope = NewDisposeScope();
        var (alpha, std) = (process.Alpha(t, target), process.Std(t, target));
        var z = noise.Like(target);
        var shown = conditions.Select(c => c with { Latent = Shown(c) }).ToList();
        var raw = network.Evaluate((alpha * target).Plus(std * z), tensor(t, target.dtype, target.device), shown);
        return raw.Plus(z).square().mean().MoveToOuterDisposeScope();

        Tensor Shown(Condition condition) => condition.IsNoisy ? Perturb(condition.Latent, noise.Like(condition.Latent)) : conditioning switch
        {
            Conditioning.Clean => condition.Latent,
            Conditioning.Independent => Perturb(condition.Latent, noise.Like(condition.Latent)),
            Conditioning.Shared => Perturb(condition.Latent, SharedNoise(z, condition)),
            _ => throw new ArgumentOutOfRangeException(nameof(conditioning), conditioning, "unknown conditioning"),
        };

        Tensor Perturb(Tensor latent, Tensor own) => (alpha * latent).Plus(std * own);
    }

    /// <summary>One z serves target and condition only where their latents have one shape.</summary>
    private static Tensor SharedNoise(Tensor z, Condition condition) => z.shape.SequenceEqual(condition.Latent.shape)
        ? z
        : throw new InputException(
            "conditioning",
            "shared",
            $"needs latents of one shape, but modality {condition.Modality} has ({string.Join(", ", condition.Latent.shape[1..])}) " +
            $"and the target ({string.Join(", ", z.shape[1..])}); choose independent or clean.");
}
