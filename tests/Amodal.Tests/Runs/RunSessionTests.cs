using Amodal.Data;
using Amodal.Data.NumPy;
using Amodal.Engines;
using Amodal.Evaluation;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Runs;

/// <summary>A run put to use on rows where a modality is missing in the file, or some of its numbers.</summary>
public sealed class RunSessionTests : IClassFixture<RunSessionTests.Trained>
{
    private const int Sound = 1;
    private const int WithoutSound = 3;
    private const int WithoutANumber = 5;

    private readonly Trained _trained;

    public RunSessionTests(Trained trained) => _trained = trained;

    private static ModalitySet All => ModalitySet.All(3);

    private TrainedRun Run => TrainedRun.Load(_trained.Run, CPU);

    [Fact]
    public void What_the_file_has_no_number_for_is_missing_whatever_is_asked()
    {
        using var session = Session(_trained.Holed);
        var asked = session.Observed(missing: null, maskFile: null);
        var predictions = session.Predict(asked, samples: 1);
        Assert.Equal("text+face", predictions[WithoutSound].Observed);
        Assert.All(predictions.Where((_, row) => row != WithoutSound), p => Assert.Equal("text+sound+face", p.Observed));
        Assert.Contains(session.Notes(asked), note => note.StartsWith("'sound' in test has no number in 1 of 12 rows", StringComparison.Ordinal));
        Assert.Contains(session.Notes(asked), note => note.StartsWith("1 of 12 rows lack a modality that is called observed", StringComparison.Ordinal));

        // As if a mask had said so; an unknown number as if it were the training mean.
        using var whole = Session(_trained.WithMean);
        var expected = whole.Predict([.. asked.Select((set, row) => row == WithoutSound ? set.Without(ModalitySet.Of(Sound)) : set)], samples: 1);
        Assert.Equal(expected.Select(p => p.Prediction), predictions.Select(p => p.Prediction));
        Assert.DoesNotContain(whole.Notes(asked), note => note.Contains("lack a modality", StringComparison.Ordinal));
    }

    [Fact]
    public void An_utterance_of_which_nothing_is_left_is_refused_by_name()
    {
        using var session = Session(_trained.Holed);
        Assert.Contains("id 'test-3': has no number in sound, and the rest is missing",
            Assert.Throws<InputException>(() => session.Predict(session.Observed("text,face", null), 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recoveries_do_not_build_on_what_is_missing()
    {
        using var folder = new TemporaryFolder();
        var face = Recovered(_trained.Holed, All.Without(ModalitySet.Of(2)));
        var usual = Recovered(_trained.WithMean, All.Without(ModalitySet.Of(2)));
        var fewer = Recovered(_trained.WithMean, ModalitySet.Of(0));
        var width = face.Length / 12;
        for (var row = 0; row < 12; row++)
        {
            // The same but for rounding: the row that lacks more goes another way than those beside it.
            var expected = (row == WithoutSound ? fewer : usual).AsSpan(row * width, width);
            Relative.Equal(expected.ToArray(), face.AsSpan(row * width, width).ToArray(), Relative.Network);
        }

        Assert.NotEqual(usual[WithoutSound * width], face[WithoutSound * width]);

        float[] Recovered(DataSet data, ModalitySet observed)
        {
            using var session = Session(data);
            var path = Path.Combine(folder.Name, "recovered.npz");
            Assert.Equal(observed.Count == 2 ? ["recovered/face", "aligned/face", "true/face"] : ["recovered/sound", "aligned/sound", "true/sound", "recovered/face", "aligned/face", "true/face"],
                session.Recover(observed, path).Select(a => a.Name));
            var arrays = NpzArchive.Read(path).Where(a => a.Key != "ids").ToDictionary(a => a.Key, a => a.Value.ToFloats());
            Assert.Equal(Truth(data), arrays["true/face"]);
            Assert.NotEqual(arrays["true/face"], arrays["aligned/face"]);
            return arrays["recovered/face"];
        }
    }

    private float[] Truth(DataSet data)
    {
        using var run = Run;
        var (features, latents) = run.Encode(data, "test");
        using (features)
        using (latents)
        {
            return [.. latents.Latents[2].data<float>()];
        }
    }

    [Fact]
    public void An_exported_model_answers_the_same_and_never_NaN()
    {
        using var folder = new TemporaryFolder();
        using var run = Run;
        var (exported, seed) = (Path.Combine(folder.Name, "out"), (ulong)run.Options.Seed);
        ModelExporter.Export(run.Model, seed, exported);
        using var torch = Session(_trained.Holed);
        using var onnx = new RunSession(new OnnxMethod(OnnxModel.Load(exported, threads: 1)), _trained.Holed, "test");
        var asked = torch.Observed("face", null);
        var (expected, answers) = (torch.Predict(asked, 1), onnx.Predict(asked, 1));
        Assert.Equal(expected.Select(p => p.Observed), answers.Select(p => p.Observed));
        Assert.All(expected.Zip(answers), p => Assert.Equal(p.First.Prediction, p.Second.Prediction, 1e-4 * Math.Max(1, Math.Abs(p.First.Prediction)))); // float32 in another order

        // Raw features with whatever is in them, as another program may give them.
        using var model = OnnxModel.Load(exported, threads: 1);
        var mean = Standardiser.Fit(_trained.Holed).Means[Sound];
        Relative.Equal(
            model.Encode(Sound, [mean[0], 1, mean[2], 2, 0, 0, 0, 0], 2).Values, // the second row is padding as far as is known
            model.Encode(Sound, [float.NaN, 1, float.NegativeInfinity, 2, 0, 0, 0, float.NaN], 2).Values, Relative.Network);
        Assert.Contains("row 0: is encoded to numbers that are not finite", Assert.Throws<InputException>(() => model.Encode(Sound, [3e38f, -3e38f, 3e38f, -3e38f], 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_counts_the_latent_steps_that_the_run_counts()
    {
        // Padding and unknown rows are left out of the agreement of latents by either, each with code of its own.
        using var folder = new TemporaryFolder();
        using var run = Run;
        var exported = Path.Combine(folder.Name, "out");
        ModelExporter.Export(run.Model, (ulong)run.Options.Seed, exported);
        using var torch = new RunEvaluator([_trained.Run], _trained.HoledFile, "test", CPU);
        using var onnx = RunEvaluator.OfExport(new OnnxMethod(OnnxModel.Load(exported, threads: 1)), _trained.Holed, "test");
        var options = new EvaluationOptions { Random = false };
        var (expected, answers) = (torch.Evaluate(options).LatentRecovery, onnx.Evaluate(options).LatentRecovery);
        Assert.Equal(9, expected.Count);
        Assert.All(expected.Zip(answers), pair =>
        {
            Assert.Equal((pair.First.Modality, pair.First.Observed), (pair.Second.Modality, pair.Second.Observed));
            Assert.Equal(pair.First.MeanFillError, pair.Second.MeanFillError, 1e-4 * pair.First.MeanFillError); // float32 in another order
        });
    }

    [Fact]
    public void A_point_of_an_exports_curve_takes_what_a_row_lacks_for_missing()
    {
        using var folder = new TemporaryFolder();
        using var run = Run;
        var exported = Path.Combine(folder.Name, "out");
        ModelExporter.Export(run.Model, (ulong)run.Options.Seed, exported);
        using var onnx = RunEvaluator.OfExport(new OnnxMethod(OnnxModel.Load(exported, threads: 1)), _trained.Holed, "test");
        var result = onnx.Evaluate(new EvaluationOptions { Random = false }, nfeCurve: [onnx.Sampler!.Nfe]);
        var row = result.Rows.Single(r => r.Method == onnx.MethodName && r.Case == ProtocolEvaluator.AverageIncomplete);
        Assert.Equal(row.Metrics[ScoreTarget.Mae], Assert.Single(result.NfeCurve).Metrics[ScoreTarget.Mae]);
    }

    [Fact]
    public void Evaluation_says_what_is_missing_and_every_set_has_the_errors_of_its_predictions()
    {
        using var folder = new TemporaryFolder();
        using var evaluator = new RunEvaluator([_trained.Run], _trained.HoledFile, "test", CPU);
        var result = evaluator.Evaluate(new EvaluationOptions { MaskSeeds = 1, MissingRates = [0.3] });
        using var session = Session(_trained.Holed);
        var labels = _trained.Holed["test"].Labels;
        string[] names = ["text", "sound", "face"];
        foreach (var set in Patterns.All(3).Where(set => set != ModalitySet.Of(Sound))) // of the row without sound nothing would be left
        {
            var errors = session.Predict([.. Presence.Of(_trained.Holed["test"]).Select(p => set.And(p))], 1).Zip(labels, (p, label) => Math.Abs(p.Prediction - label));
            Relative.Equal(errors.Average(), Mae(result, "tiny", set.Describe(names)), Relative.Network, size: 1); // predictions in float32
        }

        // Baselines, where no unknown number is looked at: those of the same data without holes.
        var withMean = Path.Combine(folder.Name, "with-mean.npz");
        NpzWriter.Write(withMean, _trained.WithMean);
        using var whole = new RunEvaluator([_trained.Run], withMean, "test", CPU);
        var expected = whole.Evaluate(new EvaluationOptions { Random = false });
        var rows = expected.Rows.Where(row => row.Method != "tiny" && row.Case is "text" or "face" or "text+face").ToList();
        Assert.Equal(5 * 3, rows.Count);
        Assert.All(rows, row => Assert.Equal(row.Metrics[ScoreTarget.Mae].Value, Mae(result, row.Method, row.Case)));
        Assert.All(result.Rows.Where(row => row.Method == "majority"), row => Assert.Equal(Mae(expected, "majority", "text"), row.Metrics[ScoreTarget.Mae].Value, 1e-12));
        Assert.Single(evaluator.ToReport(result).Notes, note => note.StartsWith("'sound' in test has no number in 1 of 12 rows", StringComparison.Ordinal));
    }

    private static double Mae(RunEvaluationResult result, string method, string name) =>
        result.Rows.Single(row => row.Method == method && row.Case == name).Metrics[ScoreTarget.Mae].Value;

    private RunSession Session(DataSet data)
    {
        var run = Run;
        return new RunSession(run, data, "test", run.Method.Sampler, (ulong)run.Options.Seed);
    }

    /// <summary>A tiny run, and its data with holes.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly TinyRun _run = TinyRun.Trained(TinyRun.Uneven);

        public Trained()
        {
            Holed = Changed((values, modality) =>
            {
                Pad(values, modality);
                if (modality.Name == "sound")
                {
                    values.AsSpan(WithoutSound * modality.RowSize, modality.RowSize).Fill(float.NaN);
                    values[(WithoutANumber * modality.RowSize) + 2] = float.NegativeInfinity;
                }
            });
            var mean = Standardiser.Fit(_run.Data).Means[Sound][2];
            WithMean = Changed((values, modality) =>
            {
                Pad(values, modality);
                values[(WithoutANumber * modality.RowSize) + 2] = modality.Name == "sound" ? mean : values[(WithoutANumber * modality.RowSize) + 2];
            });
            HoledFile = Path.Combine(_folder.Name, "holed.npz");
            NpzWriter.Write(HoledFile, Holed);
        }

        internal string Run => _run.Directory.Path;

        internal string HoledFile { get; }

        internal DataSet Holed { get; }

        internal DataSet WithMean { get; }

        public void Dispose()
        {
            _run.Dispose();
            _folder.Dispose();
        }

        // Row 7 has no more than the last two of its steps.
        private static void Pad(float[] values, Modality modality) =>
            values.AsSpan(7 * modality.RowSize, Math.Max(0, modality.Length - 2) * modality.Width).Clear();

        private DataSet Changed(Action<float[], Modality> change)
        {
            var test = _run.Data["test"];
            var features = test.Features.Select(f =>
            {
                var values = f.Values.ToArray();
                change(values, f.Modality);
                return new FeatureArray(f.Modality, values);
            }).ToList();
            Split[] splits = [_run.Data["train"], _run.Data["valid"], new Split("test", test.Ids, test.Labels, features)];
            return new DataSet("changed", _run.Data.Modalities, splits, DataDigest.Compute(_run.Data.Modalities, splits));
        }
    }
}
