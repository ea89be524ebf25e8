using Amodal.Benchmarks;

namespace Amodal.Cli;

/// <summary>What `amodal bench` found.</summary>
/// <param name="Note">What is to be known about the subjects.</param>
/// <param name="Result">The rows.</param>
/// <param name="StartUps">Fresh processes.</param>
/// <param name="Scale">Streams.</param>
/// <param name="Peers">What other programs said of themselves.</param>
/// <param name="Runs">Run directories by name.</param>
/// <param name="IsComplete">False if it was stopped at any point; what was measured until then is there.</param>
internal sealed record BenchReport(
    string Note, BenchResult Result, IReadOnlyList<StartUp> StartUps, IReadOnlyList<ScaleRow> Scale,
    IReadOnlyList<PeerGreeting> Peers, IReadOnlyDictionary<string, string> Runs, bool IsComplete);
