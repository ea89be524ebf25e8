namespace Amodal.Diffusion.Networks;

/// <summary>A sequence that another attends to.</summary>
/// <param name="Steps">(batch, time, width).</param>
/// <param name="Present">(batch) bool, false for rows that lack it; null when all have it.</param>
internal sealed record AttentionSource(Tensor Steps, Tensor? Present = null);
