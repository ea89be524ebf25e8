namespace Amodal.Experiments;

/// <summary>
/// Does jobs on a store. Any number of processes may run on one store at once: a job is done by the one that claims it, the others do
/// something else meanwhile, or wait. What a stopped or killed one had under way is free again, and all else is kept.
/// </summary>
internal static class Runner
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    /// <summary>The jobs of one task of several.</summary>
    /// <param name="task">Which, from 1.</param>
    public static IReadOnlyList<Job> Share(IReadOnlyList<Job> jobs, int task, int count) => [.. jobs.Where((_, i) => i % count == task - 1)];

    /// <summary>Returns when all jobs are done, by this process or another.</summary>
    public static void Run(Store store, IEnumerable<Job> jobs, Action<string, double>? progress = null, CancellationToken stop = default)
    {
        var open = Job.WithNeeds(jobs).Where(j => !j.IsDone()).ToList();
        var all = open.Count;
        while (open.Count > 0)
        {
            var before = open.Count;
            foreach (var job in open)
            {
                stop.ThrowIfCancellationRequested();
                if (!job.IsDone() && job.Needs.All(n => n.IsDone()))
                {
                    TryDo(store, job, progress, stop);
                    progress?.Invoke($"{all} jobs", open.Count(j => j.IsDone()) / (double)all);
                }
            }

            open.RemoveAll(j => j.IsDone());
            if (open.Count == before)
            {
                progress?.Invoke($"{open[0].Label}: waiting for another process", 0);
                stop.WaitHandle.WaitOne(_pause);
            }
        }
    }

    private static void TryDo(Store store, Job job, Action<string, double>? progress, CancellationToken stop)
    {
        using var claim = store.TryClaim(job);
        if (claim is null || job.IsDone())
        {
            return;
        }

        using var parts = job.Share(store);
        if (parts is null)
        {
            return;
        }

        job.Make(progress, stop);
        if (!job.IsDone())
        {
            throw new InvalidOperationException($"{job.Name} was made, and is not at {job.Path}");
        }
    }
}
