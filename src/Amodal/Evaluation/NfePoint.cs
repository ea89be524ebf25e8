namespace Amodal.Evaluation;

/// <summary>One point of quality against cost.</summary>
/// <param name="Method">Which method and sampler.</param>
/// <param name="Nfe">Network evaluations per missing modality that were made.</param>
/// <param name="Metrics">The lead metrics of incomplete observed sets, averaged over them, by name.</param>
/// <param name="LatentError">Root mean square error of the sampled latents over all incomplete sets, in standard deviations.</param>
/// <param name="Seconds">Wall time of the recoveries.</param>
public sealed record NfePoint(string Method, int Nfe, IReadOnlyDictionary<string, Estimate> Metrics, double LatentError, double Seconds);
