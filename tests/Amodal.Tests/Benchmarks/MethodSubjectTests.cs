using Amodal.Benchmarks;
using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Tests.Training;

namespace Amodal.Tests.Benchmarks;

public class MethodSubjectTests
{
    [Fact]
    public void Of_a_method_that_shows_no_recovery_the_path_is_measured_by_either_engine()
    {
        using var tiny = new TinyRun(
            TinyRun.TinyOptions with
            {
                Method = "linear-first",
                Classifier = TinyRun.TinyOptions.Classifier with { Epochs = 1 },
                Methods = TinyRun.TinyOptions.Methods.With("linear-first", new LinearFirstOptions { Width = 0 }),
            },
            TinyRun.Uneven);
        tiny.Train();
        var folder = tiny.Directory.Path + "-onnx";
        using (var run = tiny.Load())
        {
            run.Export(folder);
        }

        using var torch = BenchSubjects.Open(tiny.Directory.Path);
        using var onnx = BenchSubjects.Open(folder);
        var result = RecoveryBench.Measure([torch, onnx], new BenchOptions { Batches = [3], Missing = [1, 2], Threads = [1], Repeats = 1, Seconds = 60, WarmUpSeconds = 0, GemmSize = 8 });
        Assert.Equal(
            [("torch", BenchTask.Path, 1), ("onnx", BenchTask.Path, 1), ("torch", BenchTask.Path, 2), ("onnx", BenchTask.Path, 2)],
            result.Rows.Select(r => (r.Engine, r.Task, r.Missing)));
        Assert.All(result.Rows, r => Assert.Single(r.Samples));
        var predicted = ((MethodSubject)onnx).Predictions(3, 2, default);
        Relative.Equal(((MethodSubject)torch).Predictions(3, 2, default), predicted, 10 * Relative.Network, size: 1);
        using var method = TrainedRun.Load(tiny.Directory.Path, TorchSharp.torch.CPU).CreateMethod(isOwner: true);
        using var batch = method.Encode(RandomUtterances.Draw(TinyRun.Uneven, 3));
        Relative.Equal(batch.Predict([.. Enumerable.Repeat(Observation.Of(ModalitySet.Of(2)), 3)]), predicted, 10 * Relative.Network, size: 1);
    }

    [Fact]
    public void Presets_that_sample_nothing_are_not_measured_untrained()
    {
        Assert.DoesNotContain("linear-first", BenchSubjects.FreshPresets);
        Assert.Contains("two-stage-fast", BenchSubjects.FreshPresets);
        Assert.Contains("Name a run of it, or an export", Assert.Throws<InputException>(() => BenchSubjects.Open("linear-first")).Message, StringComparison.Ordinal);
    }
}
