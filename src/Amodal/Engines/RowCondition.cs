using Amodal.Diffusion.Sampling;

namespace Amodal.Engines;

/// <summary>A modality that a score network is given, on plain memory.</summary>
/// <param name="Modality">Its index.</param>
/// <param name="Latent">Its latents, (row, channels, time).</param>
/// <param name="IsNoisy">Whether they stand at the target's time (joint recovery).</param>
/// <param name="Present">By row, whether it has the modality; null when all have it.</param>
internal sealed record RowCondition(int Modality, LatentRows Latent, bool IsNoisy, bool[]? Present = null);
