using System.Collections.Concurrent;
using Amodal.Latents;

namespace Amodal.Engines;

/// <summary>
/// An exported model, computed by ONNX Runtime: encode, recover, align, fuse on plain arrays. Nothing of libtorch is
/// loaded. A graph is loaded when it is first needed. Latents are standardised, a row (channels, time) per utterance.
/// Owns its sessions. Safe for several threads.
/// </summary>
public sealed class OnnxModel : IDisposable
{
    private readonly RowParts _parts;
    private readonly SessionOptions _narrow;
    private readonly SessionOptions _wide;
    private readonly GraphFile[] _encoders;
    private readonly OnnxScoreNetwork[] _scores;
    private readonly GraphFile?[] _decoders;
    private readonly GraphFile _fusion;
    private readonly GraphFile _completeFusion;

    private OnnxModel(string folder, ExportManifest manifest, int threads)
    {
        (Folder, Manifest, _parts, _narrow) = (folder, manifest, new RowParts(threads), GraphFile.OptionsFor(threads: 1));
        _wide = threads == 1 ? _narrow : GraphFile.OptionsFor(threads);
        Target = (manifest.Target ?? Target.Score.Spec).ToTarget(folder);
        Modalities = [.. manifest.Modalities.Select(m => new Modality(m.Name, m.Length, m.Width))];
        Shapes = [.. manifest.Modalities.Select(m => new LatentShape(m.Channels, m.Steps))];
        _encoders = [.. manifest.Modalities.Select(m => Graph(m.Encoder)!)];
        _scores = [.. manifest.Modalities.Select((m, i) => new OnnxScoreNetwork(manifest, i, Graph(m.Score), Graph(m.Context), Graph(m.Step)))];
        _decoders = [.. manifest.Modalities.Select(m => Graph(m.Decoder))];
        (_fusion, _completeFusion) = (Graph(manifest.Fusion)!, Graph(manifest.CompleteFusion)!);

        GraphFile? Graph(string? file) => file is null ? null : new GraphFile(Path.Combine(folder, file), _narrow, _wide);
    }

    /// <summary>The folder it came from.</summary>
    public string Folder { get; }

    /// <summary>What the export says of itself.</summary>
    public ExportManifest Manifest { get; }

    /// <summary>What it predicts.</summary>
    public Target Target { get; }

    /// <summary>The modalities it was trained on, in order.</summary>
    public IReadOnlyList<Modality> Modalities { get; }

    /// <summary>Latent shapes, one per modality.</summary>
    public IReadOnlyList<LatentShape> Shapes { get; }

    /// <summary>Opens the folder of an exported model; loads no graph yet.</summary>
    /// <param name="folder">What `amodal export` made.</param>
    /// <param name="threads">Parts of a batch that are worked on side by side; for a single utterance, threads of a graph. 0 takes one per core; at most <see cref="ThreadCount.Most"/>.</param>
    /// <exception cref="InputException">It is no exported model, or a graph is missing.</exception>
    public static OnnxModel Load(string folder, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, ThreadCount.Most);
        return new OnnxModel(folder, ExportManifest.Read(folder), threads > 0 ? threads : Environment.ProcessorCount);
    }

    /// <summary>Encodes every modality of a split.</summary>
    /// <param name="split">Raw features; the model scales them itself.</param>
    public IReadOnlyList<LatentRows> Encode(Split split)
    {
        ArgumentNullException.ThrowIfNull(split);
        return [.. split.Features.Select((f, m) => Encode(m, f.Values, f.Rows))];
    }

    /// <summary>Encodes one modality.</summary>
    /// <param name="modality">Its index.</param>
    /// <param name="features">Raw features, (row, length, width); NaN where one is unknown, which becomes the training mean.</param>
    /// <param name="rows">How many rows.</param>
    /// <exception cref="InputException">What comes out is not finite.</exception>
    public LatentRows Encode(int modality, float[] features, int rows)
    {
        var (of, shape) = (Modalities[modality], Shapes[modality]);
        var latents = new LatentRows(rows, shape.Channels * shape.Length);
        _parts.ForEach(rows, part =>
        {
            using var inputs = new GraphInputs();
            inputs.Add("features", features.AsMemory(part.Start * of.RowSize, part.Count * of.RowSize), part.Count, of.Length, of.Width);
            _encoders[modality].For(part.IsAlone).Run(inputs, "latent", Of(part, latents), part.Count, shape.Channels, shape.Length);
        });
        var bad = Array.FindIndex(latents.Values, value => !float.IsFinite(value));
        return bad < 0 ? latents : throw new InputException(Folder, $"modality '{of.Name}', row {bad / latents.Width}",
            "is encoded to numbers that are not finite: its features are far too large, or NaN and the model was exported by an older version. Look at the features, or export the run again.");
    }

    /// <summary>The path from latents to a prediction, with a seed of its noise and a sampler; null takes the exported ones.</summary>
    /// <exception cref="InputException">The sampler does not fit the networks.</exception>
    public LatentPath<LatentRows> CreatePath(ulong? seed = null, SamplerOptions? sampler = null)
    {
        var chosen = sampler ?? Manifest.Sampler;
        if (Manifest.Recovery != Recovery.None)
        {
            chosen.CheckFits(Manifest.Objective, Manifest.Recovery, Manifest.EmptyConditionRate);
        }

        if (Manifest.AnswersDenoised && chosen != Manifest.Sampler)
        {
            throw new InputException("sampler", null, "is another than the exported students were distilled for; the run, which has the teacher, can take others.");
        }

        var process = Manifest.Objective == Objective.Flow ? StraightPath.Instance : ProcessFactory.Create(Manifest.Process);
        return new LatentPath<LatentRows>(
            new OnnxEngine(this, _scores, process, _parts),
            new PathSettings(Manifest.Recovery, Manifest.Conditioning == Conditioning.Clean, process, SamplingPlan.Create(chosen), seed ?? Manifest.Seed, Target));
    }

    /// <summary>Takes recovered latents of a modality to where true ones lie; without a decoder they stay as they are.</summary>
    /// <param name="modality">Its index.</param>
    /// <param name="recovered">Its latents.</param>
    public LatentRows Align(int modality, LatentRows recovered)
    {
        ArgumentNullException.ThrowIfNull(recovered);
        if (_decoders[modality] is not { } decoder)
        {
            return recovered;
        }

        var shape = Shapes[modality];
        var aligned = new LatentRows(recovered.Rows, recovered.Width);
        _parts.ForEach(recovered.Rows, part =>
        {
            using var inputs = new GraphInputs();
            inputs.Add("recovered", Of(part, recovered), part.Count, shape.Channels, shape.Length);
            decoder.For(part.IsAlone).Run(inputs, "aligned", Of(part, aligned), part.Count, shape.Channels, shape.Length);
        });
        return aligned;
    }

    /// <summary>Predicts from latents of every modality, observed or recovered and aligned.</summary>
    /// <param name="latents">One per modality.</param>
    /// <param name="allObserved">Whether nothing was recovered: the fusion of complete data then predicts.</param>
    /// <returns>A head's outputs for each row; of a score they are the predictions.</returns>
    public float[] Fuse(IReadOnlyList<LatentRows> latents, bool allObserved)
    {
        ArgumentNullException.ThrowIfNull(latents);
        var (rows, width) = (latents[0].Rows, Target.Width);
        var outputs = new float[rows * width];
        var fusion = allObserved ? _completeFusion : _fusion;
        _parts.ForEach(rows, part =>
        {
            using var inputs = new GraphInputs();
            for (var m = 0; m < latents.Count; m++)
            {
                inputs.Add($"latent{m}", Of(part, latents[m]), part.Count, Shapes[m].Channels, Shapes[m].Length);
            }

            fusion.For(part.IsAlone).Run(
                inputs, "prediction", outputs.AsMemory(part.Start * width, part.Count * width), width == 1 ? [part.Count] : [part.Count, width]);
        });
        return outputs;
    }

    /// <summary>How a batch is divided: rows of every part, and threads that its graphs have.</summary>
    internal IReadOnlyList<(int Rows, int Threads)> Parts(int rows)
    {
        var parts = new ConcurrentBag<(RowPart Part, int Threads)>();
        _parts.ForEach(rows, part => parts.Add((part, _fusion.For(part.IsAlone).Threads)));
        return [.. parts.OrderBy(p => p.Part.Start).Select(p => (p.Part.Count, p.Threads))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var graph in new IDisposable?[] { _fusion, _completeFusion }.Concat(_encoders).Concat(_scores).Concat(_decoders))
        {
            graph?.Dispose();
        }

        _narrow.Dispose();
        _wide.Dispose();
    }

    private static Memory<float> Of(RowPart part, LatentRows latents) =>
        latents.Values.AsMemory(part.Start * latents.Width, part.Count * latents.Width);
}
