namespace Amodal.Diffusion.Networks;

/// <summary>A backbone: the network inside a score model, for one target modality. Also a torch module.</summary>
internal interface IScoreNetwork
{
    /// <summary>The raw answer, from which score = raw / std(t).</summary>
    /// <param name="x">Noisy target latent, (batch, channels, time).</param>
    /// <param name="t">Diffusion time, (batch).</param>
    /// <param name="conditions">The other modalities that are given, any number, in any order; those left out take no part.</param>
    Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions);

    /// <summary>
    /// The network with its conditions fixed, so that what x and t do not change is worked out once for all evaluations.
    /// What it keeps belongs to the dispose scope of this call, as do the conditions, and must outlive the answer.
    /// </summary>
    /// <param name="conditions">As <see cref="Evaluate"/> takes them.</param>
    /// <returns>From x, (batch, channels, time), and t, (batch), to what <see cref="Evaluate"/> answers.</returns>
    Func<Tensor, Tensor, Tensor> Prepare(IReadOnlyList<Condition> conditions) => (x, t) => Evaluate(x, t, conditions);

    /// <summary>Floating-point operations of one evaluation for one utterance, as <see cref="FlopCount"/> counts them; 0 where they are not told.</summary>
    /// <param name="conditions">The modalities given, each once per condition.</param>
    long CountFlops(IReadOnlyList<int> conditions) => 0;
}

/// <summary>One modality that a score network is given to recover another from.</summary>
/// <param name="Modality">Its index in the data set.</param>
/// <param name="Latent">Its standardised latent, (batch, channels, time).</param>
/// <param name="Present">(batch) bool, false where this utterance lacks it: its tokens then take no part in attention; null when all have it.</param>
/// <param name="IsNoisy">Whether the latent stands at the target's time t (joint recovery) and not at 0.</param>
internal sealed record Condition(int Modality, Tensor Latent, Tensor? Present = null, bool IsNoisy = false);
