using Amodal.Diffusion.Sampling;
using Amodal.Latents;

namespace Amodal.Engines;

/// <summary>A missing modality's latents as they were recovered, and as they are; standardised, a row per utterance.</summary>
/// <param name="Modality">Its index.</param>
/// <param name="Shape">Channels and time steps of a row.</param>
/// <param name="Recovered">What the sampler gave.</param>
/// <param name="Aligned">The same behind the alignment decoder.</param>
/// <param name="Truth">The encoder's latents.</param>
public sealed record ImputedLatent(int Modality, LatentShape Shape, LatentRows Recovered, LatentRows Aligned, LatentRows Truth);
