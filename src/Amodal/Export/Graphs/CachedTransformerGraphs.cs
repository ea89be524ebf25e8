namespace Amodal.Export.Graphs;

/// <summary><see cref="CachedTransformer1D"/> as two graphs: what its conditions give, once per utterance, and an evaluation.</summary>
internal static class CachedTransformerGraphs
{
    private const string MaskName = "mask";
    private static readonly OnnxDimension _seen = "seen"; // the target's tokens and those of the context

    /// <summary>What the context's graph gives and the step's takes: a mask, and keys and values for every block.</summary>
    public static IReadOnlyList<string> ContextNames(BackboneOptions options) =>
        [MaskName, .. Enumerable.Range(0, options.Blocks).SelectMany(i => new[] { KeysName(i), ValuesName(i) })];

    public static OnnxGraph Context(WeightTable weights, ScoreSize size)
    {
        var (graph, tokens) = (new OnnxGraph("context", size.Precision), new TokenGraph(weights, size));
        var conditions = graph.Conditions(size, mayBeEmpty: true);
        var h = OnnxOperators.Concat(1, [.. conditions.Select(tokens.Tokens)]);
        var mask = tokens.Mask(conditions);
        var among = mask.Slice(3, size.Own.Length, long.MaxValue);
        for (var i = 0; i < size.Backbone.ContextBlocks; i++)
        {
            h = SelfAttentionGraph.Block(h, weights["context"][i], size, among);
        }

        var (normed, packed) = (h.LayerNorm(weights["context_norm"]), weights.Dense("context_key_value"));
        graph.Output(MaskName, mask, OnnxDimension.Batch, 1, 1, _seen);
        for (var i = 0; i < size.Backbone.Blocks; i++)
        {
            graph.Output(KeysName(i), normed.Keys(packed.Rows(2L * i * size.Width, size.Width), size.Heads), KeysShape(size));
            graph.Output(ValuesName(i), normed.Values(packed.Rows(((2L * i) + 1) * size.Width, size.Width), size.Heads), ValuesShape(size));
        }

        return graph;
    }

    public static OnnxGraph Step(WeightTable weights, ScoreSize size)
    {
        var (graph, tokens) = (new OnnxGraph("step", size.Precision), new TokenGraph(weights, size));
        var (x, t) = (graph.X(size), graph.T());
        var mask = graph.Input(MaskName, OnnxType.Float, OnnxDimension.Batch, 1, 1, _seen);
        var time = tokens.Time(t);
        var h = tokens.Tokens(x) + time.Unsqueeze(1);
        for (var i = 0; i < size.Backbone.Blocks; i++)
        {
            var keys = graph.Input(KeysName(i), OnnxType.Float, KeysShape(size));
            var values = graph.Input(ValuesName(i), OnnxType.Float, ValuesShape(size));
            h = SelfAttentionGraph.Block(h, weights["blocks"][i], size, mask, contextKeys: keys, contextValues: values);
        }

        var answer = h.LayerNorm(weights["output_norm"]).Linear(weights.Dense("output").Exact).Transpose(0, 2, 1);
        graph.Answer(answer, weights.Dense("skip_gain"), time, x, size);
        return graph;
    }

    private static string KeysName(int block) => $"keys{block}";

    private static string ValuesName(int block) => $"values{block}";

    private static OnnxDimension[] KeysShape(ScoreSize size) => [OnnxDimension.Batch, size.Heads, size.Width / size.Heads, "context"];

    private static OnnxDimension[] ValuesShape(ScoreSize size) => [OnnxDimension.Batch, size.Heads, "context", size.Width / size.Heads];
}
