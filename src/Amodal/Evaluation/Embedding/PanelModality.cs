using Amodal.Evaluation.Distances;

namespace Amodal.Evaluation.Embedding;

/// <summary>One recovered modality in a panel: where its latents lie, and the numbers that say the same.</summary>
/// <param name="Name">The modality.</param>
/// <param name="Distances">How far recovered latents are from true ones, measured on the latents themselves, not on the picture.</param>
/// <param name="Truth">The true latents, one per utterance.</param>
/// <param name="Recovered">The recovered ones, in the same order.</param>
public sealed record PanelModality(string Name, LatentDistances Distances, PlanePoints Truth, PlanePoints Recovered);
