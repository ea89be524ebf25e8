namespace Amodal.Benchmarks;

/// <summary>What one task of one subject costs at one batch size.</summary>
/// <param name="Name">The run, preset or program.</param>
/// <param name="Engine">What computed.</param>
/// <param name="Task">What was timed.</param>
/// <param name="Threads">With how many threads.</param>
/// <param name="Batch">Utterances in a call.</param>
/// <param name="Missing">How many modalities were missing.</param>
public sealed record BenchRow(string Name, string Engine, BenchTask Task, int Threads, int Batch, int Missing)
{
    /// <summary>Network evaluations per missing modality, where known.</summary>
    public int? Nfe { get; init; }

    /// <summary>How was sampled, in the words of `amodal evaluate`, where known.</summary>
    public string? Sampling { get; init; }

    /// <summary>Operations of a call, all utterances and modalities; null where not known.</summary>
    public long? Operations { get; init; }

    /// <summary>The timed calls; none where there was no time for one.</summary>
    public IReadOnlyList<BenchSample> Samples { get; init; } = [];

    /// <summary>By how much the process's resident memory rose at its peak in the first call; null where not known.</summary>
    public long? PeakGrowthBytes { get; init; }

    /// <summary>What a call was expected to take, in seconds, where it was not begun for lack of time.</summary>
    public double? ExpectedSeconds { get; init; }

    /// <summary>Operations a second of the product of two large matrices in the same run with the same threads, in 10^9; null where not measured.</summary>
    public double? GemmGflops { get; init; }

    /// <summary>Seconds of a call.</summary>
    public Quartiles? Seconds => Quartiles.Of(Samples.Select(s => s.Seconds));

    /// <summary>How many times longer a call took beside a busy process, pair by pair.</summary>
    public Quartiles? Slowdown => Quartiles.Of(Samples.Where(s => s.BesideSeconds is not null).Select(s => s.BesideSeconds!.Value / s.Seconds));

    /// <summary>Utterances a second, at the median.</summary>
    public double? UtterancesPerSecond => Batch / Seconds?.Median;

    /// <summary>Operations a second at the median, in 10^9.</summary>
    public double? Gflops => Operations / (1e9 * Seconds?.Median);

    /// <summary><see cref="Gflops"/> as a share of <see cref="GemmGflops"/>.</summary>
    public double? GemmShare => Gflops / GemmGflops;

    /// <summary>How many times faster this row is than another of the same run: the ratio within each round, so that a machine that is busy for a while is so for both.</summary>
    /// <returns>Null where no round has both.</returns>
    public Quartiles? SpeedUpOver(BenchRow other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Quartiles.Of(from mine in Samples join theirs in other.Samples on mine.Round equals theirs.Round select theirs.Seconds / mine.Seconds);
    }

    /// <summary>Whether the two do the same work, by other means.</summary>
    public bool IsSameWorkAs(BenchRow other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return (Task, Threads, Batch, Missing) == (other.Task, other.Threads, other.Batch, other.Missing);
    }
}
