using Amodal.Benchmarks;

namespace Amodal.Tests.Benchmarks;

public class BenchRowTests
{
    [Fact]
    public void Rates_follow_from_operations_and_the_median()
    {
        var row = Row("ours", 0.5, 0.1, 0.2) with { Operations = 4_000_000_000, GemmGflops = 80 };
        Assert.Equal(20, row.Gflops!.Value, 12); // 4 GFLOP in 0.2 s
        Assert.Equal(0.25, row.GemmShare!.Value, 12);
        Assert.Equal(160, row.UtterancesPerSecond!.Value, 10); // 32 in 0.2 s
    }

    [Fact]
    public void What_was_not_measured_has_no_rate()
    {
        var row = Row("ours") with { Operations = 4 };
        Assert.Null(row.Seconds);
        Assert.Null(row.Gflops);
        Assert.Null(row.GemmShare);
        Assert.Null(row.UtterancesPerSecond);
        Assert.Null(row.TimesAsLongAs(Row("theirs", 1)));
        Assert.Null(Row("theirs", 1).TimesAsLongAs(row));
    }

    [Fact]
    public void A_row_takes_as_many_times_another_as_the_ratio_within_a_round()
    {
        // The machine was ten times slower in the second round: ratios of medians would be 30 or 3, pairs are 20, 30 and 40.
        var ours = Row("ours", 1, 10, 1);
        var theirs = Row("theirs", 20, 300, 40);
        Assert.Equal(new Quartiles(25, 30, 35), theirs.TimesAsLongAs(ours));
        // A round that one of them lacks takes no part.
        Assert.Equal(30, theirs.TimesAsLongAs(ours with { Samples = [ours.Samples[1]] })!.Median);
    }

    [Fact]
    public void Same_work_is_the_same_task_at_the_same_size()
    {
        Assert.True(Row("ours").IsSameWorkAs(Row("theirs") with { Engine = "peer" }));
        Assert.False(Row("ours").IsSameWorkAs(Row("theirs") with { Batch = 1 }));
        Assert.False(Row("ours").IsSameWorkAs(Row("theirs") with { Threads = 1 }));
        Assert.False(Row("ours").IsSameWorkAs(Row("theirs") with { Missing = 2 }));
        Assert.False(Row("ours").IsSameWorkAs(Row("theirs") with { Task = BenchTask.Path }));
    }

    private static BenchRow Row(string name, params double[] seconds) =>
        new(name, "torch", BenchTask.Recovery, 2, 32, 1) { Samples = [.. seconds.Select((s, i) => new BenchSample(i + 1, s))] };
}
