using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Methods;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.MedianFill;

/// <summary>What a new method takes, a folder and a line, and what it gets for that.</summary>
public class MedianFillTests
{
    private const string Name = "median-fill";

    static MedianFillTests() => MethodCatalogue.Add(MedianFill.Descriptor); // the line

    private static ExperimentOptions Options { get; } = TinyRun.TinyOptions with { Name = "mine", Method = Name };

    [Fact]
    public void It_trains_predicts_and_stands_in_a_report_beside_the_baselines()
    {
        using var tiny = new TinyRun(Options, TinyRun.Uneven);
        tiny.Train();
        Assert.Equal(["classifier", "dropout-baseline", "language-baseline", "latent-numbers", "median-fill", "median-fill-fusion"], tiny.Directory.ReadManifest().Stages);

        using var evaluator = tiny.Evaluator();
        var result = evaluator.Evaluate(new EvaluationOptions { MaskSeeds = 1 }, nfeCurve: [2]);
        Assert.All(result.Rows.Where(r => r.Method == "mine"), r => Assert.True(double.IsFinite(r.Metrics[ScoreTarget.Mae].Value)));
        Assert.Equal(["dropout-trained", "language-only (text)", "majority", "mean-fill", "mine", "zero-fill"], result.Rows.Select(r => r.Method).Distinct().Order());
        Assert.Empty(result.NfeCurve); // nothing is sampled
        Assert.DoesNotContain(result.Facts, f => f.Name == "sampler");
        using var folder = new TemporaryFolder();
        ReportWriter.Write(folder.Name, evaluator.ToReport(result));
        Assert.Contains("mine", File.ReadAllText(Path.Combine(folder.Name, ReportWriter.FileName)), StringComparison.Ordinal);

        using var session = new RunSession(tiny.Load().CreateMethod(isOwner: true), tiny.Data, "test");
        var predictions = session.Predict(session.Observed("text", maskFile: null), samples: 1);
        Assert.Equal(tiny.Data["test"].Count, predictions.Count(p => double.IsFinite(p.Prediction)));
        Assert.Contains("without recovering anything", Assert.Throws<InputException>(() =>
            session.Recover(ModalitySet.Of(0), Path.Combine(folder.Name, "x.npz"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_answer_is_its_fusion_on_the_medians_and_the_classifiers_where_nothing_is_missing()
    {
        using var tiny = new TinyRun(Options, TinyRun.Uneven);
        tiny.Train();
        using var run = tiny.Load();
        var (_, train) = run.Encode(tiny.Data, "train");
        var (_, test) = run.Encode(tiny.Data, "test");
        using var method = run.CreateMethod();
        using var batch = method.Encode(tiny.Data["test"]);
        var answers = batch.Predict([.. Enumerable.Repeat<Observation>(ModalitySet.Of(0), batch.Count)]);
        var whole = batch.Predict([.. Enumerable.Repeat<Observation>(ModalitySet.All(3), batch.Count)]);
        using var scope = NewDisposeScope();
        Relative.Equal([.. run.Baselines.PredictFilled(test.Latents, m => zeros(0)).cpu().data<float>()], whole, Relative.Network, size: 1);
        _ = run.Directory.LoadStage("median-fill-fusion", new Dictionary<string, nn.Module> { ["fusion"] = run.Baselines.Complete.Fusion });
        var expected = run.Baselines.Complete.Fusion.Predict([.. new[] { test.Latents[0] }.Concat(train.Latents.Skip(1).Select(l => l.quantile(tensor(0.5f), 0).unsqueeze(0).expand(batch.Count, -1, -1)))
            .Select((x, m) => run.Baselines.LatentScale.Restore(m, x))]);
        Relative.Equal([.. expected.cpu().data<float>()], answers, Relative.Network, size: 1);
    }

    [Fact]
    public void It_goes_on_where_it_was_stopped_and_takes_over_what_another_method_trained()
    {
        using var tiny = new TinyRun(Options, TinyRun.Uneven);
        tiny.Train();
        var whole = File.ReadAllBytes(tiny.Directory.StageFile("median-fill-fusion"));
        using var stop = new CancellationTokenSource();
        var half = new RunDirectory(tiny.Directory.Path + "-half");
        Assert.Throws<OperationCanceledException>(() => new Trainer(Options, tiny.Data, half, CPU, new StopAt("language-baseline", stop)).Train(resume: false, stop: stop.Token));
        new Trainer(Options, tiny.Data, half, CPU).Train(resume: true);
        Assert.Equal(whole, File.ReadAllBytes(half.StageFile("median-fill-fusion")));

        var shared = new RunDirectory(tiny.Directory.Path + "-shared");
        Assert.Equal(["classifier", "dropout-baseline", "language-baseline"], StageKeys.Shared(Options with { Method = "amodal" }, Options));
        new Trainer(Options with { Method = "amodal" }, tiny.Data, shared, CPU).Train(resume: false, reuse: tiny.Directory);
        Assert.Equal(File.ReadAllBytes(tiny.Directory.StageFile("classifier")), File.ReadAllBytes(shared.StageFile("classifier")));
    }

    private sealed class StopAt(string stage, CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == stage)
            {
                stop.Cancel();
            }
        }
    }
}
