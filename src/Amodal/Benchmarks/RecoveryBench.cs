namespace Amodal.Benchmarks;

/// <summary>
/// Times recoveries of several subjects side by side. All rows take turns, round by round, so that a machine that is busy
/// for a while is busy for all; a matrix product takes its turn too and says what the processor could have done.
/// </summary>
internal static class RecoveryBench
{
    /// <summary>A row's first call that takes longer is a measurement already: only its own caches are cold.</summary>
    private const double Long = 1;

    /// <summary>The same for a subject's first call of all, in which code is compiled and libraries wake up.</summary>
    private const double VeryLong = 10;

    /// <summary>Measures.</summary>
    /// <param name="subjects">What to measure; they stay the caller's.</param>
    /// <param name="clock">The time; the system's when null.</param>
    /// <param name="progress">Share done, 0 to 1; may be null.</param>
    public static BenchResult Measure(
        IReadOnlyList<IBenchSubject> subjects, BenchOptions options,
        TimeProvider? clock = null, Action<double>? progress = null, CancellationToken stop = default)
    {
        Check(options);
        var turns = new Turns(Cells(subjects, options), options, clock ?? TimeProvider.System, progress);
        using var yardstick = new GemmYardstick(options.GemmSize);
        var isComplete = true;
        try
        {
            turns.Run(yardstick, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            isComplete = false;
        }

        return turns.Result(options.GemmSize, isComplete);
    }

    private static void Check(BenchOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Repeats, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.GemmSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Seconds);
        ArgumentOutOfRangeException.ThrowIfNegative(options.WarmUpSeconds);
        foreach (var values in new[] { options.Batches, options.Missing, options.Threads })
        {
            ArgumentOutOfRangeException.ThrowIfZero(values.Count);
            ArgumentOutOfRangeException.ThrowIfLessThan(values.Min(), values == options.Missing ? 0 : 1);
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Threads.Max(), ThreadCount.Most);
    }

    /// <summary>Small batches first, since they tell what large ones will take; what is compared next to each other.</summary>
    private static IReadOnlyList<Cell> Cells(IReadOnlyList<IBenchSubject> subjects, BenchOptions options) =>
    [
        .. from task in Enum.GetValues<BenchTask>()
           from batch in options.Batches.Distinct().Order()
           from missing in options.Missing.Distinct().Order()
           from threads in options.Threads.Distinct().Order()
           from subject in subjects
           where missing <= subject.MostMissing && (task == BenchTask.Recovery
               ? missing > 0 && subject.HasRecovery && options.Tasks.Contains(task)
               : subject.HasPath && (options.Tasks.Contains(task) || !subject.HasRecovery))
           select new Cell(subject, task, threads, batch, missing),
    ];

    private sealed record Cell(IBenchSubject Subject, BenchTask Task, int Threads, int Batch, int Missing)
    {
        public List<BenchSample> Samples { get; } = [];

        /// <summary>The last call's seconds; null before the first.</summary>
        public double? LastSeconds { get; set; }

        public double? ExpectedSeconds { get; set; }

        public long? PeakGrowth { get; set; }

        public BenchRow ToRow(double? gemm) => new(Subject.Name, Subject.Engine, Task, Threads, Batch, Missing)
        {
            Nfe = Subject.Nfe,
            Sampling = Subject.Sampling,
            Operations = Task == BenchTask.Recovery ? Subject.Operations(Missing) * Batch : null,
            Samples = Samples,
            PeakGrowthBytes = PeakGrowth,
            ExpectedSeconds = ExpectedSeconds,
            GemmGflops = gemm,
        };
    }

    private sealed class Turns(IReadOnlyList<Cell> cells, BenchOptions options, TimeProvider clock, Action<double>? progress)
    {
        private readonly long _started = clock.GetTimestamp();
        private readonly Dictionary<int, List<double>> _gemm = options.Threads.Distinct().Order().ToDictionary(t => t, _ => new List<double>());

        private double Left => options.Seconds - clock.GetElapsedTime(_started).TotalSeconds;

        public void Run(GemmYardstick yardstick, CancellationToken stop)
        {
            WarmUp(yardstick, stop);
            for (var round = 1; round <= options.Repeats; round++)
            {
                if (!cells.Any(IsDue))
                {
                    return;
                }

                MeasureYardstick(yardstick, stop);
                foreach (var cell in cells.Where(IsDue))
                {
                    Turn(cell, round, stop);
                }
            }
        }

        public BenchResult Result(int gemmSize, bool isComplete)
        {
            var rates = _gemm.Where(g => g.Value.Count > 0).Select(g => new GemmRate(g.Key, gemmSize, Quartiles.Of(g.Value)!)).ToList();
            return new BenchResult(
                BenchMachine.Current(), rates, [.. cells.Select(c => c.ToRow(rates.FirstOrDefault(r => r.Threads == c.Threads)?.Gflops.Median))], isComplete);
        }

        /// <summary>One call of every row that there is time for: compiles, fills caches, tells memory and what the next will take.</summary>
        private void WarmUp(GemmYardstick yardstick, CancellationToken stop)
        {
            MeasureYardstick(yardstick, stop);
            _gemm.Values.ToList().ForEach(rates => rates.Clear()); // the first product finds threads and caches cold
            MeasureYardstick(yardstick, stop);
            foreach (var cell in cells.DistinctBy(c => (c.Subject, c.Task)).TakeWhile(_ => Left > 0))
            {
                FirstCall(cell, stop);
                cell.LastSeconds = cell.LastSeconds > VeryLong ? cell.LastSeconds : null; // a shorter one says nothing about the next
            }

            foreach (var sameWork in cells.GroupBy(c => (c.Task, c.Batch, c.Missing, c.Threads)).Select(g => g.ToList()))
            {
                sameWork.ForEach(cell => First(cell, stop));
                if (sameWork.Any(c => c.LastSeconds > Long))
                {
                    sameWork.ForEach(cell => Keep(cell, stop));
                }
            }
        }

        private void First(Cell cell, CancellationToken stop)
        {
            if (cell.LastSeconds is null && Expected(cell) is { } seconds && seconds > Left)
            {
                cell.ExpectedSeconds = seconds;
            }
            else if (cell.LastSeconds is null && Left > 0)
            {
                FirstCall(cell, stop);
            }
        }

        private void FirstCall(Cell cell, CancellationToken stop)
        {
            Prepare(cell, stop); // a session for these threads, and inputs, are the bench's and no growth of the work
            var growth = ResidentMemory.PeakGrowth(() => cell.LastSeconds = cell.Subject.Measure(cell.Task, cell.Batch, cell.Missing, clock, stop));
            var sum = cell.LastSeconds!.Value;
            while (sum < options.WarmUpSeconds)
            {
                cell.LastSeconds = Call(cell, stop);
                sum += cell.LastSeconds.Value;
            }

            cell.PeakGrowth = cell.Subject.IsInThisProcess ? growth : null;
            ShowProgress();
        }

        /// <summary>Where one's first call was long, it counts, and those it is compared with get a sample of that round, too.</summary>
        private void Keep(Cell cell, CancellationToken stop)
        {
            if (cell.LastSeconds is { } seconds)
            {
                cell.Samples.Add(new BenchSample(0, seconds > Long ? seconds : Call(cell, stop)));
            }
        }

        private void MeasureYardstick(GemmYardstick yardstick, CancellationToken stop)
        {
            foreach (var (threads, rates) in _gemm)
            {
                stop.ThrowIfCancellationRequested();
                rates.Add(yardstick.Measure(clock, threads));
            }
        }

        private bool IsDue(Cell cell) => cell.LastSeconds is { } seconds && cell.Samples.Count < options.Repeats && seconds < Left;

        private void Turn(Cell cell, int round, CancellationToken stop)
        {
            if (cell.LastSeconds < options.WarmUpSeconds / 10)
            {
                _ = Call(cell, stop); // the others and the matrix product had the caches
            }

            var seconds = Call(cell, stop);
            cell.LastSeconds = seconds;
            cell.Samples.Add(new BenchSample(round, seconds));
            ShowProgress();
        }

        /// <summary>The end is that of the time or that of the repeats, whichever comes first.</summary>
        private void ShowProgress()
        {
            var share = cells.Sum(c => c.Samples.Count) / (double)Math.Max(1, options.Repeats * cells.Count(c => c.LastSeconds is not null));
            progress?.Invoke(Math.Clamp(Math.Max(share, 1 - (Left / options.Seconds)), 0, 1));
        }

        private double Call(Cell cell, CancellationToken stop)
        {
            Prepare(cell, stop);
            return cell.Subject.Measure(cell.Task, cell.Batch, cell.Missing, clock, stop);
        }

        private static void Prepare(Cell cell, CancellationToken stop)
        {
            stop.ThrowIfCancellationRequested();
            cell.Subject.UseThreads(cell.Threads);
            cell.Subject.Prepare(cell.Batch);
        }

        /// <summary>
        /// In proportion to the utterances and modalities of the nearest row that was timed: seldom less than it will take, and null
        /// without such a row.
        /// </summary>
        private double? Expected(Cell cell) => cells
            .Where(c => c.LastSeconds is not null && (c.Subject, c.Task, c.Threads) == (cell.Subject, cell.Task, cell.Threads))
            .OrderByDescending(Size)
            .Select(c => c.LastSeconds * Size(cell) / Size(c))
            .FirstOrDefault();

        private static int Size(Cell cell) => cell.Batch * Math.Max(1, cell.Missing); // a path where nothing is missing is work, too
    }
}
