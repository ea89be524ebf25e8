using Amodal.Configuration;
using Amodal.Data;
using Amodal.Engines;
using Amodal.Evaluation;
using Amodal.Methods;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Targets;

/// <summary>Labels that are no scores, from training to predictions.</summary>
public class TargetTrainingTests
{
    /// <summary>What a data set may ask, and labels for it from a score.</summary>
    public static TheoryData<string> Kinds => ["classes", "two scores", "a score and classes"];

    [Theory, MemberData(nameof(Kinds))]
    public void A_run_trains_evaluates_predicts_and_exports(string kind)
    {
        var (target, label) = Of(kind);
        using var tiny = new TinyRun(TinyRun.TinyOptions, With(TinyRun.MakeData(TinyRun.Uneven, [24, 10, 12]), target, label));
        tiny.Train();
        Assert.Equal(target, tiny.Data.Target);

        using (var evaluator = tiny.Evaluator())
        {
            var result = evaluator.Evaluate(new EvaluationOptions { MaskSeeds = 2, MissingRates = [0.3] }, nfeCurve: [2]);
            Assert.Equal(target.Metrics.Select(m => m.Name), result.Rows[0].Metrics.Keys);
            Assert.Equal(["tiny", "majority", "language-only (text)", "zero-fill", "mean-fill", "dropout-trained"], result.Rows.Select(r => r.Method).Distinct());
            Assert.All(result.Rows, r => Assert.True(r.Metrics[target.Metrics[0].Name] is { HasInterval: true, Value: >= 0 and <= 1 }));
            Assert.Equal(2, result.NfeCurve.Count);
            Assert.NotEmpty(result.NfeCurve[0].Metrics);

            // Of classes it is told which is taken for which, every utterance once that has the label.
            var places = target is SeveralTarget several ? several.Places().ToList() : [("", target, 0, 0, 0)];
            Assert.Equal(places.Count(p => p.Target is ClassTarget) * 5, result.Confusions.Count); // complete, incomplete on average, one missing
            foreach (var p in places.Where(p => p.Target is ClassTarget))
            {
                var expected = Enumerable.Range(0, 3).Select(c => (double)Enumerable.Range(0, 12).Count(row => tiny.Data["test"].Label(row)[p.Label] == c));
                Assert.All(result.Confusions, c => Assert.All(expected.Zip(c.Counts), e => Assert.Equal(e.First, e.Second.Sum(), 1e-9)));
                var name = p.Name.Length > 0 ? $"{p.Name}.{ClassTarget.Accuracy}" : ClassTarget.Accuracy;
                Assert.All(result.Confusions, c => Assert.Equal(
                    result.Rows.Single(r => r.Method == c.Method && r.Case == c.Case).Metrics[name].Value,
                    Enumerable.Range(0, 3).Sum(i => c.Counts[i][i]) / expected.Sum(), 1e-9));
            }

            // What is read back says the same, in tables and in words.
            var path = Path.Combine(tiny.Directory.Path, "results.json");
            ResultFile.Write(path, result);
            var read = ResultFile.Read(path);
            Assert.Equal(result.NfeCurve[0].Metrics, read.NfeCurve[0].Metrics);
            Assert.Equal(JsonFile.ToText(result.Confusions), JsonFile.ToText(read.Confusions));
            var tables = ResultFile.ToTables([read]);
            Assert.Equal(result.Confusions.Count > 0, tables.Any(t => t.Title.StartsWith("Confusion of classes", StringComparison.Ordinal)));
            Assert.StartsWith($"fixed protocol: {target.Metrics[0].Label}", tables[0].Title, StringComparison.Ordinal);
            Assert.Contains(target.Metrics[0].Label.Split(',')[0], ResultFile.Summary(read)!.Lines[0], StringComparison.Ordinal);
            if (kind == "classes")
            {
                Assert.DoesNotContain(tables, t => t.Title.Contains("MAE", StringComparison.Ordinal) || t.Title.Contains("ACC2", StringComparison.Ordinal));
            }
        }

        IReadOnlyList<UtterancePrediction> predictions;
        using (var session = new RunSession(tiny.Load(), tiny.Data, "test", TinyRun.TinyOptions.Sampler, seed: 3))
        {
            var observed = session.Observed("sound", null);
            predictions = session.Predict(observed, samples: 2);
        }

        Assert.All(predictions.Index(), p => Assert.Equal(tiny.Data["test"].Label(p.Index), p.Item.Labels!));
        var file = Path.Combine(tiny.Directory.Path, "predictions.csv");
        PredictionFile.Write(file, predictions, withDeviation: true);
        var lines = File.ReadAllLines(file);
        Assert.Equal(13, lines.Length);
        Assert.Equal(kind switch
        {
            "classes" => "id,observed,prediction,p(low),p(middle),p(high),deviation,label",
            "two scores" => "id,observed,valence.prediction,valence.deviation,valence.label,arousal.prediction,arousal.deviation,arousal.label",
            _ => "id,observed,valence.prediction,valence.deviation,valence.label,mood.prediction,mood.p(low),mood.p(middle),mood.p(high),mood.deviation,mood.label",
        }, lines[0]);

        CheckExport(tiny, target);
    }

    [Fact]
    public void Classes_are_learnt_better_than_the_majority()
    {
        // Short rows, so that most of what a row holds is signal.
        Modality[] modalities = [new("text", 2, 2), new("sound", 1, 2), new("face", 2, 1)];
        var (target, label) = Of("classes");
        var options = TinyRun.TinyOptions with
        {
            Classifier = TinyRun.TinyOptions.Classifier with { Epochs = 4, Patience = 4, LearningRate = 0.02 },
            Score = TinyRun.TinyOptions.Score with { Epochs = 1, BatchSize = 80 },
            Stage2 = TinyRun.TinyOptions.Stage2 with { Epochs = 1, BatchSize = 80, SetsPerUtterance = 1 },
        };
        using var tiny = new TinyRun(options, With(TinyRun.MakeData(modalities, [240, 24, 160]), target, label));
        tiny.Train();
        using var evaluator = tiny.Evaluator();
        var result = evaluator.Validate(); // the complete set and the mean over the others, beside the majority
        var complete = string.Join('+', modalities.Select(m => m.Name));

        // Beyond chance, and by far: the majority reaches 0.44, and labels are a function of the features.
        var difference = result.Differences.Single(d => d.Case == complete && d.Baseline == "majority" && d.Metric == ClassTarget.Accuracy).Difference;
        Assert.True(difference is { HasInterval: true, Low: > 0 }, $"{difference.Value}, {difference.Low} to {difference.High}");
    }

    [Fact]
    public void Imder_says_before_training_that_it_takes_a_score()
    {
        var (target, label) = Of("classes");
        using var tiny = new TinyRun(TinyRun.TinyOptions with { Method = "imder" }, With(TinyRun.MakeData(TinyRun.Uneven, [24, 10, 12]), target, label));
        var fault = Assert.Throws<InputException>(() => tiny.Train());
        Assert.Contains("predicts a score", fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(tiny.Directory.Path));
    }

    [Fact]
    public void A_run_of_scores_refuses_data_with_classes()
    {
        var (target, label) = Of("classes");
        using var scores = new TinyRun(TinyRun.TinyOptions with { Classifier = TinyRun.TinyOptions.Classifier with { Epochs = 1 } }, TinyRun.Uneven);
        using var classes = new TinyRun(TinyRun.TinyOptions, With(scores.Data, target, label));
        scores.Train();
        Assert.DoesNotContain("\"target\"", File.ReadAllText(Path.Combine(scores.Directory.Path, "manifest.json")), StringComparison.Ordinal);
        Assert.Contains("3 classes (low, middle, high)", Assert.Throws<InputException>(
            () => new RunEvaluator([scores.Directory.Path], classes.DataFile, "test", CPU)).Message, StringComparison.Ordinal);
    }

    private static void CheckExport(TinyRun tiny, Target target)
    {
        var folder = Path.Combine(tiny.Directory.Path, "export");
        using var run = tiny.Load();
        ModelExporter.Export(run.Model, 3, folder);
        using var model = OnnxModel.Load(folder, threads: 1);
        using var torch = run.CreateMethod();
        using var onnx = new OnnxMethod(model);
        Assert.Equal(target, onnx.Card.Target);
        Observation[] observed = [.. Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? ModalitySet.All(3) : ModalitySet.Of(1))];
        using var first = torch.Encode(tiny.Data["test"]);
        using var second = onnx.Encode(tiny.Data["test"]);
        var (expected, actual) = (first.Predict(observed), second.Predict(observed));
        Assert.Equal(12 * target.Width, expected.Length);
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-5f * (1 + Math.Abs(p.First))));
    }

    private static (Target Target, Func<float, int, float[]> Label) Of(string kind)
    {
        var classes = new ClassTarget(["low", "middle", "high"]);
        float Class(float y) => y < -1 ? 0 : y < 1 ? 1 : 2;
        return kind switch
        {
            "classes" => (classes, (y, _) => [Class(y)]),
            "two scores" => (new SeveralTarget([("valence", Target.Score), ("arousal", Target.Score)]), (y, row) => [y, row % 5 == 4 ? float.NaN : 1 - y]),
            _ => (new SeveralTarget([("valence", Target.Score), ("mood", classes)]), (y, row) => [y, row % 5 == 4 ? float.NaN : Class(y)]),
        };
    }

    private static DataSet With(DataSet data, Target target, Func<float, int, float[]> label)
    {
        Split[] splits = [.. data.Splits.Select(s => new Split(s.Name, s.Ids, [.. s.Labels.SelectMany((y, row) => label(y, row))], s.Features))];
        return new DataSet(data.Source, data.Modalities, splits, DataDigest.Compute(data.Modalities, splits, target), target: target);
    }
}
