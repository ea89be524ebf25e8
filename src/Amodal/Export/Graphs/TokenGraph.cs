namespace Amodal.Export.Graphs;

/// <summary>What the graphs of <see cref="TokenScoreNetwork"/>'s kinds share: tokens, time, masks.</summary>
internal sealed record TokenGraph(WeightTable Weights, ScoreSize Size)
{
    /// <summary>The time embedding, (batch, time width as it is used).</summary>
    public OnnxValue Time(OnnxValue t)
    {
        var angle = t.Unsqueeze(1) * t.Graph.Weight(Weights["time"].Array("frequencies"));
        return OnnxOperators.Concat(1, t.Graph.Node("Sin", [angle]), t.Graph.Node("Cos", [angle])).Linear(Weights["time"].Dense("dense").Exact);
    }

    /// <summary>The target's tokens, (batch, time, width).</summary>
    public OnnxValue Tokens(OnnxValue x) => Project(x.Transpose(0, 2, 1), Size.Target) + x.Graph.Weight(Places(Size.Target));

    /// <summary>A condition's tokens, (batch, time, width).</summary>
    public OnnxValue Tokens(ConditionInput condition) => condition.MarkNoisy(
        Project(condition.Steps, condition.Modality) + condition.Trim(Places(condition.Modality)), Weights.Array("noisy_embedding"));

    /// <summary>(batch, 1, 1, tokens) of the target and then the conditions, as attention takes it.</summary>
    public OnnxValue Mask(List<ConditionInput> conditions)
    {
        var graph = conditions[0].Latent.Graph;
        var own = (conditions[0].IsPresent * 0) + graph.Weight(WeightArray.Full(0, Size.Own.Length));
        return OnnxOperators.Concat(1, [own, .. conditions.Select(c => c.Mask())]).Unsqueeze(1, 2);
    }

    private OnnxValue Project(OnnxValue steps, int modality) =>
        steps.Linear(Weights["inputs"][modality].Dense().Exact with { Bias = null }); // it is in the places

    /// <summary>What a step adds to what it holds: its position, its modality, and the projection's bias.</summary>
    private WeightArray Places(int modality) => Positions.Sinusoidal(Size.Shapes[modality].Length, Size.Width)
        .PlusRow(Weights.Array("modality_embedding").Rows(modality, 1).Values)
        .PlusRow(Weights["inputs"][modality].Array("bias").Values);
}

/// <summary>The tables of positions that checkpoints do not hold, (length, width).</summary>
internal static class Positions
{
    public static WeightArray Sinusoidal(int length, int width) => Of(() => SinusoidalPositions.Table(length, width));

    public static WeightArray Causal(int length, int width) => Of(() => CausalTransformer.Positions(length, width));

    private static WeightArray Of(Func<Tensor> make)
    {
        using var scope = NewDisposeScope();
        var table = make();
        return new WeightArray(table.data<float>().ToArray(), [.. table.shape]);
    }
}
