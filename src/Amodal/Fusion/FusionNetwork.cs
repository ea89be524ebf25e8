using static TorchSharp.torch.nn.functional;

namespace Amodal.Fusion;

/// <summary>
/// The MulT fusion network (Tsai et al. 2019; thesis, 5.19-5.21): every modality attends to every other, a memory
/// transformer per modality gathers what it saw, and a residual MLP on the last steps gives what is predicted.
/// </summary>
internal sealed class FusionNetwork : nn.Module
{
    private readonly FusionOptions _options;
    private readonly IReadOnlyList<LatentShape> _shapes;
    [ComponentName(Name = "crossings")]
    private readonly ModuleList<CrossModalTransformer> _crossings; // m from n, by m, then by n, m itself skipped
    [ComponentName(Name = "memories")] private readonly ModuleList<CrossModalTransformer> _memories;
    [ComponentName(Name = "hidden")] private readonly Linear _hidden;
    [ComponentName(Name = "residual")] private readonly Linear _residual;
    [ComponentName(Name = "output")] private readonly Linear _output;

    /// <summary>Creates the network with torch's initial weights.</summary>
    /// <param name="shapes">The latents' shapes, in the data set's order: at least two, of the same channels, of any lengths from 1.</param>
    public FusionNetwork(IReadOnlyList<LatentShape> shapes, FusionOptions options, int width = 1)
        : base(nameof(FusionNetwork))
    {
        if (shapes.Count < 2 || shapes.Any(s => s.Channels != shapes[0].Channels))
        {
            throw new ArgumentException("at least two modalities with equal channels are needed", nameof(shapes));
        }

        (_shapes, _options) = (shapes, options);
        var channels = shapes[0].Channels;
        FeatureWidth = shapes.Count * (shapes.Count - 1) * channels;
        _crossings = nn.ModuleList(Pairs(shapes.Count)
            .Select(p => new CrossModalTransformer(channels, Math.Max(shapes[p.Query].Length, shapes[p.Source].Length), options)).ToArray());
        _memories = nn.ModuleList(shapes.Select(s => new CrossModalTransformer(channels * (shapes.Count - 1), s.Length, options)).ToArray());
        _hidden = nn.Linear(FeatureWidth, FeatureWidth);
        _residual = nn.Linear(FeatureWidth, FeatureWidth);
        _output = nn.Linear(FeatureWidth, width);
        RegisterComponents();
    }

    /// <summary>Width of the features, M (M - 1) channels.</summary>
    public int FeatureWidth { get; }

    /// <summary>What the head sees: the last step of every memory, one after another (5.21).</summary>
    /// <param name="latents">(batch, channels, time) of every modality, in the data set's order.</param>
    /// <returns>(batch, M (M - 1) channels).</returns>
    public Tensor Features(IReadOnlyList<Tensor> latents)
    {
        CheckShapes(latents);
        using var scope = NewDisposeScope();
        var steps = latents.Select(l => l.transpose(1, 2)).ToArray();
        var crossed = Pairs(latents.Count).Zip(_crossings, (p, c) => c.Encode(steps[p.Query], steps[p.Source])).ToArray();
        var last = _memories.Select((memory, m) =>
            memory.Encode(cat(crossed[(m * (latents.Count - 1))..((m + 1) * (latents.Count - 1))], 2)).select(1, -1)).ToArray();
        return cat(last, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The prediction from features: a residual MLP and a dense layer.</summary>
    /// <param name="features">As <see cref="Features"/> gives them.</param>
    /// <returns>The outputs, (batch), or (batch, width) for a width of more than 1.</returns>
    public Tensor Predict(Tensor features)
    {
        using var scope = NewDisposeScope();
        var hidden = relu(_hidden.forward(features));
        var dropped = training && _options.Dropout > 0 ? dropout(hidden, _options.Dropout) : hidden;
        return TargetLoss.Heads(_output.forward(features.Plus(_residual.forward(dropped)))).MoveToOuterDisposeScope();
    }

    /// <summary>The prediction from latents.</summary>
    /// <inheritdoc cref="Features"/>
    /// <returns>The outputs, (batch), or (batch, width) for a width of more than 1.</returns>
    public Tensor Predict(IReadOnlyList<Tensor> latents)
    {
        using var features = Features(latents);
        return Predict(features);
    }

    private static IEnumerable<(int Query, int Source)> Pairs(int count) =>
        from query in Enumerable.Range(0, count)
        from source in Enumerable.Range(0, count)
        where source != query
        select (query, source);

    private void CheckShapes(IReadOnlyList<Tensor> latents)
    {
        if (latents.Count != _shapes.Count)
        {
            throw new ArgumentException($"{latents.Count} latents for {_shapes.Count} modalities", nameof(latents));
        }

        for (var m = 0; m < _shapes.Count; m++)
        {
            var shape = latents[m].shape;
            if (shape.Length != 3 || shape[1] != _shapes[m].Channels || shape[2] != _shapes[m].Length)
            {
                throw new ArgumentException(
                    $"modality {m} has shape ({string.Join(", ", shape)}), expected (batch, {_shapes[m].Channels}, {_shapes[m].Length})", nameof(latents));
            }
        }
    }
}
