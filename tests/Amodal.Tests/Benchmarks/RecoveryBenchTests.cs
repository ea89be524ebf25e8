using Amodal.Benchmarks;

namespace Amodal.Tests.Benchmarks;

/// <summary>On a fake clock: what is called, in which order, and what becomes of the time.</summary>
public class RecoveryBenchTests
{
    private readonly FakeClock _clock = new();
    private readonly List<string> _log = [];

    private static BenchOptions Options => new() { WarmUpSeconds = 0, Batches = [1], Missing = [1], Threads = [1], Repeats = 3, Seconds = 1000, GemmSize = 8 };

    [Fact]
    public void Every_subject_batch_and_count_of_missing_is_a_row()
    {
        var result = Measure(Options with { Batches = [8, 1], Missing = [1, 2], Threads = [1, 2] }, Subject("a", 0.01), Subject("b", 0.02, mostMissing: 1));
        Assert.Equal(
            ["a 1 1 1", "b 1 1 1", "a 1 1 2", "b 1 1 2", "a 1 2 1", "a 1 2 2", "a 8 1 1", "b 8 1 1", "a 8 1 2", "b 8 1 2", "a 8 2 1", "a 8 2 2"],
            result.Rows.Select(r => $"{r.Name} {r.Batch} {r.Missing} {r.Threads}"));
        Assert.All(result.Rows, r => Assert.Equal([1, 2, 3], r.Samples.Select(s => s.Round)));
        Assert.True(result.IsComplete);
    }

    [Fact]
    public void Where_nothing_is_missing_the_path_alone_is_a_row()
    {
        var rows = Measure(Options with { Missing = [0, 1], Tasks = [BenchTask.Recovery, BenchTask.Path] }, Subject("a", 0.01)).Rows;
        Assert.Equal([(BenchTask.Recovery, 1), (BenchTask.Path, 0), (BenchTask.Path, 1)], rows.Select(r => (r.Task, r.Missing)));
        Assert.All(rows, r => Assert.Equal(3, r.Samples.Count));
    }

    [Fact]
    public void A_row_holds_what_the_clock_says()
    {
        // A microsecond for each reading of the clock: at most one within a call.
        const double Tolerance = 2e-6;
        var row = Measure(Options with { Batches = [4], Missing = [2] }, Subject("a", 0.01)).Rows.Single();
        Assert.All(row.Samples, s => Assert.Equal(0.08, s.Seconds, Tolerance));
        Assert.Equal(8_000_000, row.Operations); // a million for each of 4 utterances and 2 modalities
        Assert.Equal(10, row.Nfe);
    }

    [Fact]
    public void Inputs_are_made_off_the_clock_and_are_no_growth()
    {
        var inputs = new Inputs();
        var subject = new FakeSubject("a", _clock, _log, 0.01) { InputSeconds = 100, Making = inputs.Make };
        var rows = Measure(Options with { Batches = [4, 8], Repeats = 2 }, subject).Rows;
        Assert.Equal(2, inputs.Count);
        Assert.All(rows, r => Assert.All(r.Samples, s => Assert.Equal(0.01 * r.Batch, s.Seconds, 2e-6)));
        Assert.All(rows, r => Assert.InRange(r.PeakGrowthBytes ?? 0, 0, Inputs.Bytes / 2));
    }

    [Fact]
    public void Rows_take_turns()
    {
        _ = Measure(Options with { Repeats = 2 }, Subject("a", 0.01), Subject("b", 0.02));
        // The first call of each, the one that warms up, and two rounds.
        Assert.Equal(["a", "b", "a", "b", "a", "b", "a", "b"], _log.Select(l => l[..1]));
    }

    [Fact]
    public void Short_calls_are_warmed_up_for_a_while_and_long_ones_once()
    {
        _ = Measure(Options with { Repeats = 1, WarmUpSeconds = 0.05 }, Subject("a", 0.021), Subject("b", 0.06));
        Assert.Equal(["a", "a", "a", "b"], _log.Select(l => l[..1]).Take(4));
    }

    [Fact]
    public void Very_short_calls_are_made_once_more_before_their_turn()
    {
        // Shorter than a tenth of the warm-up, or not.
        Assert.Equal(2, CallsOfARound(secondsEach: 0.04));
        Assert.Equal(1, CallsOfARound(secondsEach: 0.06));

        int CallsOfARound(double secondsEach)
        {
            var counts = new[] { 1, 2 }.Select(repeats =>
            {
                _log.Clear();
                _ = Measure(Options with { Repeats = repeats, WarmUpSeconds = 0.5 }, Subject("a", secondsEach));
                return _log.Count;
            }).ToList();
            return counts[1] - counts[0];
        }
    }

    [Fact]
    public void What_is_expected_is_in_proportion_to_the_nearest_row_that_was_timed()
    {
        // 0.5 s an utterance and modality: one and two of them take 0.5 and 1 s, a hundred would take 50 and 100.
        var rows = Measure(Options with { Batches = [1, 100], Missing = [1, 2], Seconds = 20 }, Subject("a", 0.5)).Rows;
        Assert.Equal([null, null, 50, 100], rows.Select(r => r.ExpectedSeconds is { } s ? Math.Round(s, 1) : (double?)null));
    }

    [Fact]
    public void The_whole_path_is_timed_where_there_is_one()
    {
        var result = Measure(
            Options with { Tasks = [BenchTask.Path, BenchTask.Recovery] }, Subject("a", 0.01), new FakeSubject("b", _clock, _log, 0.01) { HasPath = false });
        Assert.Equal([(BenchTask.Recovery, "a"), (BenchTask.Recovery, "b"), (BenchTask.Path, "a")], result.Rows.Select(r => (r.Task, r.Name)));
        Assert.Contains("a predict 1 1 1", _log);
        Assert.Null(result.Rows[2].Operations); // those of encoder, decoder and fusion are not counted
    }

    [Fact]
    public void What_would_end_too_late_is_not_begun()
    {
        // 0.5 s an utterance: batch 1 takes 0.5 s a call, batch 100 would take 50 s of 20.
        var result = Measure(Options with { Batches = [1, 100], Seconds = 20, Repeats = 5 }, Subject("a", 0.5));
        Assert.Equal(5, result.Rows[0].Samples.Count);
        Assert.Null(result.Rows[0].ExpectedSeconds);
        Assert.Empty(result.Rows[1].Samples);
        Assert.Equal(50, result.Rows[1].ExpectedSeconds!.Value, 0.01);
        Assert.DoesNotContain(_log, l => l.Contains(" 100 ", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_begun_after_the_time()
    {
        var result = Measure(Options with { Seconds = 20 }, Subject("a", 30), Subject("b", 0.01));
        Assert.Equal(["a"], _log.Select(l => l[..1]));
        _ = Assert.Single(result.Rows[0].Samples);
        Assert.Null(result.Rows[1].Seconds);
    }

    [Fact]
    public void When_the_time_is_up_there_are_fewer_repeats()
    {
        var row = Measure(Options with { Seconds = 5, Repeats = 100 }, Subject("a", 0.4)).Rows.Single();
        // 5 s less two calls that warm up leave room for ten of 0.4 s; the one that might end later is not begun.
        Assert.InRange(row.Samples.Count, 9, 10);
        Assert.InRange(_clock.Seconds, 4, 5);
    }

    [Fact]
    public void A_long_first_call_counts_and_its_rivals_have_a_sample_beside_it()
    {
        // A call of the slow one takes 40 s of 60: it fits once, and never in a round.
        var result = Measure(Options with { Seconds = 60 }, Subject("fast", 0.01), Subject("slow", 40));
        Assert.Equal([0], result.Rows[1].Samples.Select(s => s.Round));
        Assert.Equal([0, 1, 2], result.Rows[0].Samples.Select(s => s.Round));
        Assert.Equal(4000, result.Rows[1].TimesAsLongAs(result.Rows[0])!.Median, 4000 * 1e-3); // 40 / 0.01, and two readings of the clock
    }

    [Fact]
    public void A_stop_keeps_what_was_measured()
    {
        using var stop = new CancellationTokenSource();
        var subject = Subject("a", 0.01);
        subject.Before = () =>
        {
            if (_log.Count == 4)
            {
                stop.Cancel();
            }
        };
        var result = RecoveryBench.Measure([subject], Options, clock: _clock, stop: stop.Token);
        Assert.False(result.IsComplete);
        Assert.Equal([1, 2], result.Rows.Single().Samples.Select(s => s.Round)); // of four calls two warmed up
    }

    [Fact]
    public void The_yardstick_is_measured_for_every_number_of_threads()
    {
        var result = Measure(Options with { Threads = [2, 1] }, Subject("a", 0.01));
        Assert.Equal([1, 2], result.Gemm.Select(g => g.Threads));
        Assert.All(result.Rows, r => Assert.Equal(result.Gemm.Single(g => g.Threads == r.Threads).Gflops.Median, r.GemmGflops));
        // 2 * 8^3 operations in one microsecond, which is what a reading of the clock takes.
        Assert.All(result.Gemm, g => Assert.Equal(2 * 8 * 8 * 8 / 1e3, g.Gflops.Median, 1e-9));
    }

    [Fact]
    public void Progress_grows_to_one()
    {
        var shares = new List<double>();
        _ = RecoveryBench.Measure([Subject("a", 0.01)], Options, clock: _clock, progress: shares.Add);
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        foreach (var wrong in new[]
        {
            Options with { Batches = [] }, Options with { Batches = [0] }, Options with { Missing = [-1] }, Options with { Threads = [0] },
            Options with { Repeats = 0 }, Options with { Seconds = 0 }, Options with { GemmSize = 0 },
        })
        {
            _ = Assert.Throws<ArgumentOutOfRangeException>(() => Measure(wrong, Subject("a", 0.01)));
        }
    }

    private FakeSubject Subject(string name, double secondsEach, int mostMissing = 2) => new(name, _clock, _log, secondsEach) { MostMissing = mostMissing };

    private BenchResult Measure(BenchOptions options, params FakeSubject[] subjects) => RecoveryBench.Measure(subjects, options, clock: _clock);
}
