namespace Amodal.Benchmarks;

/// <summary>A peer's training beside ours.</summary>
/// <param name="Name">The peer.</param>
/// <param name="Steps">Its steps, by the number of missing modalities.</param>
/// <param name="Times">What they come to.</param>
public sealed record PeerTrainingCost(string Name, IReadOnlyList<StepSeconds> Steps, IReadOnlyList<PeerTrainingTime> Times);
