using System.Collections.Concurrent;
using System.Diagnostics;
using Amodal.Experiments;
using Amodal.Tests.Data;

namespace Amodal.Tests.Experiments;

/// <summary>Jobs that only write a file, on one store.</summary>
public sealed class RunnerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<string> _done = [];

    private Store Store => new(_folder.Name);

    [Fact]
    public async Task Two_runners_on_one_store_never_do_a_job_twice()
    {
        // Both of a pair are at work at once: each waits in its first job until the other is in one, too.
        using var both = new Barrier(2);
        var first = new ConcurrentDictionary<int, bool>();
        List<Job> jobs = [];
        for (var i = 0; i < 12; i++)
        {
            jobs.Add(Make($"job-{i}", needs: i < 2 ? [] : [jobs[i % 2]], work: () =>
            {
                if (first.TryAdd(Environment.CurrentManagedThreadId, true))
                {
                    Assert.True(both.SignalAndWait(TimeSpan.FromMinutes(1)));
                }
            }));
        }

        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () => Runner.Run(Store, jobs, stop: TestContext.Current.CancellationToken), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Equal(2, first.Count);
        Assert.Equal(jobs.Select(j => j.Name).Order(StringComparer.Ordinal), _done.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_killed_process_loses_only_its_job()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "needs flock");
        List<Job> jobs = [Make("one"), Make("two"), Make("three", needs: [])];
        using (Store.TryClaim(jobs[1]))
        {
            // makes the file of the claim
        }

        var claim = Path.Combine(_folder.Name, "claims", "two.lock");
        using var other = Process.Start(new ProcessStartInfo("/usr/bin/flock", ["--no-fork", claim, "sleep", "300"]))!;
        try
        {
            Assert.True(SpinWait.SpinUntil(() => Store.IsClaimed(jobs[1]), TimeSpan.FromMinutes(1)));
            var waited = false;
            Runner.Run(Store, jobs, (what, _) =>
            {
                if (what.EndsWith("waiting for another process", StringComparison.Ordinal))
                {
                    Assert.Equal(["one", "three"], _done); // the others were done meanwhile
                    waited = true;
                    other.Kill();
                }
            }, TestContext.Current.CancellationToken);
            Assert.True(waited);
            Assert.Equal(["one", "three", "two"], _done);
        }
        finally
        {
            other.Kill();
        }
    }

    [Fact]
    public void A_job_that_fails_is_free_again_and_leaves_the_others()
    {
        var fails = true;
        List<Job> jobs = [Make("one"), Make("two", work: () => _ = fails ? throw new InputException("two", null, "fails.") : 0), Make("three")];
        Assert.Throws<InputException>(() => Runner.Run(Store, jobs));
        Assert.False(Store.IsClaimed(jobs[1]));
        fails = false;
        Runner.Run(Store, jobs);
        Assert.Equal(["one", "two", "three"], _done);
    }

    [Fact]
    public void A_stopped_one_keeps_what_is_done()
    {
        using var stop = new CancellationTokenSource();
        List<Job> jobs = [Make("one", work: stop.Cancel), Make("two")];
        Assert.Throws<OperationCanceledException>(() => Runner.Run(Store, jobs, stop: stop.Token));
        Runner.Run(Store, jobs);
        Assert.Equal(["one", "two"], _done);
    }

    [Fact]
    public void Tasks_share_the_jobs_and_do_what_these_need_once()
    {
        var train = Make("train");
        List<Job> jobs = [.. Enumerable.Range(0, 5).Select(i => Make($"predict-{i}", needs: [train]))];
        for (var task = 1; task <= 3; task++)
        {
            Runner.Run(Store, Runner.Share(jobs, task, 3));
        }

        Assert.Equal(["train", "predict-0", "predict-3", "predict-1", "predict-4", "predict-2"], _done);
    }

    [Fact]
    public void What_another_is_about_to_have_is_waited_for()
    {
        var isHeld = true;
        var jobs = new[] { Make("one") with { Share = _ => isHeld ? null : Job.Nothing }, Make("two", work: () => isHeld = false) };
        Runner.Run(Store, jobs);
        Assert.Equal(["two", "one"], _done);
    }

    public void Dispose() => _folder.Dispose();

    private Job Make(string name, IReadOnlyList<Job>? needs = null, Action? work = null)
    {
        var path = Path.Combine(_folder.Name, $"{name}.txt");
        return new Job(JobKind.Measure, name, name, path, needs ?? [], (_, _) =>
        {
            work?.Invoke();
            _done.Enqueue(name);
            File.WriteAllText(path, name);
        });
    }
}
