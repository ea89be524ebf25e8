using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Export;

/// <summary>The files as others see them: Python's onnx package, and NumPy, which shares no code with what wrote or runs them.</summary>
public class OnnxCheckerTests
{
    private static readonly BackboneOptions _small = new() { Width = 32, Blocks = 2, Heads = 2, MlpWidth = 8, TimeWidth = 4 };

    private static readonly BackboneOptions _wide = new() { Width = 64, Blocks = 1, Heads = 2, MlpWidth = 64, TimeWidth = 4 }; // int8 takes layers from 64 on

    private static readonly ExperimentOptions _options = new()
    {
        Latents = new() { Channels = 4 },
        Alignment = new() { Channels = 4, Blocks = 1, Reduction = 2 },
        Fusion = new() { Layers = 2, Heads = 2 },
    };

    [Fact]
    public void Every_graph_of_every_backbone_is_sound()
    {
        SystemPython.NeedOnnx();
        using var folder = new TemporaryFolder();
        var files = new List<string>();
        foreach (var kind in Enum.GetValues<BackboneKind>())
        {
            var recovery = kind == BackboneKind.Mmdit ? Recovery.Joint : Recovery.Separate;
            using var model = new TwoStageModel(TinyRun.Uneven, _options with { Recovery = recovery, Backbone = _small with { Kind = kind } }, seed: 1);
            var path = Path.Combine(folder.Name, $"{kind}");
            files.AddRange(ModelExporter.Export(model, seed: 1, path).Files.Select(f => Path.Combine(path, f)));

            using var wide = new TwoStageModel(TinyRun.Uneven, _options with { Recovery = recovery, Backbone = _wide with { Kind = kind } }, seed: 1);
            files.AddRange(ModelExporter.Export(wide, seed: 1, path + "-int8", Precision.Int8).Files.Select(f => Path.Combine(path + "-int8", f)));
        }

        Assert.Equal(files.Count, SystemPython.RunScript("check.py", files).Length);
    }

    [Fact]
    public void NumPy_gets_the_same_answers_from_every_kind_of_graph()
    {
        SystemPython.NeedOnnx();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var folder = new TemporaryFolder();
        var arguments = new List<string>();
        foreach (var kind in Enum.GetValues<BackboneKind>())
        {
            LatentShape[] shapes = [new(3, 5), new(2, 1), new(4, 7)];
            using var trial = new ScoreTrial(_small with { Kind = kind }, shapes, target: 0, hasNoisy: kind == BackboneKind.Mmdit);
            // What a row without any condition gets as its context means nothing: its scores, all hidden, are equal but for rounding.
            var (inputs, expected) = trial.Draw(trial.Graphs.Context is null ? [[1, 2], [2], [], [1]] : [[1, 2], [2], [1]]);
            if (trial.Graphs.Score is { } score)
            {
                Add(score.ToArray(), inputs, ("raw", expected));
                continue;
            }

            var context = trial.Run(inputs).Where(c => c.Key != "raw").Select(c => (c.Key, c.Value)).ToArray();
            var own = inputs.Where(i => i.Name is "x" or "t").ToArray();
            Add(trial.Graphs.Context!.ToArray(), [.. inputs.Except(own)], context);
            Add(trial.Graphs.Step!.ToArray(), [.. own, .. context], ("raw", expected));
        }

        using var model = new TwoStageModel(TinyRun.Uneven, _options with { Backbone = _small }, seed: 1);
        model.MoveTo(CPU);
        var path = Path.Combine(folder.Name, "model");
        var manifest = ModelExporter.Export(model, seed: 1, path);
        var latents = model.Shapes.Select((s, m) => Draws.Normal(40 + (ulong)m, 3, s.Channels, s.Length)).ToList();
        var features = Draws.Normal(50, 3, TinyRun.Uneven[0].Length, TinyRun.Uneven[0].Width);
        Add(Read(manifest.Fusion), [.. latents.Select((l, m) => ($"latent{m}", l))], ("prediction", model.Fuse(latents)));
        Add(Read(manifest.Modalities[0].Decoder!), [("recovered", latents[0])], ("aligned", model.Align(0, latents[0])));
        Add(Read(manifest.Modalities[0].Encoder), [("features", features)], ("latent", model.LatentScale.Standardise(0, model.Complete.Encoders.Encode(0, features))));
        Assert.Equal(arguments.Count / 2, SystemPython.RunScript("evaluate.py", arguments).Length);

        byte[] Read(string file) => File.ReadAllBytes(Path.Combine(path, file));

        void Add(byte[] graph, (string Name, Tensor Value)[] inputs, params (string Name, Tensor Value)[] outputs)
        {
            var name = $"{arguments.Count / 2}";
            arguments.Add(folder.Write($"{name}.onnx", graph));
            arguments.Add(Path.Combine(folder.Name, $"{name}.npz"));
            NpzWriter.Write(arguments[^1], [.. inputs.Select(i => Entry("in", i)), .. outputs.Select(o => Entry("out", o))], []);
        }

        static (string, float[], IReadOnlyList<int>) Entry(string side, (string Name, Tensor Value) array) =>
            ($"{side}/{array.Name}", array.Value.to_type(ScalarType.Float32).contiguous().data<float>().ToArray(), [.. array.Value.shape.Select(n => (int)n)]);
    }
}
