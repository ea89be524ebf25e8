using Amodal.Files;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Files;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Training;

/// <summary>What a training logs.</summary>
public class TensorBoardTests
{
    private static readonly string[] _always = ["loss/train", "loss/valid", "optimiser/learning-rate", "optimiser/gradient-norm"];
    private static readonly string[] _metrics = [.. Target.Score.Metrics.Select(m => $"valid/{m.Name}")];

    [Fact]
    public void Every_stage_logs_losses_rate_norm_and_metrics()
    {
        using var tiny = TinyRun.Trained(TinyRun.Uneven);
        var curves = Trainer.StageNames.ToDictionary(s => s, s => Curves(tiny.Directory, s));
        Assert.All(curves.Values, c => Assert.Subset(c.Keys.ToHashSet(), _always.ToHashSet()));
        Assert.All(curves.Values.SelectMany(c => c.Values), points => Assert.Equal([1, 2], points.Select(p => p.Step)));
        Assert.All(curves.Values.SelectMany(c => c["optimiser/learning-rate"]), p => Assert.Equal(0.01f, p.Value));
        Assert.All(curves.Values.SelectMany(c => c["optimiser/gradient-norm"]), p => Assert.True(p.Value > 0));

        var history = tiny.Directory.ReadCurves(tiny.Directory.ReadManifest());
        foreach (var (stage, logged) in curves)
        {
            Assert.Equal(history[stage].Select(e => (float)e.TrainLoss), logged["loss/train"].Select(p => p.Value));
            Assert.Equal(history[stage].Select(e => (float)e.ValidLoss), logged["loss/valid"].Select(p => p.Value));
        }

        // The score stage's losses by modality sum up to its loss; in the others the loss is the mean absolute error.
        foreach (var part in new[] { "train", "valid" })
        {
            var parts = TinyRun.Uneven.Select(m => curves["score"][$"loss/{part}/{m.Name}"]).ToList();
            Assert.All(curves["score"][$"loss/{part}"].Index(), p => Relative.Equal(p.Item.Value, parts.Sum(m => m[p.Index].Value), Relative.Network)); // float sums, all positive
        }

        foreach (var stage in Trainer.StageNames.Where(s => s != "score"))
        {
            Assert.Subset(curves[stage].Keys.ToHashSet(), _metrics.ToHashSet());
            Assert.All(curves[stage]["loss/valid"].Index(), p => Relative.Equal(p.Item.Value, curves[stage]["valid/mae"][p.Index].Value, Relative.Network));
        }

        var options = tiny.Options.Alignment;
        Assert.All(curves["recovery"]["loss/train"].Index(), p => Relative.Equal(
            p.Item.Value, curves["recovery"]["loss/train/task"][p.Index].Value + (options.Weight * curves["recovery"]["loss/train/alignment"][p.Index].Value), Relative.Network));
    }

    [Fact]
    public void The_norm_that_is_logged_is_that_before_clipping()
    {
        using var tiny = TinyRun.Trained(TinyRun.Even); // for what comes before that stage
        RunDirectory Train(string name, double clipAt)
        {
            var run = new RunDirectory($"{tiny.Directory.Path}-{name}");
            new Trainer(Options(clipAt), tiny.Data, run, CPU).Train(resume: false, tiny.Directory);
            return run;
        }

        var (free, clipped) = (Train("free", clipAt: 0), Train("clipped", clipAt: 1e-7));
        Relative.Equal(Norm(free), Norm(clipped), Relative.Network); // summed in another order
        Assert.NotEqual(File.ReadAllBytes(free.StageFile("score")), File.ReadAllBytes(clipped.StageFile("score")));

        static float Norm(RunDirectory run) => Assert.Single(Curves(run, "score")["optimiser/gradient-norm"]).Value;

        // One step: the next one would be from other weights.
        static ExperimentOptions Options(double clipAt) =>
            TinyRun.TinyOptions with { Score = TinyRun.TinyOptions.Score with { Epochs = 1, BatchSize = 24, GradientNorm = clipAt } };
    }

    [Fact]
    public void A_resumed_run_logs_every_step_once_and_as_the_uninterrupted_one()
    {
        var options = TinyRun.TinyOptions with { Score = TinyRun.TinyOptions.Score with { Epochs = 4 } };
        var data = TinyRun.MakeData(TinyRun.Even, [12, 6, 4]);
        using var whole = new TinyRun(options, data);
        whole.Train();
        using var stopped = new TinyRun(options, data);
        Assert.Throws<OperationCanceledException>(() => stopped.Train(new StopAt("score", epoch: 3)));
        // As if it had been killed after logging an epoch whose checkpoint was not written any more.
        new EventFile(stopped.Directory.TensorBoardFolder("score"), 3, DateTimeOffset.UnixEpoch).Append(3, DateTimeOffset.UnixEpoch, [new("loss/train", -1)]);
        stopped.Resume();
        foreach (var stage in Trainer.StageNames)
        {
            Assert.Equal(Curves(whole.Directory, stage), Curves(stopped.Directory, stage));
        }
    }

    [Fact]
    public void Switched_off_it_logs_nothing_and_the_training_is_the_same()
    {
        using var on = TinyRun.Trained(TinyRun.Even);
        using var off = new TinyRun(TinyRun.TinyOptions with { TensorBoard = false }, TinyRun.Even);
        off.Train();
        Assert.False(Directory.Exists(Path.Combine(off.Directory.Path, "tensorboard")));
        Assert.Equal(on.Directory.ReadCurves(on.Directory.ReadManifest()), off.Directory.ReadCurves(off.Directory.ReadManifest()));

        // It is no other training: either may be resumed as the other.
        new Trainer(off.Options, on.Data, on.Directory, CPU).Train(resume: true);
    }

    private static Dictionary<string, List<(long Step, float Value)>> Curves(RunDirectory run, string stage) =>
        EventRecords.Curves(Path.Combine(run.TensorBoardFolder(stage), EventFile.Name));

    private sealed class StopAt(string stage, int epoch) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == stage && value.Epoch == epoch)
            {
                throw new OperationCanceledException();
            }
        }
    }
}
