using Amodal.Benchmarks;

namespace Amodal.Cli;

/// <summary>What `amodal bench` was asked for.</summary>
/// <param name="Sources">Run directories, presets or experiment files.</param>
/// <param name="Options">What to measure, and how long.</param>
/// <param name="Nfe">Evaluations instead of the subjects' own.</param>
/// <param name="Peers">Commands of other programs.</param>
/// <param name="Scale">Lengths of streams; none unless asked for.</param>
/// <param name="Neighbour">Whether every call is made a second time beside a busy process.</param>
/// <param name="Starts">Fresh processes to time, per source.</param>
internal sealed record BenchRequest(
    IReadOnlyList<string> Sources, BenchOptions Options, int? Nfe, IReadOnlyList<IReadOnlyList<string>> Peers,
    IReadOnlyList<int> Scale, bool Neighbour, int Starts);
