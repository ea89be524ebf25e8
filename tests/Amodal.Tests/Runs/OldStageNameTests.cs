using Amodal.Evaluation;
using Amodal.Files;
using Amodal.Runs;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Runs;

/// <summary>Stages that were called rivals before are baselines now; runs of then are used as before.</summary>
public class OldStageNameTests
{
    private static readonly ExperimentOptions _options = TinyRun.TinyOptions with
    {
        Classifier = TinyRun.TinyOptions.Classifier with { Epochs = 3 },
        Score = TinyRun.TinyOptions.Score with { Epochs = 1 },
        Stage2 = TinyRun.TinyOptions.Stage2 with { Epochs = 1 },
    };

    [Fact]
    public void A_run_of_an_older_version_is_evaluated_and_shares_its_stages()
    {
        using var tiny = TinyRun.Trained(TinyRun.Even);
        var before = Rows(tiny);
        Age(tiny.Directory);
        Assert.True(File.Exists(Path.Combine(tiny.Directory.Path, "dropout-rival.safetensors")));
        Assert.Equal(before, Rows(tiny));
        tiny.Resume(); // all is there
        Assert.False(File.Exists(Path.Combine(tiny.Directory.Path, "dropout-baseline.safetensors")));

        var other = new RunDirectory(tiny.Directory.Path + "-other");
        List<string> trained = [];
        new Trainer(tiny.Options, tiny.Data, other, CPU, new Listener(p => trained.Add(p.Stage))).Train(resume: false, reuse: tiny.Directory);
        Assert.Empty(trained);
        Assert.True(File.Exists(Path.Combine(other.Path, "dropout-baseline.safetensors")));

        static List<(string, double)> Rows(TinyRun tiny)
        {
            using var evaluator = tiny.Evaluator();
            Assert.Equal(["classifier", "dropout-baseline", "language-baseline"], evaluator.Curves.Keys.Take(3));
            return [.. evaluator.Evaluate(new EvaluationOptions { Random = false }).Rows.Select(r => (r.Method, r.Metrics.Values.First().Value))];
        }
    }

    [Fact]
    public void A_training_that_an_older_version_began_goes_on_in_the_middle_of_a_stage()
    {
        using var tiny = new TinyRun(_options, TinyRun.Even);
        tiny.Train();
        var half = new RunDirectory(tiny.Directory.Path + "-half");
        using var stop = new CancellationTokenSource();
        var listener = new Listener(p =>
        {
            if (p is { Stage: "dropout-baseline", ValidLoss: not null })
            {
                stop.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => new Trainer(_options, tiny.Data, half, CPU, listener).Train(resume: false, stop: stop.Token));
        Age(half);

        List<int> epochs = [];
        new Trainer(_options, tiny.Data, half, CPU, new Listener(p => epochs.AddRange(p is { Stage: "dropout-baseline", ValidLoss: not null } ? [p.Epoch] : []))).Train(resume: true);
        Assert.Equal([2, 3], epochs);
        foreach (var stage in half.ReadManifest().Stages)
        {
            Assert.Equal(File.ReadAllBytes(tiny.Directory.StageFile(stage)), File.ReadAllBytes(half.StageFile(stage)));
        }

        Assert.Single(Directory.GetFiles(half.Path, "history-dropout-*.csv"));
        Assert.Single(Directory.GetDirectories(Path.Combine(half.Path, "tensorboard"), "dropout-*"));
    }

    [Fact]
    public void What_is_drawn_and_kept_by_a_stage_s_name_goes_by_its_first()
    {
        // As the version before has it: another name would train other weights, and stores would be filled anew.
        Assert.Equal(["classifier", "dropout-rival", "language-rival"], new[] { "classifier", "dropout-baseline", "language-baseline" }.Select(StageNames.Before));
        Assert.Equal(["score", "dropout-baseline"], new[] { "score", "dropout-rival" }.Select(StageNames.Now));
    }

    /// <summary>Makes a run one of the version before.</summary>
    private static void Age(RunDirectory run)
    {
        var manifest = Path.Combine(run.Path, "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("-baseline", "-rival", StringComparison.Ordinal));
        foreach (var file in Directory.GetFileSystemEntries(run.Path, "*-baseline*", SearchOption.AllDirectories))
        {
            Directory.Move(file, file.Replace("-baseline", "-rival", StringComparison.Ordinal));
        }

        if (File.Exists(run.ProgressFile))
        {
            using var scope = NewDisposeScope();
            var tensors = SafeTensors.Read(run.ProgressFile, out var metadata);
            SafeTensors.Write(run.ProgressFile, tensors, metadata.ToDictionary(m => m.Key, m => m.Key == "stage" ? StageNames.Before(m.Value) : m.Value));
        }
    }

    private sealed class Listener(Action<TrainingProgress> heard) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => heard(value);
    }
}
