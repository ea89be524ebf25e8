namespace Amodal.Evaluation.Embedding;

/// <summary>Points in the plane.</summary>
/// <param name="X">Horizontal places, one per point.</param>
/// <param name="Y">Vertical places.</param>
/// <param name="Divergences">The Kullback-Leibler divergence KL(P | Q) as it went down: at the start, then every <see cref="Tsne.TraceInterval"/> iterations, last at the end.</param>
public sealed record TsneEmbedding(float[] X, float[] Y, IReadOnlyList<double> Divergences);
