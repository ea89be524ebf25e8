namespace Amodal.Diffusion;

/// <summary>
/// Random conditioning (thesis, 5.1.4): which other modalities each training sample is shown, so that one network
/// serves every observed set. The observed ones are a uniformly random non-empty subset of all but the target, now and then
/// none; in joint recovery the rest is shown too, noisy, for a share of the samples. Immutable.
/// </summary>
internal sealed class ConditionSampler
{
    private readonly int _modalities;
    private readonly double _emptyRate;
    private readonly double _noisyRate;

    /// <summary>Creates the sampler.</summary>
    /// <param name="modalities">How many there are, 2 to 32.</param>
    /// <param name="recovery">Separate never shows noisy modalities.</param>
    /// <param name="emptyRate">Share of samples that see nothing observed, 0 to 1; what classifier-free guidance needs.</param>
    /// <param name="noisyRate">Joint recovery: share of samples that also see the modalities that are not observed, noisy, 0 to 1.</param>
    public ConditionSampler(int modalities, Recovery recovery = Recovery.Separate, double emptyRate = 0, double noisyRate = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(modalities, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(modalities, 32);
        ArgumentOutOfRangeException.ThrowIfNegative(emptyRate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(emptyRate, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(noisyRate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(noisyRate, 1);
        (_modalities, _emptyRate, _noisyRate) = (modalities, emptyRate, recovery == Recovery.Joint ? noisyRate : 0);
    }

    /// <summary>Draws what one sample is shown.</summary>
    /// <returns>The observed set and the set shown noisy, disjoint.</returns>
    public (ModalitySet Observed, ModalitySet Noisy) Draw(StableRandom random, int target)
    {
        var others = ModalitySet.All(_modalities).Without(ModalitySet.Of(target));
        var observed = random.NextDouble() < _emptyRate ? default : NonEmptySubset(random, others);
        var noisy = random.NextDouble() < _noisyRate ? others.Without(observed) : default;
        return (observed, noisy);
    }

    /// <summary>Draws for every row of a batch, and gives the conditions with their masks.</summary>
    /// <param name="latents">Standardised latents of all modalities, (batch, channels, time), in the data set's order.</param>
    /// <returns>A condition for each modality that some row observes, and one more for each that some row sees noisy.</returns>
    public IReadOnlyList<Condition> Draw(StableRandom random, int target, IReadOnlyList<Tensor> latents)
    {
        var rows = Enumerable.Range(0, (int)latents[target].shape[0]).Select(_ => Draw(random, target)).ToArray();
        return [.. Conditions([.. rows.Select(r => r.Observed)], latents, isNoisy: false),
            .. Conditions([.. rows.Select(r => r.Noisy)], latents, isNoisy: true)];
    }

    /// <summary>The conditions that rows with these sets see; a modality that no row has is left out.</summary>
    /// <param name="rows">What is given in each row.</param>
    /// <param name="latents">Standardised latents of all modalities, (batch, channels, time), in the data set's order.</param>
    /// <param name="isNoisy">Whether they stand at the target's time (joint recovery).</param>
    /// <returns>Conditions whose masks live in the caller's dispose scope; no mask where every row has the modality.</returns>
    public static IEnumerable<Condition> Conditions(IReadOnlyList<Observation> rows, IReadOnlyList<Tensor> latents, bool isNoisy)
    {
        for (var m = 0; m < latents.Count; m++)
        {
            var present = rows.Select(r => r.Contains(m)).ToArray();
            if (present.Any(p => p))
            {
                var mask = present.All(p => p) ? null : tensor(present, device: latents[m].device);
                yield return new Condition(m, latents[m], mask, isNoisy);
            }
        }
    }

    /// <summary>Every non-empty subset alike: bits are drawn until some are left.</summary>
    private static ModalitySet NonEmptySubset(StableRandom random, ModalitySet of)
    {
        ModalitySet drawn;
        do
        {
            drawn = new ModalitySet(random.NextUInt32() & of.Bits);
        }
        while (drawn.IsEmpty);
        return drawn;
    }
}

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
