namespace Amodal.Evaluation;

/// <summary>One point of quality against cost.</summary>
/// <param name="Method">Which method and sampler.</param>
/// <param name="Nfe">Network evaluations per missing modality that were made.</param>
/// <param name="Acc2">ACC2 on non-zero labels, averaged over the incomplete observed sets.</param>
/// <param name="Mae">Mean absolute error, likewise.</param>
/// <param name="LatentError">Root mean square error of the sampled latents over all incomplete sets, in standard deviations.</param>
/// <param name="Seconds">Wall time of the recoveries.</param>
public sealed record NfePoint(string Method, int Nfe, Estimate Acc2, Estimate Mae, double LatentError, double Seconds);
