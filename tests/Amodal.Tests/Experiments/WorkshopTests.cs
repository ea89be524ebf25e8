using Amodal.Experiments;
using Amodal.Methods;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Experiments;

/// <summary>Runs that share stages, trained by several on one store.</summary>
public sealed class WorkshopTests : IDisposable
{
    private static readonly ExperimentOptions _first = TinyRun.TinyOptions;
    private static readonly ExperimentOptions _second = _first with { Score = _first.Score with { Epochs = 1 } }; // the baselines are the same

    private readonly TemporaryFolder _folder = new();
    private readonly TinyRun _tiny = new(_first, TinyRun.Even);

    [Theory, InlineData(false), InlineData(true)]
    public void Two_that_begin_at_once_never_train_the_same_stage(bool isTurned)
    {
        // Each of the two has just claimed its own run: whichever asks first has the stages of both, and the other waits.
        using var one = new Workshop(new Store(_folder.Name), CPU);
        using var other = new Workshop(new Store(_folder.Name), CPU);
        Job[] jobs = [one.Train(_first, _tiny.Data), other.Train(_second, _tiny.Data)];
        var (early, late) = isTurned ? (jobs[1], jobs[0]) : (jobs[0], jobs[1]);
        var store = one.Store;
        using var ofEarly = store.TryClaim(early);
        using var ofLate = store.TryClaim(late);
        using (var stages = early.Share(store))
        {
            Assert.NotNull(stages);
            Assert.Null(late.Share(store));
        }

        using var free = late.Share(store); // as when the other has been killed
        Assert.NotNull(free);
    }

    [Fact]
    public void A_stage_is_free_for_others_when_it_is_finished_and_is_taken_over_then()
    {
        using var one = new Workshop(new Store(_folder.Name), CPU);
        using var other = new Workshop(new Store(_folder.Name), CPU);
        var (first, second) = (one.Train(_first, _tiny.Data), other.Train(_second, _tiny.Data));
        var waited = new Dictionary<string, bool>();
        using (var stages = first.Share(one.Store))
        {
            first.Make((what, _) =>
            {
                using var claim = second.Share(other.Store);
                waited[what.Split(": ")[1].Split(',')[0]] = claim is null;
            }, TestContext.Current.CancellationToken);
        }

        Assert.True(waited["classifier"]);
        Assert.False(waited["recovery"]); // only baselines are common
        List<string> trained = [];
        using (var stages = second.Share(other.Store))
        {
            second.Make((what, _) => trained.Add(what.Split(": ")[1].Split(',')[0]), TestContext.Current.CancellationToken);
        }

        Assert.Equal(["score", "recovery"], trained.Distinct());
        foreach (var stage in MethodTraining.BaselineStages)
        {
            Assert.Equal(File.ReadAllBytes(new RunDirectory(first.Path).StageFile(stage)), File.ReadAllBytes(new RunDirectory(second.Path).StageFile(stage)));
        }
    }

    public void Dispose()
    {
        _tiny.Dispose();
        _folder.Dispose();
    }
}
