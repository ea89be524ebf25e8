namespace Amodal.Evaluation.Embedding;

/// <summary>One picture of a <see cref="LatentFigure"/>: recovered and true latents of every missing modality in one t-SNE embedding.</summary>
/// <param name="Label">Title of the picture.</param>
/// <param name="Sampler">What recovered them.</param>
/// <param name="Nfe">Network evaluations per missing modality that it took.</param>
/// <param name="Aligned">Whether the recovered latents passed the alignment decoder.</param>
/// <param name="Divergence">KL(P | Q) of the embedding: what the picture leaves out.</param>
/// <param name="Modalities">The recovered modalities, in the data's order.</param>
public sealed record LatentPanel(string Label, string Sampler, int Nfe, bool Aligned, double Divergence, IReadOnlyList<PanelModality> Modalities);
