namespace Amodal.Diffusion;

/// <summary>The score of p_t at x; what a sampler follows.</summary>
/// <param name="x">Noisy latent, (batch, channels, time).</param>
/// <param name="t">Diffusion time in (0, 1], (batch).</param>
/// <returns>The score, shaped as x.</returns>
public delegate Tensor ScoreFunction(Tensor x, Tensor t);
