namespace Amodal.Benchmarks;

/// <summary>What a fresh process needs until it has recovered the first utterance.</summary>
/// <param name="Name">The run or preset.</param>
/// <param name="Engine">What computed.</param>
/// <param name="Seconds">From the start of the process to the first recovery, of several starts.</param>
/// <param name="ResidentBytes">Resident memory after it, the median of the starts; null where the system does not tell.</param>
/// <param name="PeakBytes">The most that was resident until then.</param>
public sealed record StartUp(string Name, string Engine, Quartiles Seconds, long? ResidentBytes, long? PeakBytes);
