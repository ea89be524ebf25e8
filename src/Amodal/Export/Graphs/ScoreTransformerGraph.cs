namespace Amodal.Export.Graphs;

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
