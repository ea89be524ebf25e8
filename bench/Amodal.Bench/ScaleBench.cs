using Amodal.Benchmarks;
using Amodal.Native;

namespace Amodal.Bench;

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
internal sealed record ScaleRow(
    string Name, string Engine, int Threads, int Utterances, int Batch, int Missing, double? Seconds, long? PeakGrowthBytes, double? ExpectedSeconds = null)
{
    /// <summary>Milliseconds of one utterance.</summary>
    public double? MillisecondsEach => 1000 * Seconds / Utterances;
}

/// <summary>Sends streams of growing length through the whole path: does the cost grow in proportion, and memory not at all?</summary>
internal static class ScaleBench
{
    /// <summary>Measures every subject that has a path, at every count, small counts first.</summary>
    /// <param name="subjects">What to measure; they stay the caller's.</param>
    /// <param name="counts">Utterances of each stream, each at least 1.</param>
    /// <param name="batch">Utterances in a call.</param>
    /// <param name="missing">How many modalities are missing.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="seconds">That all of it may take. A stream that would end later, judged by the one before it, is not begun.</param>
    /// <param name="clock">The time; the system's when null.</param>
    /// <param name="progress">Share of a stream done, 0 to 1, with the subject's name and the count; may be null.</param>
    /// <param name="stop">Ends the work; what is measured is returned.</param>
    public static IReadOnlyList<ScaleRow> Measure(
        IReadOnlyList<IBenchSubject> subjects, IReadOnlyList<int> counts, int batch, int missing, int threads, double seconds,
        TimeProvider? clock = null, Action<string, int, double>? progress = null, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(counts.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(counts.Min(), 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        clock ??= TimeProvider.System;
        var started = clock.GetTimestamp();
        var rows = new List<ScaleRow>();
        foreach (var count in counts.Distinct().Order())
        {
            foreach (var subject in subjects.Where(s => s.HasPath && missing <= s.MostMissing))
            {
                var row = new ScaleRow(subject.Name, subject.Engine, threads, count, batch, missing, null, null);
                var each = rows.LastOrDefault(r => r.Name == subject.Name && r.Engine == subject.Engine && r.Seconds is not null)?.MillisecondsEach;
                if (each * count / 1000 > seconds - clock.GetElapsedTime(started).TotalSeconds)
                {
                    rows.Add(row with { ExpectedSeconds = each * count / 1000 });
                    continue;
                }

                try
                {
                    rows.Add(Stream(subject, row, clock, progress, stop));
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    return rows;
                }
            }
        }

        return rows;
    }

    private static ScaleRow Stream(IBenchSubject subject, ScaleRow row, TimeProvider clock, Action<string, int, double>? progress, CancellationToken stop)
    {
        subject.UseThreads(row.Threads);
        var (first, last) = (Math.Min(row.Batch, row.Utterances), row.Utterances % row.Batch);
        subject.Prepare(first);
        if (last > 0)
        {
            subject.Prepare(last); // inputs are the bench's, and on nobody's clock
        }

        subject.Predict(first, row.Missing, stop); // what is slow only once belongs to no stream
        var seconds = 0.0;
        var growth = ResidentMemory.PeakGrowth(() =>
        {
            for (var done = 0; done < row.Utterances;)
            {
                stop.ThrowIfCancellationRequested();
                var part = Math.Min(row.Batch, row.Utterances - done);
                seconds += subject.Measure(BenchTask.Path, part, row.Missing, clock, stop);
                done += part;
                progress?.Invoke(row.Name, row.Utterances, (double)done / row.Utterances);
            }
        });
        return row with { Seconds = seconds, PeakGrowthBytes = growth };
    }
}
