namespace Amodal.Benchmarks;

/// <summary>What a peer's training step takes.</summary>
/// <param name="Missing">Modalities missing in it.</param>
/// <param name="Steps">How many were timed.</param>
/// <param name="Seconds">Seconds of one.</param>
public sealed record StepSeconds(int Missing, int Steps, Quartiles Seconds);
