namespace Amodal.Benchmarks;

/// <summary>A peer's first line, as JSON.</summary>
/// <param name="Protocol">Version of the protocol.</param>
/// <param name="Name">What it is.</param>
/// <param name="MostMissing">How many modalities it can recover at most.</param>
/// <param name="Nfe">Network evaluations per missing modality, if it tells.</param>
/// <param name="Details">Versions and libraries that its numbers depend on, for people.</param>
/// <param name="Training">How it trains, if it can time a step of it.</param>
public sealed record PeerGreeting(int Protocol, string Name, int MostMissing, int? Nfe = null, string? Details = null, PeerTraining? Training = null);
