namespace Amodal.Methods.Imder;

/// <summary>
/// IMDer's fusion: MulT with its code's causal transformers, one per ordered pair of modalities, a memory transformer per
/// modality on what its pairs gave, the last step of each, and a residual head.
/// </summary>
internal sealed class ImderFusion : nn.Module
{
    private const int LeastMemoryLayers = 3;
    private const int AcousticModality = 1; // in the published order l, a, v
    [ComponentName(Name = "crossings")] private readonly ModuleList<CausalTransformer> _crossings;
    [ComponentName(Name = "memories")] private readonly ModuleList<CausalTransformer> _memories;
    [ComponentName(Name = "hidden")] private readonly Linear _hidden;
    [ComponentName(Name = "residual")] private readonly Linear _residual;
    [ComponentName(Name = "output")] private readonly Linear _output;

    /// <param name="modalities">How many, at least two.</param>
    /// <param name="length">Time steps of every latent.</param>
    public ImderFusion(int modalities, int length, ImderOptions options)
        : base(nameof(ImderFusion))
    {
        var transformer = new CausalTransformerOptions { Layers = options.Layers, Heads = options.Heads, EmbeddingDropout = options.EmbeddingDropout };
        _crossings = nn.ModuleList(Pairs(modalities).Select(p => new CausalTransformer(
            options.Channels, length, transformer with { AttentionDropout = p.Source == AcousticModality ? options.AttentionDropout : 0 })).ToArray());
        var memory = transformer with { Layers = Math.Max(options.Layers, LeastMemoryLayers) };
        _memories = nn.ModuleList(Enumerable.Range(0, modalities)
            .Select(_ => new CausalTransformer(options.Channels * (modalities - 1), length, memory)).ToArray());
        var width = modalities * (modalities - 1) * options.Channels;
        _hidden = nn.Linear(width, width);
        _residual = nn.Linear(width, width);
        _output = nn.Linear(width, 1);
        RegisterComponents();
    }

    /// <summary>The ordered pairs of modalities, one per crossing, as (who attends, to whom).</summary>
    public static IEnumerable<(int Query, int Source)> Pairs(int modalities) =>
        from query in Enumerable.Range(0, modalities)
        from source in Enumerable.Range(0, modalities)
        where source != query
        select (query, source);

    /// <summary>What the head sees, modality by modality.</summary>
    /// <param name="latents">(batch, channels, time) of every modality, in the data set's order.</param>
    /// <returns>(batch, M (M - 1) channels): the last step of every memory, one after another.</returns>
    public Tensor Features(IReadOnlyList<Tensor> latents)
    {
        using var scope = NewDisposeScope();
        return Remember(Cross(latents)).MoveToOuterDisposeScope();
    }

    /// <summary>What the memory of each modality is given: its crossings side by side, (batch, time, (M - 1) channels).</summary>
    internal IReadOnlyList<Tensor> Cross(IReadOnlyList<Tensor> latents)
    {
        using var scope = NewDisposeScope();
        var others = latents.Count - 1;
        var steps = latents.Select(x => x.transpose(1, 2)).ToArray();
        var crossed = Pairs(latents.Count).Zip(_crossings, (p, c) => c.Encode(steps[p.Query], [new AttentionSource(steps[p.Source])])).ToArray();
        return [.. crossed.Chunk(others).Select(part => cat(part, 2).MoveToOuterDisposeScope())];
    }

    /// <summary>The last step of every memory, one after another.</summary>
    internal Tensor Remember(IReadOnlyList<Tensor> crossed)
    {
        using var scope = NewDisposeScope();
        return cat([.. crossed.Zip(_memories, (x, memory) => memory.Encode(x).select(1, -1))], 1).MoveToOuterDisposeScope();
    }

    /// <summary>The prediction from features.</summary>
    /// <returns>Sentiment intensity, (batch).</returns>
    public Tensor Predict(Tensor features)
    {
        using var scope = NewDisposeScope();
        var answer = _residual.forward(nn.functional.relu(_hidden.forward(features)));
        return _output.forward(features.Plus(answer)).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>The prediction from latents.</summary>
    /// <inheritdoc cref="Features" path="/param"/>
    /// <returns>Sentiment intensity, (batch).</returns>
    public Tensor Predict(IReadOnlyList<Tensor> latents)
    {
        using var features = Features(latents);
        return Predict(features);
    }
}
