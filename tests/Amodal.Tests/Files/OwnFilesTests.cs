using System.Buffers.Binary;
using System.Text;
using Amodal.Data;
using Amodal.Engines;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Export;
using Amodal.Files;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Files;

/// <summary>Whatever is done to a file of our own, its reader says what is wrong with it, or reads it: nothing else comes out.</summary>
public sealed class OwnFilesTests(OwnFilesTests.Run shared) : IClassFixture<OwnFilesTests.Run>
{
    [Fact]
    public void Damaged_manifests_of_runs() => Damage(shared.ManifestFile, cases: 80, () =>
    {
        using var run = shared.Tiny.Load();
        _ = run.Directory.ReadCurves(run.Manifest);
        _ = run.ReadData(null);
    });

    [Fact]
    public void Damaged_manifests_of_exported_models() => Damage(Path.Combine(shared.Export, ExportManifest.FileName), cases: 120, () =>
    {
        using var method = new OnnxMethod(OnnxModel.Load(shared.Export, threads: 1));
        using var path = method.Encode(shared.Data["test"]);
        _ = path.Predict([.. shared.Data["test"].Ids.Select(_ => ModalitySet.Of(0))], draw: 0, progress: null, stop: default);
    });

    [Fact]
    public void Damaged_results() => Damage(shared.Results, cases: 200, () => ResultFile.ToTables([ResultFile.Read(shared.Results)]));

    [Fact]
    public void Damaged_headers_of_weights()
    {
        var path = shared.Tiny.Directory.StageFile("statistics");
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var mutator = new JsonMutator(new StableRandom(11));
        var header = Encoding.UTF8.GetString(bytes, 8, length);
        try
        {
            for (var i = 0; i < 80; i++)
            {
                var changed = mutator.Mutate(header);
                var count = new byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(count, (ulong)Encoding.UTF8.GetByteCount(changed));
                File.WriteAllBytes(path, [.. count, .. Encoding.UTF8.GetBytes(changed), .. bytes[(8 + length)..]]);
                OnlyBadInput(changed, () => shared.Tiny.Load().Dispose());
            }
        }
        finally
        {
            File.WriteAllBytes(path, bytes);
        }
    }

    [Fact]
    public void Damaged_graphs()
    {
        // Another modality's, cut off, of no ONNX at all, empty, a folder.
        var encoder = Path.Combine(shared.Export, "encoder-text.onnx");
        var own = File.ReadAllBytes(encoder);
        foreach (var other in new[] { File.ReadAllBytes(Path.Combine(shared.Export, "encoder-face.onnx")), File.ReadAllBytes(Path.Combine(shared.Export, "score-text.onnx")), own[..(own.Length / 2)], "no graph"u8.ToArray(), [] })
        {
            File.WriteAllBytes(encoder, other);
            Assert.Contains("encoder-text.onnx", Refusal().Message, StringComparison.Ordinal);
        }

        File.Delete(encoder);
        Assert.Contains("is not a file of that folder", Refusal().Message, StringComparison.Ordinal);
        File.WriteAllBytes(encoder, own);

        InputException Refusal() => Assert.Throws<InputException>(() =>
        {
            using var model = OnnxModel.Load(shared.Export, threads: 1);
            model.Encode(shared.Data["test"]);
        });
    }

    [Fact]
    public void Weights_that_are_not_finite_are_named()
    {
        var path = shared.Tiny.Directory.StageFile("score");
        var sound = File.ReadAllBytes(path);
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            var bytes = sound.ToArray();
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(bytes.Length - 4), bad);
            File.WriteAllBytes(path, bytes);
            var last = SafeTensors.Read(path).Keys.Last();
            var problem = Assert.Throws<InputException>(() => shared.Tiny.Load().Dispose());
            Assert.Equal((path, $"tensor '{last}'"), (problem.Origin, problem.Place));
        }

        File.WriteAllBytes(path, sound);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Weights_of_graphs_that_are_not_finite_are_named(float bad)
    {
        using var folder = new Data.TemporaryFolder();
        using var trained = shared.Tiny.Load();
        using (no_grad())
        {
            trained.Model.Fusion.parameters().Last().fill_(bad);
        }

        var export = Path.Combine(folder.Name, "export");
        _ = ModelExporter.Export(trained.Model, seed: 3, export);
        using var method = new OnnxMethod(OnnxModel.Load(export, threads: 1));
        using var path = method.Encode(shared.Data["test"]);
        var problem = Assert.Throws<InputException>(() => path.Predict([.. shared.Data["test"].Ids.Select(_ => ModalitySet.Of(0))], 0, null, default));
        Assert.Equal(Path.Combine(export, "fusion.onnx"), problem.Origin);
        Assert.StartsWith("weights 'weight_", problem.Place, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_that_the_checkpoints_cannot_hold_are_refused_before_such_networks_are_made()
    {
        var text = File.ReadAllText(shared.ManifestFile);
        foreach (var (found, huge) in new[] { ("\"width\": 3", "\"width\": 200000000"), ("\"length\": 5", "\"length\": 700000000") })
        {
            File.WriteAllText(shared.ManifestFile, text.Replace(found, huge, StringComparison.Ordinal));
            Assert.Contains("larger in manifest.json than in statistics.safetensors", Assert.Throws<InputException>(() => shared.Tiny.Load()).Message, StringComparison.Ordinal);
        }

        File.WriteAllText(shared.ManifestFile, text);
    }

    [Theory]
    [InlineData("\"score\"", "\"../score\"")]
    [InlineData("\"score\"", "\"\"")]
    [InlineData("\"score\"", "\"recovery\"")]
    [InlineData("\"format\": 1", "\"format\": 2")]
    public void Stages_and_formats_that_no_run_has_are_refused(string found, string replacement)
    {
        var text = File.ReadAllText(shared.ManifestFile);
        Assert.Contains(found, text, StringComparison.Ordinal);
        File.WriteAllText(shared.ManifestFile, text.Replace(found, replacement, StringComparison.Ordinal));
        Assert.Equal(shared.ManifestFile, Assert.Throws<InputException>(() => shared.Tiny.Directory.ReadManifest()).Origin);
        File.WriteAllText(shared.ManifestFile, text);
    }

    [Fact]
    public async Task Pipes_in_the_place_of_files_of_a_run_are_refused_and_not_waited_for()
    {
        foreach (var name in new[] { "manifest.json", "config.yaml", "score.safetensors" })
        {
            var path = Path.Combine(shared.Tiny.Directory.Path, name);
            File.Move(path, path + ".kept");
            Pipe.MakeOrSkip(path);
            var read = Task.Run(() => Assert.Throws<InputException>(() => shared.Tiny.Load().Dispose()), TestContext.Current.CancellationToken);
            _ = await read.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken); // only one that waits for ever takes so long
            File.Delete(path);
            File.Move(path + ".kept", path);
        }
    }

    [Fact]
    public void Files_of_users_that_went_wrong()
    {
        var folder = Path.Combine(Repository.Root, "..", "shared", "cases", "30-own-files");
        Assert.SkipUnless(Directory.Exists(folder), "needs the cases beside the repository");
        using var other = new Data.TemporaryFolder();
        foreach (var file in Directory.GetFiles(folder))
        {
            var copy = other.Write(Path.Combine(Path.GetFileNameWithoutExtension(file), "manifest.json"), File.ReadAllBytes(file));
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(copy)!, "config.yaml"), "name: x\n");
            Assert.Throws<InputException>(() => Path.GetFileName(file).Split('-')[0] switch
            {
                "run" => (object)new RunDirectory(Path.GetDirectoryName(copy)!).ReadManifest(),
                "export" => ExportManifest.Read(Path.GetDirectoryName(copy)!),
                _ => ResultFile.ToTables([ResultFile.Read(copy)]),
            });
        }
    }

    private static void Damage(string path, int cases, Action read)
    {
        var text = File.ReadAllText(path);
        read(); // sound as it is
        var mutator = new JsonMutator(new StableRandom(5));
        try
        {
            for (var i = 0; i < cases; i++)
            {
                var changed = mutator.Mutate(text);
                File.WriteAllText(path, changed);
                OnlyBadInput(changed, read);
            }
        }
        finally
        {
            File.WriteAllText(path, text);
        }
    }

    private static void OnlyBadInput(string text, Action read)
    {
        try
        {
            read();
        }
        catch (InputException)
        {
        }
        catch (Exception e)
        {
            Assert.Fail($"{e.GetType().Name} ({e.Message}) from {(text.Length > 3000 ? text[..3000] : text)}\n{e.StackTrace}");
        }
    }

    /// <summary>A trained run, its export and its results, made once.</summary>
    public sealed class Run : IDisposable
    {
        private readonly Data.TemporaryFolder _folder = new();

        public Run()
        {
            Tiny = TinyRun.Trained(TinyRun.Uneven);
            using var trained = Tiny.Load();
            Export = Path.Combine(_folder.Name, "export");
            _ = ModelExporter.Export(trained.Model, seed: 3, Export);
            Results = Path.Combine(_folder.Name, "results.json");
            var estimate = new Estimate(0.5, 0.25, double.NaN);
            ResultFile.Write(Results, new RunEvaluationResult(
                [new ReportFact("method", "a")],
                [.. new[] { "text", "text+sound", ProtocolEvaluator.AverageAll }.Select(c => new ResultRow("a", "fixed", c, 12, new Dictionary<string, Estimate> { [ScoreTarget.Mae] = estimate, [ScoreTarget.Acc2NonZero] = estimate })),
                    new ResultRow("a", "random", ResultRow.CaseOf(0.3), 12, new Dictionary<string, Estimate> { [ScoreTarget.Mae] = estimate })],
                [new PairedDifference("a", "b", "text", ScoreTarget.Mae, estimate), new PairedDifference("a", "b", "text+sound", ScoreTarget.Mae, estimate)],
                [new LatentRecoveryRow("a", "text", "sound", 1, 0.5, 1, 0.5, 1)],
                [new NfePoint("a", 5, new Dictionary<string, Estimate> { [ScoreTarget.Mae] = estimate }, 1, double.NaN)]));
        }

        internal TinyRun Tiny { get; }

        public DataSet Data => Tiny.Data;

        public string ManifestFile => Path.Combine(Tiny.Directory.Path, "manifest.json");

        public string Export { get; }

        public string Results { get; }

        public void Dispose()
        {
            Tiny.Dispose();
            _folder.Dispose();
        }
    }
}
