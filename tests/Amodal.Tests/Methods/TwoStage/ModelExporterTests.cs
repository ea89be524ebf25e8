using Amodal.Diffusion.Networks;
using Amodal.Export;
using Amodal.Methods.TwoStage;
using Amodal.Tests.Data;
using Amodal.Tests.Export;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.TwoStage;

/// <summary>A whole model's graphs against the model, and the folder they come in.</summary>
public class ModelExporterTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_graph_answers_as_its_network(bool standardise)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var folder = new TemporaryFolder();
        using var model = Model(new() { Channels = 4, Standardise = standardise });
        var path = Path.Combine(folder.Name, "out");
        var manifest = ModelExporter.Export(model, seed: 3, path);
        foreach (var batch in new[] { 1, 2, 9 })
        {
            var latents = model.Shapes.Select((s, m) => Draws.Normal(20 + (ulong)m, batch, s.Channels, s.Length)).ToList();
            (string, Tensor)[] inputs = [.. latents.Select((l, m) => ($"latent{m}", l))];
            OnnxRun.Close(model.Fuse(latents), Run(path, manifest.Fusion, inputs)["prediction"]);
            OnnxRun.Close(model.FuseComplete(latents), Run(path, manifest.CompleteFusion, inputs)["prediction"]);
            for (var m = 0; m < latents.Count; m++)
            {
                OnnxRun.Close(model.Align(m, latents[m]), Run(path, manifest.Modalities[m].Decoder!, ("recovered", latents[m]))["aligned"]);
                var (raw, expected) = Encoded(model, m, batch);
                OnnxRun.Close(expected, Run(path, manifest.Modalities[m].Encoder, ("features", raw))["latent"]);
            }
        }
    }

    [Fact]
    public void The_manifest_reads_as_it_was_written()
    {
        using var folder = new TemporaryFolder();
        using var model = Model(new() { Channels = 4 });
        var path = Path.Combine(folder.Name, "out");
        var written = ModelExporter.Export(model, seed: ulong.MaxValue, path);
        var read = ExportManifest.Read(path);
        Assert.Equal(ulong.MaxValue, read.Seed);
        Assert.Equal(written.Backbone, read.Backbone);
        Assert.Equal(written.Sampler, read.Sampler);
        Assert.Equal(written.Process, read.Process);
        Assert.Equal(TinyRun.Uneven.Select(m => (m.Name, m.Length, m.Width)), read.Modalities.Select(m => (m.Name, m.Length, m.Width)));
        Assert.Equal(model.Shapes.Select(s => (s.Channels, s.Length)), read.Modalities.Select(m => (m.Channels, m.Steps)));
        using var average = model.AverageLatent(0);
        Assert.Equal(average.data<float>().ToArray(), read.Modalities[0].AverageLatent);
        Assert.Equal(
            Directory.GetFiles(path).Select(Path.GetFileName).Order(),
            read.Files.Append(ExportManifest.FileName).Order());
        Assert.Equal("score-text.onnx", read.Modalities[0].Score);
    }

    [Fact]
    public void A_backbone_of_two_graphs_is_told_with_what_goes_between_them()
    {
        using var folder = new TemporaryFolder();
        using var model = new TwoStageModel(TinyRun.Uneven, Options with { Backbone = Options.Backbone with { Kind = BackboneKind.CachedTransformer1D, Blocks = 2 } }, seed: 1);
        var manifest = ModelExporter.Export(model, seed: 1, Path.Combine(folder.Name, "out"));
        Assert.Equal(["mask", "keys0", "values0", "keys1", "values1"], manifest.ContextNames);
        Assert.Equal("context-face.onnx step-face.onnx", $"{manifest.Modalities[2].Context} {manifest.Modalities[2].Step}");
        Assert.Null(manifest.Modalities[2].Score);
    }

    [Fact]
    public void Without_recovery_and_alignment_there_are_no_graphs_of_them()
    {
        using var folder = new TemporaryFolder();
        using var model = new TwoStageModel(TinyRun.Uneven, Options with { Recovery = Amodal.Diffusion.Recovery.None, Alignment = Options.Alignment with { Enabled = false } }, seed: 1);
        var manifest = ModelExporter.Export(model, seed: 1, Path.Combine(folder.Name, "out"));
        Assert.All(manifest.Modalities, m => Assert.True(m is { Score: null, Context: null, Step: null, Decoder: null }));
    }

    [Fact]
    public void Names_that_files_cannot_have_or_share_are_told_apart()
    {
        using var folder = new TemporaryFolder();
        using var model = new TwoStageModel([new("a/b", 3, 2), new("a b", 3, 2), new("..", 3, 2)], Options, seed: 1);
        var path = Path.Combine(folder.Name, "out");
        _ = ModelExporter.Export(model, seed: 1, path);
        Assert.Equal(["encoder-a_b-0.onnx", "encoder-a_b-1.onnx", "encoder-__.onnx"], ExportManifest.Read(path).Modalities.Select(m => m.Encoder));
    }

    [Fact]
    public void A_folder_that_holds_something_is_refused_and_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        using var model = Model(new() { Channels = 4 });
        var kept = folder.Write("kept.txt", "kept");
        Assert.Contains("is not empty", Assert.Throws<InputException>(() => ModelExporter.Export(model, 1, folder.Name)).Message);
        Assert.Contains("is a file", Assert.Throws<InputException>(() => ModelExporter.Export(model, 1, kept)).Message);
        Assert.Equal([kept], Directory.GetFileSystemEntries(folder.Name));
    }

    [Fact]
    public void A_stopped_export_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        using var model = Model(new() { Channels = 4 });
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => ModelExporter.Export(model, 1, Path.Combine(folder.Name, "out"), stop: stop.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Name));
    }

    [Fact]
    public void A_link_to_an_empty_folder_stays_one()
    {
        using var folder = new TemporaryFolder();
        using var model = Model(new() { Channels = 4 });
        var (real, link) = (Directory.CreateDirectory(Path.Combine(folder.Name, "real")).FullName, Path.Combine(folder.Name, "link"));
        Directory.CreateSymbolicLink(link, real);
        _ = ModelExporter.Export(model, 1, link);
        Assert.Equal(real, new DirectoryInfo(link).LinkTarget);
        _ = ExportManifest.Read(real);
    }

    [Fact]
    public void An_empty_folder_is_filled_and_nothing_temporary_stays()
    {
        using var folder = new TemporaryFolder();
        using var model = Model(new() { Channels = 4 });
        var path = Directory.CreateDirectory(Path.Combine(folder.Name, "out")).FullName;
        _ = ModelExporter.Export(model, 1, path + Path.DirectorySeparatorChar);
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Name));
        _ = ExportManifest.Read(path);
    }

    [Theory]
    [InlineData("\"seed\": 1", "\"sead\": 1", "sead")]
    [InlineData("\"seed\": 1,", "", "seed")]
    [InlineData("\"grid\": \"uniform\",", "", "sampler.grid: is missing")]
    [InlineData("\"uniform\"", "\"unform\"", "'unform' is not known")]
    [InlineData("\"format\": 1", "\"format\": 2", "this version reads 1")]
    [InlineData("fusion.onnx", "fussion.onnx", "is not a file of that folder")]
    [InlineData("\"fusion.onnx\"", "\"../out/fusion.onnx\"", "is not a file of that folder")]
    [InlineData("\"length\": 5,", "", "length")]
    [InlineData("{", "[", "is not an exported model's manifest")]
    [InlineData("\"seed\": 1", "\"seed\": 1, \"seed\": 2", "seed")]
    [InlineData("\"score-face.onnx\"", "null", "has no score network")]
    [InlineData("\"channels\": 4", "\"channels\": 5", "average latent")]
    [InlineData("\"name\": \"face\"", "\"name\": \"text\"", "alike")]
    [InlineData("\"width\": 2", "\"width\": -2", "sizes")]
    [InlineData("\"width\": 8", "\"width\": 1", "backbone.width: is out of its range")]
    public void A_manifest_that_is_not_sound_is_refused(string found, string replacement, string message)
    {
        using var folder = new TemporaryFolder();
        using var model = Model(new() { Channels = 4 });
        var path = Path.Combine(folder.Name, "out");
        _ = ModelExporter.Export(model, seed: 1, path);
        var file = Path.Combine(path, ExportManifest.FileName);
        var text = File.ReadAllText(file);
        Assert.Contains(found, text);
        var place = text.IndexOf(found, StringComparison.Ordinal);
        File.WriteAllText(file, text[..place] + replacement + text[(place + found.Length)..]);
        Assert.Contains(message, Assert.Throws<InputException>(() => ExportManifest.Read(path)).Message);
    }

    [Fact]
    public void A_run_and_an_exported_model_are_told_apart_whichever_is_needed()
    {
        using var folder = new TemporaryFolder();
        folder.Write("manifest.json", [(byte)'{', (byte)'}']);
        folder.Write("encoder.onnx", []);
        Assert.Contains("is an exported model, and a run is needed here", Assert.Throws<InputException>(() => new RunDirectory(folder.Name).ReadManifest()).Message);
        folder.Write("config.yaml", []);
        Assert.Contains("is a run, which the ONNX engine cannot read. Export it first", Assert.Throws<InputException>(() => ExportManifest.Read(folder.Name)).Message);
    }

    [Fact]
    public void A_folder_without_a_manifest_is_no_exported_model()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("has no manifest.json", Assert.Throws<InputException>(() => ExportManifest.Read(folder.Name)).Message);
    }

    private static ExperimentOptions Options { get; } = new()
    {
        Latents = new() { Channels = 4 },
        Backbone = TinyRun.TinyOptions.Backbone,
        Alignment = new() { Channels = 4, Blocks = 2, Reduction = 2 },
        Fusion = new() { Layers = 2, Heads = 2 },
    };

    private static TwoStageModel Model(Amodal.Latents.LatentOptions latents)
    {
        var model = new TwoStageModel(TinyRun.Uneven, Options with { Latents = latents }, seed: 1);
        var seed = 1UL;
        foreach (var module in model.Modules.Values)
        {
            Draws.Fill(module, seed++, std: 0.3);
        }

        model.MoveTo(CPU);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (name, buffer) in model.Statistics.named_buffers().Concat(latents.Standardise ? model.LatentScale.named_buffers() : []))
        {
            buffer.copy_(0.5 + Draws.Normal(seed++, buffer.shape).abs());
        }

        return model;
    }

    /// <summary>Raw features, some of whose steps are padding, and their latents by the model.</summary>
    private static (Tensor Raw, Tensor Latent) Encoded(TwoStageModel model, int m, int batch)
    {
        var modality = model.Modalities[m];
        var raw = 3 * Draws.Normal(30 + (ulong)m, batch, modality.Length, modality.Width);
        if (batch > 1 || modality.Length > 1) // some of it is left
        {
            raw[0, 0] = zeros(modality.Width);
        }

        if (batch > 1)
        {
            raw[1, modality.Length - 1, 0] = float.NaN; // unknown: the training mean
            raw[1, modality.Length - 1, 1] = float.NegativeInfinity;
        }

        var scaled = raw.data<float>().ToArray();
        model.Statistics.ToStandardiser().Apply(m, scaled);
        return (raw, model.LatentScale.Standardise(m, model.Complete.Encoders.Encode(m, tensor(scaled, raw.shape))));
    }

    private static Dictionary<string, Tensor> Run(string folder, string file, params (string, Tensor)[] inputs)
    {
        using var run = new OnnxRun(File.ReadAllBytes(Path.Combine(folder, file)));
        return run.Run(inputs);
    }
}
