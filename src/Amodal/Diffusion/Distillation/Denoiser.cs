namespace Amodal.Diffusion.Distillation;

/// <summary>An estimate of x_0 from x_t, the conditions closed over: what deterministic steps are made of, and what students answer.</summary>
/// <param name="x">Noisy latent, (batch, channels, time).</param>
internal delegate Tensor Denoiser(Tensor x, double[] t);
