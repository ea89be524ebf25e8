namespace Amodal.Benchmarks;

/// <summary>What <see cref="RecoveryBench"/> measures, and how long.</summary>
internal sealed record BenchOptions
{
    /// <summary>Utterances recovered in one call, each at least 1.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [1, 8, 32, 256];

    /// <summary>How many modalities are missing, each at least 1; counts that would leave none observed are left out.</summary>
    public IReadOnlyList<int> Missing { get; init; } = [1, 2];

    /// <summary>Numbers of threads to measure with, each from 1 to <see cref="Native.ThreadCount.Most"/>.</summary>
    public IReadOnlyList<int> Threads { get; init; } = [Environment.ProcessorCount];

    /// <summary>Recovery, the whole path, or both.</summary>
    public IReadOnlyList<BenchTask> Tasks { get; init; } = [BenchTask.Recovery];

    /// <summary>Timed calls of every row, at least 1; fewer where the time is up before.</summary>
    public int Repeats { get; init; } = 15;

    /// <summary>
    /// Seconds that everything together may take, above 0. Calls that would end later are not begun, and rows whose first
    /// call would are left without a time.
    /// </summary>
    public double Seconds { get; init; } = 120;

    /// <summary>
    /// Seconds of calls of a row before those that count, from 0: the runtime compiles anew, and better, what is called
    /// often. Calls that are longer are warm after one; those shorter than a tenth have one before each turn, too, since the
    /// rest had the processor's caches.
    /// </summary>
    public double WarmUpSeconds { get; init; } = 0.3;

    /// <summary>Rows and columns of the square matrices whose product tells what the processor can do, at least 1.</summary>
    public int GemmSize { get; init; } = 2048;
}

/// <summary>What is timed.</summary>
internal enum BenchTask
{
    /// <summary>Recovery of the missing latents from observed ones.</summary>
    Recovery,

    /// <summary>The whole path, raw features to predictions: encode, recover, align, fuse.</summary>
    Path,
}
