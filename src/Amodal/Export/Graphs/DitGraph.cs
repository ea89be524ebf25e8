namespace Amodal.Export.Graphs;

/// <summary><see cref="DiT"/> as a graph.</summary>
internal static class DitGraph
{
    public static OnnxGraph Build(WeightTable weights, ScoreSize size)
    {
        var (graph, tokens) = (new OnnxGraph("score", size.Precision), new TokenGraph(weights, size));
        var (x, t) = (graph.X(size), graph.T());
        var conditions = graph.Conditions(size, mayBeEmpty: false);
        var time = tokens.Time(t);
        var shared = conditions.Aggregate(time, (sum, c) => sum + (Summary(c) * c.IsPresent)).Unsqueeze(1).Silu();
        // silu(0) = 0 and the layer on it has no bias: rows without any condition are as they are without this vector.
        var steps = conditions.Select(c => Aligned(c) * c.IsPresent.Unsqueeze(2)).Aggregate((sum, next) => sum + next).Silu();
        var h = tokens.Tokens(x);
        for (var i = 0; i < size.Backbone.Blocks; i++)
        {
            var block = weights["blocks"][i];
            var parts = AdaptiveBlockGraph.Modulate(block, size, shared, steps);
            var (queries, keys, values) = AdaptiveBlockGraph.Project(h, block, parts, size);
            h = AdaptiveBlockGraph.Finish(h, OnnxLayers.Attend(queries, keys, values, mask: null, size.Width), block, parts, size);
        }

        graph.Answer(AdaptiveBlockGraph.Answer(h, weights, size, shared, steps), weights.Dense("skip_gain"), time, x, size);
        return graph;

        OnnxValue Summary(ConditionInput condition)
        {
            var (channels, length) = size.Shapes[condition.Modality];
            return condition.Latent.Reshape(0, channels * length).Linear(weights["summaries"][size.OtherIndex(condition.Modality)].Dense().Exact);
        }

        OnnxValue Aligned(ConditionInput condition)
        {
            var own = tokens.Tokens(condition);
            return condition.Length == size.Own.Length ? own : graph.Weight(Pooling(condition.Length, size.Own.Length)).MatMul(own);
        }
    }

    /// <summary>Averages of steps, (to, from): answer i over the steps from floor(i from / to) to before ceil((i + 1) from / to), as torch's adaptive pooling.</summary>
    private static WeightArray Pooling(int from, int to)
    {
        var pooling = WeightArray.Full(0, to, from);
        for (var i = 0; i < to; i++)
        {
            var (start, end) = (i * from / to, (((i + 1) * from) + to - 1) / to);
            pooling.Values.AsSpan((i * from) + start, end - start).Fill(1f / (end - start));
        }

        return pooling;
    }
}
