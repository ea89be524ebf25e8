namespace Amodal.Benchmarks;

/// <summary>What a stream of utterances costs on the whole path.</summary>
/// <param name="Name">The run or preset.</param>
/// <param name="Engine">What computed.</param>
/// <param name="Threads">With how many threads.</param>
/// <param name="Utterances">How many went through; fewer than asked for where it was stopped.</param>
/// <param name="Batch">In parts of how many.</param>
/// <param name="Missing">How many modalities were missing.</param>
/// <param name="Seconds">Of all of them; null where there was no time for them.</param>
/// <param name="PeakGrowthBytes">By how much resident memory rose at its peak; null where not known.</param>
/// <param name="ExpectedSeconds">What they were expected to take, where they were not begun for lack of time.</param>
public sealed record ScaleRow(
    string Name, string Engine, int Threads, int Utterances, int Batch, int Missing, double? Seconds, long? PeakGrowthBytes, double? ExpectedSeconds = null)
{
    /// <summary>Milliseconds of one utterance.</summary>
    public double? MillisecondsEach => 1000 * Seconds / Utterances;
}
