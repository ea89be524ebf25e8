namespace Amodal.Latents;

/// <summary>The shape of one modality's latents, (batch, channels, time).</summary>
/// <param name="Channels">At least 1; 32 in the thesis.</param>
/// <param name="Length">Time steps, at least 1; 48 in the thesis.</param>
public sealed record LatentShape(int Channels, int Length);
