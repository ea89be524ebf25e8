using Amodal.Bench;
using Amodal.Benchmarks;

namespace Amodal.Tests.Benchmarks;

public class BesideSubjectTests
{
    private readonly FakeClock _clock = new();
    private readonly List<string> _log = [];

    [Fact]
    public void Beside_a_busy_process_every_call_is_made_again()
    {
        var subject = new FakeSubject("a", _clock, _log, 0.01);
        using var beside = new BesideSubject(subject, new FakeNeighbour(subject, _log));
        var rows = RecoveryBench.Measure(
            [subject, beside], new BenchOptions { WarmUpSeconds = 0, Batches = [1], Missing = [1], Threads = [1], Repeats = 2, GemmSize = 8 }, _clock).Rows;
        Assert.Equal(["a", "a beside a busy process"], rows.Select(r => r.Name));
        Assert.Equal(3, rows[1].TimesAsLongAs(rows[0])!.Median, 1e-3);
        // The first call of each, the one that warms up, and two rounds.
        Assert.Equal(Enumerable.Repeat(new[] { "a", "work", "a", "rest" }, 4).SelectMany(w => w), _log.Select(l => l.Split(' ')[0]));
    }

    [Fact]
    public void It_rests_when_a_call_fails()
    {
        var subject = new FakeSubject("a", _clock, _log, 0.01) { Before = () => throw new InvalidOperationException() };
        using var beside = new BesideSubject(subject, new FakeNeighbour(subject, _log));
        _ = Assert.Throws<InvalidOperationException>(() => beside.Measure(BenchTask.Recovery, 1, 1, _clock, default));
        Assert.Equal(["work", "rest"], _log);
    }

    private sealed class FakeNeighbour(FakeSubject subject, List<string> log) : IBusyNeighbour
    {
        public void Work()
        {
            log.Add("work");
            subject.Slower = 3;
        }

        public void Rest()
        {
            log.Add("rest");
            subject.Slower = 1;
        }
    }
}
