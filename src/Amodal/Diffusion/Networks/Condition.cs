namespace Amodal.Diffusion.Networks;

/// <summary>One modality that a score network is given to recover another from.</summary>
/// <param name="Modality">Its index in the data set.</param>
/// <param name="Latent">Its standardised latent, (batch, channels, time).</param>
/// <param name="Present">(batch) bool, false where this utterance lacks it: its tokens then take no part in attention; null when all have it.</param>
/// <param name="IsNoisy">Whether the latent stands at the target's time t (joint recovery) and not at 0.</param>
internal sealed record Condition(int Modality, Tensor Latent, Tensor? Present = null, bool IsNoisy = false);
