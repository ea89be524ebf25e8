using Amodal.Bench;

namespace Amodal.Tests.Benchmarks;

public class ScaleBenchTests
{
    private readonly FakeClock _clock = new();
    private readonly List<string> _log = [];

    [Fact]
    public void A_stream_goes_through_in_parts()
    {
        var rows = Measure([10, 5], batch: 4, seconds: 1000);
        Assert.Equal([5, 10], rows.Select(r => r.Utterances));
        // The first part of each stream once before it, untimed.
        Assert.Equal(["4", "4", "1", "4", "4", "4", "2"], _log.Select(l => l.Split(' ')[2]));
        // 0.1 s for each of two modalities; a microsecond for each part's clock.
        Assert.All(rows, r => Assert.Equal(200, r.MillisecondsEach!.Value, 1e-2));
    }

    [Fact]
    public void A_stream_goes_through_the_whole_path_with_the_threads_and_missing_modalities_that_were_asked_for()
    {
        _ = ScaleBench.Measure([new FakeSubject("a", _clock, _log, 0.1)], [3], batch: 2, missing: 2, threads: 3, seconds: 1000, _clock);
        Assert.Equal(["a predict 2 2 3", "a predict 2 2 3", "a predict 1 2 3"], _log);
    }

    [Fact]
    public void What_would_end_too_late_is_not_begun()
    {
        var rows = Measure([5, 1000], batch: 5, seconds: 10);
        Assert.NotNull(rows[0].Seconds);
        Assert.Null(rows[1].Seconds);
        Assert.Equal(200, rows[1].ExpectedSeconds!.Value, 1e-2);
    }

    [Fact]
    public void Inputs_are_made_off_the_clock_those_of_the_last_part_too()
    {
        var made = 0;
        var subject = new FakeSubject("a", _clock, _log, 0.1) { InputSeconds = 1000, Making = () => made++ };
        var row = ScaleBench.Measure([subject], [10], batch: 4, missing: 2, threads: 1, seconds: 1e6, _clock).Single();
        Assert.Equal(2, made); // of 4 and of 2
        Assert.Equal(2, row.Seconds!.Value, 1e-4); // ten utterances of 0.2 s, and a microsecond for each reading of the clock
    }

    [Fact]
    public void What_the_inputs_take_of_memory_is_no_growth_of_a_stream()
    {
        var inputs = new Inputs();
        var subject = new FakeSubject("a", _clock, _log, 0.1) { Making = inputs.Make };
        var row = ScaleBench.Measure([subject], [10], batch: 4, missing: 2, threads: 1, seconds: 1000, _clock).Single();
        Assert.Equal(2, inputs.Count);
        Assert.SkipWhen(row.PeakGrowthBytes is null, "the system does not tell its memory");
        Assert.InRange(row.PeakGrowthBytes!.Value, 0, Inputs.Bytes / 2);
    }

    [Fact]
    public void A_stop_keeps_the_streams_that_ended()
    {
        using var stop = new CancellationTokenSource();
        var rows = ScaleBench.Measure([new FakeSubject("a", _clock, _log, 0.1)], [5, 50], batch: 5, missing: 2, threads: 1, seconds: 1000, _clock,
            (_, count, _) =>
            {
                if (count == 50)
                {
                    stop.Cancel();
                }
            },
            stop.Token);
        Assert.Equal([5], rows.Select(r => r.Utterances));
    }

    private IReadOnlyList<ScaleRow> Measure(int[] counts, int batch, double seconds) => ScaleBench.Measure(
        [new FakeSubject("a", _clock, _log, 0.1), new FakeSubject("b", _clock, _log, 0.1) { HasPath = false }],
        counts, batch, missing: 2, threads: 1, seconds, _clock);
}
