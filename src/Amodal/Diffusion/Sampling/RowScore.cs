namespace Amodal.Diffusion.Sampling;

/// <summary>The score of p_t at x, on plain memory.</summary>
/// <param name="x">Noisy latents.</param>
/// <param name="t">Diffusion time in (0, 1], of every row.</param>
/// <param name="score">Filled with the score, shaped as x.</param>
public delegate void RowScore(LatentRows x, double t, LatentRows score);
