using Amodal.Export.Graphs;

namespace Amodal.Methods.TwoStage;

/// <summary>Writes a trained model as ONNX graphs with a manifest, for runtimes without libtorch (docs/guide/onnx.md).</summary>
internal static class ModelExporter
{
    /// <summary>Writes the model into a new folder, whole or not at all.</summary>
    /// <param name="seed">Seed of the recovery's noise unless another is asked for.</param>
    /// <param name="folder">Where; it must not be there yet, or be empty.</param>
    /// <param name="precision">What the score networks' dense layers are computed in: single precision, or 8-bit integers where that pays; no graph is in bfloat16.</param>
    public static ExportManifest Export(TwoStageModel model, ulong seed, string folder, Precision precision = Precision.Float32, IReadOnlyList<string>? paddedInFront = null, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(precision, Precision.Bfloat16);
        if (model.Guide is not null)
        {
            throw new InputException("sampler", "guidedBy", "is classifier, whose gradient no exported graph computes; evaluate the run itself, or train with classifier-free guidance or none.");
        }

        ExportManifest? manifest = null;
        ExportFolder.Write(folder, stop, made =>
        {
            manifest = WriteGraphs(model, seed, made, precision, stop) with { PaddedInFront = paddedInFront };
            manifest.Write(made);
        });
        return manifest!;
    }

    private static ExportManifest WriteGraphs(TwoStageModel model, ulong seed, string folder, Precision precision, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var options = model.Options;
        var scales = LatentScale.AllOf(model.LatentScale, model.Shapes.Count);
        var files = FileNames([.. model.Modalities.Select(m => m.Name)]);
        return new ExportManifest
        {
            Format = ExportManifest.CurrentFormat,
            Producer = ExportFolder.Producer,
            Opset = OnnxGraph.Opset,
            Precision = precision,
            Modalities = [.. model.Modalities.Select((_, m) => WriteModality(model, m, scales, files[m], folder, precision, stop))],
            Target = model.Target is ScoreTarget ? null : model.Target.Spec,
            Fusion = Write("fusion.onnx", FusionGraph.Build(new WeightTable(model.Fusion), options.Fusion, model.Shapes, scales, model.Target.Width)),
            CompleteFusion = Write("fusion-complete.onnx", FusionGraph.Build(new WeightTable(model.Complete.Fusion), options.Fusion, model.Shapes, scales, model.Target.Width)),
            Process = options.Process,
            Conditioning = options.Conditioning,
            Recovery = options.Recovery,
            Objective = options.Objective,
            AnswersDenoised = model.Students is not null,
            Backbone = BackboneOf(model),
            AllowsEmptyConditions = ScoreGraph.AllowsEmptyConditions(BackboneOf(model).Kind),
            EmptyConditionRate = options.Score.EmptyConditionRate,
            Sampler = model.Sampler,
            Seed = seed,
            ContextNames = ScoreGraph.ContextNames(BackboneOf(model)),
        };

        string Write(string file, OnnxGraph graph) => WriteGraph(folder, file, graph);
    }

    /// <summary>Of the networks that recover: the students, where there are any.</summary>
    private static BackboneOptions BackboneOf(TwoStageModel model) => model.Students is null ? model.Options.Backbone : model.Options.Distillation.Backbone;

    private static ExportedModality WriteModality(TwoStageModel model, int m, LatentScale[] scales, string name, string folder, Precision precision, CancellationToken stop)
    {
        var (modality, shape, options) = (model.Modalities[m], model.Shapes[m], model.Options);
        var features = model.Statistics.ToStandardiser();
        var encoder = new WeightTable(model.Complete.Encoders)["modalities"][m];
        var graphs = options.Recovery == Recovery.None ? null
            : ScoreGraph.Build((model.Students ?? model.Scores).All[m], new ScoreSize(BackboneOf(model), model.Shapes, m, HasNoisy: options.Recovery == Recovery.Joint, precision));
        return new ExportedModality
        {
            Name = modality.Name,
            Length = modality.Length,
            Width = modality.Width,
            Channels = shape.Channels,
            Steps = shape.Length,
            AverageLatent = model.AverageLatent(m).cpu().contiguous().data<float>().ToArray(),
            Encoder = Write("encoder", EncoderGraph.Build(modality, encoder, features.Means[m], features.Deviations[m], scales[m]))!,
            Score = Write("score", graphs?.Score),
            Context = Write("context", graphs?.Context),
            Step = Write("step", graphs?.Step),
            Decoder = Write("decoder", options.Alignment.Enabled ? DecoderGraph.Build(new WeightTable(model.Decoders)["modalities"][m], options.Alignment, shape) : null),
        };

        string? Write(string what, OnnxGraph? graph)
        {
            stop.ThrowIfCancellationRequested();
            return graph is null ? null : WriteGraph(folder, $"{what}-{name}.onnx", graph);
        }
    }

    private static string WriteGraph(string folder, string file, OnnxGraph graph)
    {
        graph.Write(Path.Combine(folder, file));
        return file;
    }

    /// <summary>A modality's part of its files' names: its own name, as far as a file may have it; with its index where two are alike.</summary>
    private static string[] FileNames(string[] names)
    {
        var plain = names.Select(n => string.Concat(n.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_'))).ToArray();
        return [.. plain.Select((name, m) => plain.Count(other => other.Equals(name, StringComparison.OrdinalIgnoreCase)) > 1 ? $"{name}-{m}" : name)];
    }
}
