using Amodal.Diffusion.Distillation;
using Amodal.Files;
using Amodal.Runs;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Runs;

/// <summary>Where a stage's weights come from: with the smallest learning rate it ends where it began.</summary>
public class BeginningTests
{
    private const double Least = 1e-8;
    private const double Steps = 50; // of at most the learning rate each, and float32 rounding of weights of order 1 beside: 50 (1e-8 + 6e-8)
    private const double Tolerance = Steps * 7e-8;

    private static readonly ExperimentOptions _still = TinyRun.FlowOptions with
    {
        Classifier = TinyRun.TinyOptions.Classifier with { LearningRate = Least, WeightDecay = 0 },
        Score = TinyRun.TinyOptions.Score with { Epochs = 1, LearningRate = Least, WeightDecay = 0, Reflow = true, ReflowPairs = 1, ReflowNfe = 2 },
        Stage2 = TinyRun.TinyOptions.Stage2 with { Epochs = 1, LearningRate = Least, WeightDecay = 0 },
        Distillation = new() { Method = DistillationMethod.Progressive, TeacherSteps = 4, Backbone = new() { Width = 4, Blocks = 1, Heads = 1, MlpWidth = 4, TimeWidth = 4 }, Epochs = 1, BatchSize = 8, LearningRate = Least },
    };

    [Fact]
    public void Every_stage_begins_where_the_one_that_it_goes_on_from_ended()
    {
        // The stages before move, so that their ends are not any network's beginning.
        using var tiny = new TinyRun(_still with
        {
            Classifier = TinyRun.TinyOptions.Classifier,
            Score = _still.Score with { Reflow = false, LearningRate = 0.01 },
            Distillation = _still.Distillation with { LearningRate = 0.01 },
        }, new("text", 5, 3), new("sound", 2, 4));
        tiny.Train();
        using var scope = NewDisposeScope();
        var moved = Weights(tiny.Directory, "score", "scores.");
        var reflown = new RunDirectory(tiny.Directory.Path + "-reflow");
        new Trainer(_still with { Classifier = tiny.Options.Classifier, Score = _still.Score with { LearningRate = 0.01, EmaDecay = 0.999999 } }, tiny.Data, reflown, CPU).Train(resume: false, tiny.Directory);

        // Stage 2 begins as stage 1a's fusion.
        Near(Weights(tiny.Directory, "classifier", "complete.fusion."), Weights(tiny.Directory, "recovery", "fusion."), Tolerance);
        // A round's student begins as the one before: both learned a little, from one beginning.
        Near(Weights(tiny.Directory, "distillation-2", "students."), Weights(tiny.Directory, "distillation", "students."), 0.05);
        Assert.Equal(moved.Keys.Order(), Weights(reflown, "reflow", "scores.").Keys.Order());
        Near(moved, Weights(reflown, "reflow", "scores."), 0.05);
    }

    [Fact]
    public void Weights_are_drawn_by_the_seed()
    {
        using var one = new TinyRun(_still with { Distillation = new(), Score = _still.Score with { Reflow = false } }, new("text", 5, 3), new("sound", 2, 4));
        using var other = new TinyRun(one.Options with { Seed = 4 }, new("text", 5, 3), new("sound", 2, 4));
        one.Train();
        other.Train();
        using var scope = NewDisposeScope();
        foreach (var stage in new[] { "classifier", "dropout-baseline", "language-baseline", "score" })
        {
            var (a, b) = (SafeTensors.Read(one.Directory.StageFile(stage), out _), SafeTensors.Read(other.Directory.StageFile(stage), out _));
            Assert.True(a.Where(p => p.Value.dim() > 1).Any(p => Draws.Distance(p.Value, b[p.Key]) > 0.01), stage);
        }
    }

    private static Dictionary<string, Tensor> Weights(RunDirectory run, string stage, string prefix) => SafeTensors.Read(run.StageFile(stage), out _)
        .Where(p => p.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(p => p.Key[prefix.Length..], p => p.Value);

    private static void Near(Dictionary<string, Tensor> before, Dictionary<string, Tensor> after, double tolerance) =>
        Assert.All(before, p => Assert.True(Draws.Distance(p.Value, after[p.Key]) <= tolerance, $"{p.Key} moved by {Draws.Distance(p.Value, after[p.Key])}"));
}
