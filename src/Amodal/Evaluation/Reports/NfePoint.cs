namespace Amodal.Evaluation.Reports;

/// <summary>What a method reaches with a number of network evaluations.</summary>
/// <param name="Method">The method, or sampler.</param>
/// <param name="Nfe">Network evaluations per missing modality, at least 1.</param>
/// <param name="Accuracy">ACC2 averaged over the incomplete sets, 0 to 1.</param>
/// <param name="Seconds">What recovering the test split took; not a number when it was not measured.</param>
public sealed record NfePoint(string Method, int Nfe, Estimate Accuracy, double Seconds);
