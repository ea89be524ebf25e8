namespace Amodal.Diffusion;

/// <summary>What a score network is shown of an observed modality while another is sampled (thesis, 5.11-5.12).</summary>
internal static class ConditionNoise
{
    /// <summary>
    /// The condition at time t: itself for <see cref="Conditioning.Clean"/>; else alpha(t) y + std(t) z with z fresh at
    /// every call. Independent and shared differ in training only: in sampling there is no z of the target to share
    /// (docs/methods/conditioning.md).
    /// </summary>
    /// <param name="latent">The observed latent y, (batch, channels, time).</param>
    /// <param name="t">The target's diffusion time, (batch).</param>
    /// <param name="noise">Where z is taken from; best another than the sampler's, which a clean condition would not move.</param>
    /// <returns>Shaped as latent; an alias of it when clean.</returns>
    public static Tensor At(Conditioning conditioning, Tensor latent, Tensor t, IProcess process, INoise noise)
    {
        if (conditioning == Conditioning.Clean)
        {
            return latent.alias();
        }

        using var scope = NewDisposeScope();
        var times = ProcessTensors.TimesOf(t);
        var noisy = (process.Alpha(times, latent) * latent).Plus(process.Std(times, latent) * noise.Like(latent));
        return noisy.MoveToOuterDisposeScope();
    }
}
