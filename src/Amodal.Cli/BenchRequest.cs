using Amodal.Benchmarks;
using Amodal.Diffusion.Networks;

namespace Amodal.Cli;

/// <summary>What `amodal bench` was asked for.</summary>
/// <param name="Sources">Run directories, presets or experiment files.</param>
/// <param name="Options">What to measure, and how long.</param>
/// <param name="Precisions">What score networks are computed in: each source but exported models once in each.</param>
/// <param name="Nfe">Evaluations instead of the subjects' own.</param>
/// <param name="Peers">Commands of other programs.</param>
/// <param name="Scale">Lengths of streams; none unless asked for.</param>
/// <param name="Neighbour">Whether every call is made a second time beside a busy process.</param>
/// <param name="Starts">Fresh processes to time, per source.</param>
internal sealed record BenchRequest(
    IReadOnlyList<string> Sources, BenchOptions Options, IReadOnlyList<Precision> Precisions, int? Nfe, IReadOnlyList<IReadOnlyList<string>> Peers,
    IReadOnlyList<int> Scale, bool Neighbour, int Starts)
{
    /// <summary>What tables call each source.</summary>
    public IReadOnlyDictionary<string, string> Names { get; } =
        Sources.Distinct().Zip(BenchSubjects.Names([.. Sources.Distinct()])).ToDictionary(s => s.First, s => s.Second);

    /// <summary>What is measured, in order: a source in a precision. An exported model has its own.</summary>
    public IReadOnlyList<(string Source, Precision Precision)> Subjects { get; } =
        [.. Sources.SelectMany(s => BenchSubjects.IsExport(s) ? [(s, Precision.Float32)] : Precisions.Select(p => (s, p)))];
}
