using Amodal.Data;
using Amodal.Engines;
using Amodal.Evaluation;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Data;
using Amodal.Tests.Evaluation;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Runs;

public sealed class RunEvaluatorTests(RunEvaluatorTests.Trained runs) : IClassFixture<RunEvaluatorTests.Trained>
{
    private static readonly EvaluationOptions _few = new() { MissingRates = [0.5], MaskSeeds = 2 };

    [Fact]
    public void Intervals_and_paired_tests_are_drawn_by_video()
    {
        using var evaluator = runs.Seed3.Evaluator();
        var (truth, predictions) = (runs.Seed3.Data["test"].Labels, evaluator.Predictions(1));
        var result = evaluator.Evaluate(_few, nfeCurve: [3]);
        Assert.Equal("95 % intervals over 4 videos, 12 utterances", result.Intervals!.Text);
        var report = evaluator.ToReport(result);
        Assert.Equal(result.Intervals.Text, report.Intervals);
        Assert.Contains(report.Notes, n => n.Contains("only 4 videos", StringComparison.Ordinal));
        Assert.Equal(["classifier", "dropout-baseline", "language-baseline", "score", "recovery"], report.Curves.Select(c => c.Stage));
        Assert.Equal(result.Differences.Where(d => d.Metric is ScoreTarget.Acc2NonZero or ScoreTarget.Mae), report.Differences);
        Assert.Equal((result.Rows, result.NfeCurve, result.LatentRecovery, result.Facts), (report.Rows, report.NfeCurve, report.LatentRecovery, report.Facts));
        Assert.Equal(("1 to 2", "3", "12"), (Fact("mask seeds"), Fact("training seed"), Fact("utterances")));
        Assert.Contains(result.Facts, f => f.Name == "intervals" && f.Value.Contains("4 videos, 12 utterances", StringComparison.Ordinal));

        IReadOnlyList<float[]> incomplete = [.. Patterns.Incomplete(3).Select(o => predictions.For(o))];
        var expected = Bootstrap.Estimate(truth, incomplete, 1, Videos);
        Assert.NotEqual(expected[ScoreTarget.Mae], Bootstrap.Estimate(truth, incomplete, 1)[ScoreTarget.Mae]);
        Assert.Equal(expected, Row(result, "tiny", ProtocolEvaluator.AverageIncomplete).Metrics);
        Assert.Equal(expected[ScoreTarget.Mae], Assert.Single(result.NfeCurve).Metrics[ScoreTarget.Mae]);
        using var run = runs.Seed3.Load();
        float[] constant = [.. run.Baselines.Statistics.Constant(truth.Length).data<float>()];
        IReadOnlyList<float[]> all = [.. Patterns.All(3).Select(o => predictions.For(o))];
        var difference = result.Differences.Single(d => d is { Baseline: "majority", Case: ProtocolEvaluator.AverageAll, Metric: ScoreTarget.Mae }).Difference;
        Assert.Equal(Bootstrap.Difference(truth, all, [.. all.Select(_ => constant)], 1, Videos)[ScoreTarget.Mae], difference);

        string Fact(string name) => result.Facts.Single(f => f.Name == name).Value;
    }

    [Fact]
    public void Training_seeds_are_pooled_with_their_spread()
    {
        using var first = runs.Seed3.Evaluator();
        using var second = runs.Seed4.Evaluator();
        using var both = Evaluator(runs.Seed3, runs.Seed4);
        var (a, b, pooled) = (first.Evaluate(_few), second.Evaluate(_few), both.Evaluate(_few));
        Assert.Equal(first.Utterances, both.Utterances);
        Assert.Equal("95 % intervals over 2 training seeds and 4 videos, 12 utterances", pooled.Intervals!.Text);
        Assert.Equal("3, 4", pooled.Facts.Single(f => f.Name == "training seed").Value);
        Assert.Equal(a.Rows.Select(r => (r.Method, r.Case, r.Count)), pooled.Rows.Select(r => (r.Method, r.Case, r.Count)));
        foreach (var (i, row) in pooled.Rows.Index())
        {
            var (x, y) = (a.Rows[i].Metrics[ScoreTarget.Mae].Value, b.Rows[i].Metrics[ScoreTarget.Mae].Value);
            Assert.Equal((x + y) / 2, row.Metrics[ScoreTarget.Mae].Value, 1e-12);
            Assert.Equal(Math.Abs(x - y) / Math.Sqrt(2), row.Metrics[ScoreTarget.Mae].Spread!.Value, 1e-12);
        }

        var (of3, of4) = (first.Predictions(1), second.Predictions(1));
        var expected = Bootstrap.Estimate(runs.Seed3.Data["test"].Labels, [[of3.For(ModalitySet.Of(0))], [of4.For(ModalitySet.Of(0))]], 1, Videos);
        Assert.Equal(expected, Row(pooled, "tiny", "text").Metrics);
        Assert.Contains(pooled.Rows, r => r.Method == "tiny" && r.Metrics[ScoreTarget.Mae].Spread > 0);
        Assert.Contains(both.ToReport(pooled).Notes, n => n.Contains("2 trainings", StringComparison.Ordinal));
    }

    [Fact]
    public void Folds_share_no_utterance_and_are_joined()
    {
        using var first = runs.Seed3.Evaluator();
        using var second = runs.OtherFold.Evaluator();
        using var both = Evaluator(runs.Seed3, runs.OtherFold);
        Assert.Equal([.. first.Utterances, .. second.Utterances], both.Utterances);
        var (a, b, pooled) = (first.Predictions(1), second.Predictions(1), both.Predictions(1));
        Assert.Equal(1, pooled.Trainings);
        Assert.All(Patterns.All(3), o => Assert.Equal([.. a.For(o), .. b.For(o)], pooled.For(o)));
        var result = both.Evaluate(_few);
        Assert.Equal("95 % intervals over 8 videos, 24 utterances", result.Intervals!.Text);
        Assert.All(result.Rows, r => Assert.True(r.Count == 24 && r.Metrics[ScoreTarget.Mae].Spread is null));
        var (ofFirst, ofSecond) = (first.Evaluate(_few), second.Evaluate(_few));
        foreach (var row in result.Rows.Where(r => r.Protocol == "fixed")) // as many utterances each, every one by its own run and baselines
        {
            var mean = (Row(ofFirst, row.Method, row.Case).Metrics[ScoreTarget.Mae].Value + Row(ofSecond, row.Method, row.Case).Metrics[ScoreTarget.Mae].Value) / 2;
            Assert.Equal(mean, row.Metrics[ScoreTarget.Mae].Value, 1e-12);
        }
    }

    [Fact]
    public void Folds_that_were_trained_with_the_same_seeds_are_pooled_both_ways()
    {
        using var both = Evaluator(runs.OtherFold4, runs.Seed3, runs.Seed4, runs.OtherFold);
        using var of3 = Evaluator(runs.OtherFold, runs.Seed3);
        using var of4 = Evaluator(runs.OtherFold4, runs.Seed4);
        var (a, b, pooled) = (of3.Predictions(1), of4.Predictions(1), both.Predictions(1));
        Assert.Equal(of3.Utterances, both.Utterances);
        Assert.Equal(2, pooled.Trainings);
        Assert.All(Patterns.All(3), o => Assert.Equal(b.For(o), pooled.For(o, 0)));
        Assert.All(Patterns.All(3), o => Assert.Equal(a.For(o), pooled.For(o, 1)));
    }

    [Fact]
    public void What_training_ends_with_is_a_part_of_the_evaluation_on_valid()
    {
        using var evaluator = new RunEvaluator([runs.Seed3.Directory.Path, runs.Seed4.Directory.Path], dataFile: null, "valid", CPU);
        var (brief, whole) = (evaluator.Validate(), evaluator.Evaluate(new EvaluationOptions { Random = false }));
        Assert.Equal(
            new[] { "tiny", "majority", "language-only (text)", "dropout-trained" }.SelectMany(m => new[] { (m, "text+sound+face"), (m, ProtocolEvaluator.AverageIncomplete) }),
            brief.Rows.Select(r => (r.Method, r.Case)));
        Assert.All(brief.Rows, row => Assert.Equal(Row(whole, row.Method, row.Case).Metrics, row.Metrics));
        Assert.Equal(3, brief.Differences.Select(d => d.Baseline).Distinct().Count());
        Assert.All(brief.Differences, d => Assert.Contains(d, whole.Differences));
        Assert.Equal(whole.Intervals, brief.Intervals);
        Assert.Equal(whole.Notes, brief.Notes);
    }

    [Fact]
    public void Runs_that_are_neither_folds_nor_seeds_are_refused()
    {
        Assert.Contains("a repetition", Refusal(runs.Seed3, runs.Seed3), StringComparison.Ordinal);
        Assert.Contains("Folds share none", Refusal(runs.Seed3, runs.Overlapping), StringComparison.Ordinal);
        Assert.Contains("its data are others", Refusal(runs.Seed3, runs.OtherLabels), StringComparison.Ordinal);
        Assert.Contains("same seeds", Refusal(runs.Seed3, runs.Seed4, runs.OtherFold), StringComparison.Ordinal);

        static string Refusal(params TinyRun[] several) => Assert.Throws<InputException>(() => Evaluator(several)).Message;
    }

    [Fact]
    public void The_linear_reference_is_fitted_on_train_and_its_penalty_chosen_on_valid()
    {
        using var evaluator = runs.Seed3.Evaluator();
        var row = evaluator.Evaluate(_few).LatentRecovery.Single(r => r is { Modality: "face", Observed: "text+sound" });
        using var run = runs.Seed3.Load();
        var stores = DataSet.SplitNames.Select(name => run.Encode(runs.Seed3.Data, name)).ToList();
        using var predicted = LinearRecovery.Predict(stores[0].Latents, stores[1].Latents, stores[2].Latents, ModalitySet.Of(0, 1), modality: 2);
        var agreement = TensorAgreement.Of(predicted, stores[2].Latents.Latents[2], stores[2].Latents.Valid[2]);
        // Float32 latents that were encoded in other batches.
        Assert.Equal(agreement.Error, row.LinearError!.Value, 1e-5 * agreement.Error);
        Assert.Equal(agreement.Correlation, row.LinearCorrelation!.Value, 1e-4);
        stores.ForEach(s =>
        {
            s.Features.Dispose();
            s.Latents.Dispose();
        });
    }

    [Fact]
    public void Another_run_is_a_rival_on_the_same_utterances()
    {
        using var tiny = TinyRun.Trained(TinyRun.Even);
        using var slow = tiny.Evaluator();
        using var same = new RunEvaluator([tiny.Directory.Path + "/"], dataFile: null, "test", CPU, "same");
        Assert.Equal(tiny.Directory.Path, same.Source);
        var options = new EvaluationOptions { MaskSeeds = 1, Random = false, Samples = 2 };
        var alike = same.Evaluate(options, against: slow);
        Assert.Contains(alike.Rows, r => r.Method == "tiny");
        Assert.All(Against(alike), d => Assert.Equal(0, d.Difference.Value, 12)); // means of equal numbers, up to rounding
        var other = Against(same.Evaluate(options, same.Sampler! with { Nfe = 1 }, against: slow));
        Assert.Contains(other, d => d.Difference.Value != 0);

        static List<PairedDifference> Against(RunEvaluationResult result) => [.. result.Differences.Where(d => d.Baseline == "tiny")];
    }

    [Fact]
    public void A_rival_has_another_name_and_the_same_utterances()
    {
        using var tiny = TinyRun.Trained(TinyRun.Even);
        using var one = tiny.Evaluator();
        using var valid = new RunEvaluator([tiny.Directory.Path], dataFile: null, "valid", CPU, "other");
        Assert.Contains("another name", Assert.Throws<InputException>(() => one.Evaluate(new EvaluationOptions(), against: one)).Message, StringComparison.Ordinal);
        Assert.Contains("other utterances", Assert.Throws<InputException>(() => one.Evaluate(new EvaluationOptions(), against: valid)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_that_is_called_like_another_row_is_refused()
    {
        foreach (var name in new[] { "mean-fill", "optimum", "language-only (text)", "one-modality (x)" })
        {
            using var named = new RunEvaluator([runs.Seed3.Directory.Path], dataFile: null, "test", CPU, name);
            using var plain = runs.Seed4.Evaluator();
            Assert.Contains("another name", Assert.Throws<InputException>(() => named.Evaluate(_few)).Message, StringComparison.Ordinal);
            Assert.Contains("name it first", Assert.Throws<InputException>(() => plain.Evaluate(_few, against: named)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Huge_values_take_metrics_from_what_they_touch_and_a_note_says_so()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Name, "huge.npz");
        NpzWriter.Write(file, runs.Seed3.Data);
        var data = DataFile.Read(file); // arrays of its own: those of the run are for all tests
        data["test"].Features[1].Values[0] = float.MaxValue;
        NpzWriter.Write(file, data);
        using var evaluator = new RunEvaluator([runs.Seed3.Directory.Path], file, "test", CPU);
        Assert.Equal(file, evaluator.OtherData);
        var result = evaluator.Evaluate(_few, nfeCurve: [2]);
        Assert.True(double.IsNaN(Row(result, "tiny", "sound").Metrics[ScoreTarget.Mae].Value));
        using var usual = runs.Seed3.Evaluator();
        var expected = usual.Evaluate(_few);
        Assert.Equal(Row(expected, "majority", "sound").Metrics, Row(result, "majority", "sound").Metrics);
        foreach (var row in result.Rows.Where(r => r.Case is "text" or "face" or "text+face"))
        {
            Assert.Equal(Row(expected, row.Method, row.Case).Metrics, row.Metrics); // what was not observed cannot harm
        }

        Assert.Contains(result.Notes, n => n.StartsWith("tiny predicts", StringComparison.Ordinal));
        ResultFile.Write(Path.Combine(folder.Name, "results.json"), result);
        Assert.Equal(result.Notes, ResultFile.Read(Path.Combine(folder.Name, "results.json")).Notes);
    }

    [Fact]
    public void A_modality_that_is_all_zero_names_with_a_plus_and_one_training_row_are_evaluated()
    {
        Modality[] modalities = [new("a+b", 5, 3), new("a", 5, 3), new("b", 5, 3)];
        foreach (var trainRows in new[] { 8, 1 })
        {
            var data = TinyRun.MakeData(modalities, [trainRows, 4, 5]);
            data.Splits.ToList().ForEach(s => Array.Clear(s.Features[2].Values));
            using var tiny = new TinyRun(TinyRun.TinyOptions, data);
            tiny.Train();
            using var evaluator = tiny.Evaluator();
            var result = evaluator.Evaluate(_few, nfeCurve: [2, 3]);
            Assert.Equal(6 * (7 + 2 + 1), result.Rows.Count);
            Assert.Equal(result.Rows.Count, result.Rows.DistinctBy(r => (r.Method, r.Case)).Count());
            using var folder = new TemporaryFolder();
            ResultFile.Write(Path.Combine(folder.Name, "results.json"), result);
            Amodal.Evaluation.Reports.ReportWriter.Write(folder.Name, evaluator.ToReport(result));
            Assert.Equal(9, result.LatentRecovery.Count);
            Assert.Contains(result.LatentRecovery, r => r.Observed == "(a+b)+a");
        }
    }

    [Fact]
    public void A_large_split_is_encoded_in_parts_as_in_one_piece()
    {
        using var run = runs.Seed3.Load();
        var data = TinyRun.MakeData(TinyRun.Even, [2100, 2, 2]); // three parts
        using var parts = run.EncodeLatents(data, "train");
        var (features, whole) = run.Encode(data, "train");
        Assert.Equal(whole.Split.Ids, parts.Split.Ids);
        Assert.Equal(whole.Keys, parts.Keys);
        using var scope = NewDisposeScope();
        foreach (var (a, b) in whole.Latents.Concat(whole.Valid).Append(whole.Labels).Zip(parts.Latents.Concat(parts.Valid).Append(parts.Labels)))
        {
            Relative.Equal(a, b, 16 * Relative.Rounding); // sums of some ten products, in parts of other sizes
        }

        features.Dispose();
        whole.Dispose();
    }

    [Fact]
    public void A_point_of_the_curve_is_an_evaluation_with_its_budget()
    {
        using var evaluator = runs.Seed3.Evaluator();
        var own = evaluator.Evaluate(_few with { Random = false }, nfeCurve: [1, 2]);
        Assert.Equal([1, 2, 3], own.NfeCurve.Select(p => p.Nfe)); // and its own
        foreach (var point in own.NfeCurve)
        {
            var row = Row(evaluator.Evaluate(_few with { Random = false }, evaluator.Sampler! with { Nfe = point.Nfe }), "tiny", ProtocolEvaluator.AverageIncomplete);
            Assert.Equal((row.Metrics[ScoreTarget.Mae], row.Metrics[ScoreTarget.Acc2NonZero]), (point.Metrics[ScoreTarget.Mae], point.Metrics[ScoreTarget.Acc2NonZero]));
        }

        Assert.Equal(3, own.NfeCurve.Select(p => (p.Metrics[ScoreTarget.Mae], p.LatentError)).Distinct().Count());
    }

    [Fact]
    public void Steps_that_see_padding_only_do_not_count()
    {
        using var run = runs.Seed3.Load();
        var (features, latents) = run.Encode(runs.Seed3.Data, "test");
        float[] expected = [.. Enumerable.Range(0, 12).SelectMany(row => new[] { row % 3 == 0 ? 0f : 1, 1, 1 })];
        Assert.Equal(expected, latents.Valid[0].data<float>().ToArray());
        Assert.All(latents.Valid[1].data<float>().ToArray(), v => Assert.Equal(1, v));
        features.Dispose();
        latents.Dispose();
    }

    [Fact]
    public void Baselines_of_many_rows_are_those_of_a_few()
    {
        using var run = runs.Seed3.Load();
        var data = TinyRun.MakeData(TinyRun.Even, [2, 2, 600]);
        var later = new DataSet("later", data.Modalities, [data["test"].Select("test", [.. Enumerable.Range(300, 300)])], data.Digest);
        var (whole, part) = (Baselines(data), Baselines(later));
        // Float32 sums of some hundred products, in batches of other sizes.
        Assert.All(whole.Zip(part), pair => Assert.All(pair.First[300..].Zip(pair.Second), p => Assert.Equal(p.First, p.Second, 1e-4f * (1 + Math.Abs(p.First)))));

        List<float[]> Baselines(DataSet of)
        {
            return [.. RunBaselines.Of(run).Select(b =>
            {
                using var rows = b.Encode(of["test"]);
                return rows.Predict([.. Enumerable.Repeat(ModalitySet.Of(0, 2), rows.Count)]);
            })];
        }
    }

    [Fact]
    public void An_exported_model_is_evaluated_as_its_run()
    {
        using var folder = new TemporaryFolder();
        using var run = runs.Seed3.Load();
        ModelExporter.Export(run.Model, seed: 3, Path.Combine(folder.Name, "out"));
        using var exported = RunEvaluator.OfExport(new OnnxMethod(OnnxModel.Load(Path.Combine(folder.Name, "out"), threads: 1), "tiny"), runs.Seed3.Data, "test");
        using var evaluator = runs.Seed3.Evaluator();
        var options = _few with { Samples = 2 };
        var (expected, actual) = (evaluator.Evaluate(options, nfeCurve: [3]), exported.Evaluate(options, nfeCurve: [3]));
        Assert.Equal(expected.Intervals, actual.Intervals);
        foreach (var row in actual.Rows)
        {
            var same = Row(expected, "tiny", row.Case).Metrics[ScoreTarget.Mae];
            // Graphs agree with torch to some 1e-5; two samples of draw 0 would be off by much more.
            Assert.Equal(same.Value, row.Metrics[ScoreTarget.Mae].Value, 1e-4 * same.Value);
            Assert.Equal(same.Low, row.Metrics[ScoreTarget.Mae].Low, 1e-3 * same.Value);
        }

        Assert.Equal(expected.NfeCurve[0].Metrics[ScoreTarget.Mae].High, actual.NfeCurve[0].Metrics[ScoreTarget.Mae].High, 1e-3 * expected.NfeCurve[0].Metrics[ScoreTarget.Mae].High);
        Assert.Equal(expected.NfeCurve[0].LatentError, actual.NfeCurve[0].LatentError, 1e-3 * expected.NfeCurve[0].LatentError);
        Assert.Equal(expected.LatentRecovery.Select(r => (r.Modality, r.Observed)), actual.LatentRecovery.Select(r => (r.Modality, r.Observed)));
        Assert.All(expected.LatentRecovery.Zip(actual.LatentRecovery), p => Assert.Equal(p.First.AlignedError, p.Second.AlignedError, 1e-3 * p.First.AlignedError));
        Assert.All(expected.LatentRecovery.Zip(actual.LatentRecovery), p => Assert.Equal(p.First.MeanFillError, p.Second.MeanFillError, 1e-3 * p.First.MeanFillError));
        using var one = runs.Seed3.Evaluator();
        Assert.NotEqual(Row(one.Evaluate(_few), "tiny", "text").Metrics[ScoreTarget.Mae].Value, Row(expected, "tiny", "text").Metrics[ScoreTarget.Mae].Value, 1e-6);
    }

    [Fact]
    public void A_session_averages_its_samples_and_knows_labels_and_rates()
    {
        using var session = new RunSession(runs.Seed3.Load(), runs.Seed3.Data, "test", TinyRun.TinyOptions.Sampler, seed: 3);
        using var run = runs.Seed3.Load();
        var (features, latents) = run.Encode(runs.Seed3.Data, "test");
        var path = run.Method.CreatePath(3);
        var observed = session.Observed(null, null, "sound=0.5,face=0.25");
        Assert.Equal([0, 6, 3], Enumerable.Range(0, 3).Select(m => observed.Count(o => !o.Contains(m))));
        Assert.Equal(ModalityRates.Parse("face=0.25,sound=0.5", ["text", "sound", "face"], "").Draw(12, 1), observed);
        var (zero, one) = (path.Predict(latents, observed, 0), path.Predict(latents, observed, 1));
        Assert.NotEqual(zero, one);
        foreach (var (row, p) in session.Predict(observed, samples: 2).Index())
        {
            Assert.Equal(((double)zero[row] + one[row]) / 2, p.Prediction, 1e-12);
            Assert.Equal(Math.Abs((double)zero[row] - one[row]) / Math.Sqrt(2), p.Deviation!.Value, 1e-9);
            Assert.Equal(runs.Seed3.Data["test"].Labels[row], p.Label);
        }

        Assert.Contains("give one", Assert.Throws<InputException>(() => session.Observed("text", null, "face=0.1")).Message, StringComparison.Ordinal);
        Assert.Contains("give one", Assert.Throws<InputException>(() => session.Observed(null, "masks.csv", "face=0.1")).Message, StringComparison.Ordinal);
        features.Dispose();
        latents.Dispose();
    }

    private static string[] Videos => [.. Enumerable.Range(0, 12).Select(row => $"test{row / 3}")];

    private static RunEvaluator Evaluator(params TinyRun[] several) => new([.. several.Select(r => r.Directory.Path)], dataFile: null, "test", CPU);

    private static ResultRow Row(RunEvaluationResult result, string method, string name) => result.Rows.Single(r => r.Method == method && r.Case == name);

    /// <summary>One experiment on made-up videos of three utterances: two seeds, two folds, and data that fit neither.</summary>
    public sealed class Trained : IDisposable
    {
        private static readonly DataSet _data = Padded(TinyRun.MakeData(TinyRun.Even, [24, 10, 12]));
        private readonly List<TinyRun> _all = [];

        public Trained()
        {
            Seed3 = Train(3, Named(""));
            Seed4 = Train(4, Named(""));
            // Folds with the weights of the other seed, so that each utterance shows which run answered; what fits neither is refused.
            OtherFold = As(3, Named("other"));
            OtherFold4 = As(4, Named("other"));
            Overlapping = As(5, TinyRun.WithIds(_data, (split, row) => row == 7 ? Id("", split, row) : Id("third", split, row)));
            OtherLabels = As(6, Relabelled(Named("")));
        }

        internal TinyRun Seed3 { get; }

        internal TinyRun Seed4 { get; }

        internal TinyRun OtherFold { get; }

        internal TinyRun OtherFold4 { get; }

        internal TinyRun Overlapping { get; }

        internal TinyRun OtherLabels { get; }

        public void Dispose() => _all.ForEach(r => r.Dispose());

        private TinyRun Train(int seed, DataSet data)
        {
            var run = new TinyRun(TinyRun.TinyOptions with { Seed = seed }, data);
            _all.Add(run);
            run.Train();
            return run;
        }

        private TinyRun As(int seed, DataSet data)
        {
            _all.Add((seed == 4 ? Seed3 : Seed4).As(seed, data));
            return _all[^1];
        }

        private static DataSet Named(string fold) => TinyRun.WithIds(_data, (split, row) => Id(fold, split, row));

        private static string Id(string fold, string split, int row) => $"{fold}{split}{row / 3}$_${row % 3}";

        /// <summary>Every third row of the first modality begins with three frames of zeros: all that the first latent step sees.</summary>
        private static DataSet Padded(DataSet data)
        {
            foreach (var split in data.Splits)
            {
                for (var row = 0; row < split.Count; row += 3)
                {
                    Array.Clear(split.Features[0].Values, row * data.Modalities[0].RowSize, 3 * data.Modalities[0].Width);
                }
            }

            return data;
        }

        private static DataSet Relabelled(DataSet data)
        {
            var splits = data.Splits.Select(s => new Split(s.Name, s.Ids, [.. s.Labels.Select(y => y + 1)], s.Features)).ToList();
            return new DataSet("tiny", data.Modalities, splits, DataDigest.Compute(data.Modalities, splits));
        }
    }
}
