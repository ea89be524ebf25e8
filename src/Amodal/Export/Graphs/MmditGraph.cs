namespace Amodal.Export.Graphs;

/// <summary><see cref="MMDiT"/> as a graph.</summary>
internal static class MmditGraph
{
    public static OnnxGraph Build(WeightTable weights, ScoreSize size)
    {
        var (graph, tokens) = (new OnnxGraph("score", size.Precision), new TokenGraph(weights, size));
        var (x, t) = (graph.X(size), graph.T());
        var conditions = graph.Conditions(size, mayBeEmpty: false);
        var time = tokens.Time(t);
        var shared = time.Unsqueeze(1).Silu();
        var own = (OnnxOperators.Concat(1, [.. conditions.Select(OwnTime)]) + time.Unsqueeze(1)).Silu();
        var (h, c) = (tokens.Tokens(x), OnnxOperators.Concat(1, [.. conditions.Select(tokens.Tokens)]));
        var mask = tokens.Mask(conditions);
        for (var i = 0; i < size.Backbone.Blocks; i++)
        {
            (h, c) = Meet(weights["target_blocks"][i], weights["condition_blocks"][i], h, c, shared, own, mask, size);
        }

        graph.Answer(AdaptiveBlockGraph.Answer(h, weights, size, shared, Pool(c, conditions, size).Silu()), weights.Dense("skip_gain"), time, x, size);
        return graph;

        OnnxValue OwnTime(ConditionInput condition) =>
            condition.Steps.Linear(weights["condition_modulations"][size.OtherIndex(condition.Modality)].Dense().Exact);
    }

    /// <summary>One block of both streams: all tokens attend to all.</summary>
    private static (OnnxValue Target, OnnxValue Condition) Meet(
        WeightTable target, WeightTable condition, OnnxValue h, OnnxValue c, OnnxValue shared, OnnxValue own, OnnxValue mask, ScoreSize size)
    {
        var (targetParts, conditionParts) = (AdaptiveBlockGraph.Modulate(target, size, shared), AdaptiveBlockGraph.Modulate(condition, size, own));
        var ours = AdaptiveBlockGraph.Project(h, target, targetParts, size);
        var theirs = AdaptiveBlockGraph.Project(c, condition, conditionParts, size);
        var mixed = OnnxLayers.Attend(
            OnnxOperators.Concat(2, ours.Queries, theirs.Queries), OnnxOperators.Concat(3, ours.Keys, theirs.Keys),
            OnnxOperators.Concat(2, ours.Values, theirs.Values), mask, size.Width);
        return (AdaptiveBlockGraph.Finish(h, mixed.Slice(1, 0, size.Own.Length), target, targetParts, size),
            AdaptiveBlockGraph.Finish(c, mixed.Slice(1, size.Own.Length, long.MaxValue), condition, conditionParts, size));
    }

    /// <summary>The mean of the normed condition tokens that exist, (batch, 1, width); 0 in rows without any.</summary>
    private static OnnxValue Pool(OnnxValue c, List<ConditionInput> conditions, ScoreSize size)
    {
        var graph = c.Graph;
        var weight = OnnxOperators.Concat(1, [.. conditions.Select(i => i.IsPresent * graph.Weight(WeightArray.Full(1, i.Length)))]).Unsqueeze(2);
        var count = graph.Node("Max", [weight.ReduceSum(1), graph.Constant(1)]);
        return (c.LayerNorm(size.Width) * weight).ReduceSum(1) / count;
    }
}
