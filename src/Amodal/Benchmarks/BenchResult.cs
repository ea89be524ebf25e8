using TorchSharp;

namespace Amodal.Benchmarks;

/// <summary>What a benchmark found.</summary>
/// <param name="Gemm">The yardstick, one per number of threads.</param>
/// <param name="Rows">One per task, subject, batch size, number of missing modalities and threads.</param>
/// <param name="IsComplete">False if it was stopped; what was measured until then is there.</param>
internal sealed record BenchResult(BenchMachine Machine, IReadOnlyList<GemmRate> Gemm, IReadOnlyList<BenchRow> Rows, bool IsComplete);

/// <summary>Where a benchmark ran.</summary>
/// <param name="Processor">The processor's name, or its architecture where the system does not tell.</param>
/// <param name="Cores">Cores that this process may use, by its affinity and its container's limit.</param>
internal sealed record BenchMachine(string Processor, int Cores, string System, string DotNet, string TorchSharp)
{
    /// <summary>This machine.</summary>
    public static BenchMachine Current() => new(
        ProcessorName.Current,
        Environment.ProcessorCount, // .NET counts what affinity and cgroup leave
        RuntimeInformation.OSDescription,
        Environment.Version.ToString(),
        typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "");
}

/// <summary>What the processor does with the product of two large matrices, the yardstick of everything else in the same run.</summary>
/// <param name="Size">Rows and columns of the square matrices, 32-bit floating point.</param>
/// <param name="Gflops">Operations a second, in 10^9.</param>
internal sealed record GemmRate(int Threads, int Size, Quartiles Gflops);

/// <summary>One timed call.</summary>
/// <param name="Round">In which turn of all rows; calls of the same round ran one after another.</param>
internal sealed record BenchSample(int Round, double Seconds);

/// <summary>What one task of one subject costs at one batch size.</summary>
/// <param name="Name">The run, preset or program.</param>
internal sealed record BenchRow(string Name, string Engine, BenchTask Task, int Threads, int Batch, int Missing)
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

    /// <summary>Utterances a second, at the median.</summary>
    public double? UtterancesPerSecond => Batch / Seconds?.Median;

    /// <summary>Operations a second at the median, in 10^9.</summary>
    public double? Gflops => Operations / (1e9 * Seconds?.Median);

    /// <summary><see cref="Gflops"/> as a share of <see cref="GemmGflops"/>.</summary>
    public double? GemmShare => Gflops / GemmGflops;

    /// <summary>How many times as long this row takes as another of the same run: the ratio within each round, so that a machine that is busy for a while is so for both.</summary>
    /// <returns>Null where no round has both.</returns>
    public Quartiles? TimesAsLongAs(BenchRow other) => Quartiles.Of(
        from mine in Samples join theirs in other.Samples on mine.Round equals theirs.Round select mine.Seconds / theirs.Seconds);

    /// <summary>Whether the two do the same work, by other means.</summary>
    public bool IsSameWorkAs(BenchRow other) => (Task, Threads, Batch, Missing) == (other.Task, other.Threads, other.Batch, other.Missing);
}

/// <summary>The middle of several measurements and their spread.</summary>
/// <param name="Low">A quarter of the values lie below.</param>
internal sealed record Quartiles(double Low, double Median, double High)
{
    /// <summary>Of values in any order, interpolated between neighbours; null without values.</summary>
    public static Quartiles? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : new Quartiles(At(sorted, 0.25), At(sorted, 0.5), At(sorted, 0.75));
    }

    private static double At(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
