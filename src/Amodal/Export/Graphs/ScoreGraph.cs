namespace Amodal.Export.Graphs;

/// <summary>The graphs of a score network: one, or one to run once per utterance and one to run at every evaluation.</summary>
internal sealed record ScoreGraph(OnnxGraph? Score, OnnxGraph? Context = null, OnnxGraph? Step = null)
{
    /// <summary>Whether a condition may be given with no steps.</summary>
    public static bool AllowsEmptyConditions(BackboneKind kind) => kind is BackboneKind.ScoreTransformer1D or BackboneKind.CachedTransformer1D;

    /// <summary>What goes from the first to the second of two graphs; none where there is one.</summary>
    public static IReadOnlyList<string> ContextNames(BackboneOptions options) =>
        options.Kind == BackboneKind.CachedTransformer1D ? CachedTransformerGraphs.ContextNames(options) : [];

    public static ScoreGraph Build(ScoreNetwork network, ScoreSize size)
    {
        var weights = new WeightTable(network);
        return network switch
        {
            ScoreTransformer1D => new(ScoreTransformerGraph.Build(weights, size)),
            DiT => new(DitGraph.Build(weights, size)),
            MMDiT => new(MmditGraph.Build(weights, size)),
            CachedTransformer1D => new(null, CachedTransformerGraphs.Context(weights, size), CachedTransformerGraphs.Step(weights, size)),
            UNet => new(UnetGraph.Build(weights, size)),
            _ => throw new ArgumentException($"{network.GetType().Name} has no graph", nameof(network)),
        };
    }
}

/// <summary>What a score network's graph must know beside its weights.</summary>
/// <param name="Shapes">The latents' shapes, in the data set's order.</param>
/// <param name="HasNoisy">Whether conditions may be noisy, as in joint recovery.</param>
internal sealed record ScoreSize(BackboneOptions Backbone, IReadOnlyList<LatentShape> Shapes, int Target, bool HasNoisy, Precision Precision = Precision.Float32)
{
    public LatentShape Own => Shapes[Target];

    public int Width => Backbone.Width;

    public int Heads => Backbone.Heads;

    /// <summary>All modalities but the target.</summary>
    public IEnumerable<int> Others => Enumerable.Range(0, Shapes.Count).Where(m => m != Target);

    /// <summary>Where a modality's own layer is in a list that leaves the target out.</summary>
    public int OtherIndex(int modality) => modality - (modality > Target ? 1 : 0);
}

/// <summary><see cref="ScoreTransformer1D"/> as a graph.</summary>
internal static class ScoreTransformerGraph
{
    public static OnnxGraph Build(WeightTable weights, ScoreSize size)
    {
        var (graph, tokens) = (new OnnxGraph("score", size.Precision), new TokenGraph(weights, size));
        var (x, t) = (graph.X(size), graph.T());
        var conditions = graph.Conditions(size, mayBeEmpty: true);
        var time = tokens.Time(t);
        var h = OnnxOperators.Concat(1, [tokens.Tokens(x) + time.Unsqueeze(1), .. conditions.Select(tokens.Tokens)]);
        var mask = tokens.Mask(conditions);
        for (var i = 0; i < size.Backbone.Blocks; i++)
        {
            h = SelfAttentionGraph.Block(h, weights["blocks"][i], size, mask, keep: i + 1 < size.Backbone.Blocks ? null : size.Own.Length);
        }

        var answer = h.LayerNorm(weights["output_norm"]).Linear(weights.Dense("output").Exact).Transpose(0, 2, 1);
        graph.Answer(answer, weights.Dense("skip_gain"), time, x, size);
        return graph;
    }
}
