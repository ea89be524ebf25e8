namespace Amodal.Export.Graphs;

/// <summary>The inputs of a score network's graph.</summary>
internal static class ScoreInputs
{
    public static OnnxValue X(this OnnxGraph graph, ScoreSize size) =>
        graph.Input("x", OnnxType.Float, OnnxDimension.Batch, size.Own.Channels, size.Own.Length);

    public static OnnxValue T(this OnnxGraph graph) => graph.Input("t", OnnxType.Float, OnnxDimension.Batch);

    /// <summary>The latents of all other modalities, and for which rows they are there.</summary>
    public static List<ConditionInput> Conditions(this OnnxGraph graph, ScoreSize size, bool mayBeEmpty) => [.. size.Others.Select(m =>
    {
        var (channels, length) = size.Shapes[m];
        OnnxDimension steps = mayBeEmpty ? $"steps{m}" : length;
        return new ConditionInput(
            m,
            graph.Input($"condition{m}", OnnxType.Float, OnnxDimension.Batch, channels, steps),
            graph.Input($"present{m}", OnnxType.Bool, OnnxDimension.Batch),
            size.HasNoisy ? graph.Input($"noisy{m}", OnnxType.Bool, OnnxDimension.Batch) : null,
            length,
            mayBeEmpty);
    })];

    /// <summary>The answer with the skip from x (<see cref="ScoreNetwork"/>), as the output.</summary>
    /// <param name="answer">(batch, channels, time).</param>
    /// <param name="time">The time embedding, (batch, time width).</param>
    /// <param name="x">(batch, channels, time).</param>
    public static void Answer(this OnnxGraph graph, OnnxValue answer, DenseWeights gain, OnnxValue time, OnnxValue x, ScoreSize size) =>
        graph.Output("raw", answer + (time.Linear(gain.Exact).Unsqueeze(2) * x), OnnxDimension.Batch, size.Own.Channels, size.Own.Length);
}

/// <summary>A condition as a graph is given it.</summary>
/// <param name="Latent">(batch, channels, time).</param>
/// <param name="Present">(batch) bool, for which rows it is there.</param>
/// <param name="Noisy">(batch) bool, for which rows it is noisy; null where none ever is.</param>
/// <param name="Length">Its time steps when it is whole.</param>
internal sealed record ConditionInput(int Modality, OnnxValue Latent, OnnxValue Present, OnnxValue? Noisy, int Length, bool MayBeEmpty)
{
    private OnnxGraph Graph => Latent.Graph;

    /// <summary>The latent's steps, (batch, time, channels).</summary>
    public OnnxValue Steps => Latent.Transpose(0, 2, 1);

    /// <summary>1 for rows that have it and 0 for others, (batch, 1).</summary>
    public OnnxValue IsPresent => Present.ToFloat().Unsqueeze(1);

    /// <summary>The first rows of a table, as many as the condition has steps.</summary>
    public OnnxValue Trim(WeightArray table)
    {
        var whole = Graph.Weight(table);
        return MayBeEmpty ? whole.SliceTo(0, 0, Latent.Size(2)) : whole;
    }

    /// <summary>Steps, plus the mark of noisy conditions in rows where it is one.</summary>
    /// <param name="steps">(batch, time, width).</param>
    /// <param name="mark">(width).</param>
    public OnnxValue MarkNoisy(OnnxValue steps, WeightArray mark) =>
        Noisy is null ? steps : steps + (Noisy.ToFloat().Unsqueeze(1, 2) * Graph.Weight(mark));

    /// <summary>0 for rows that have it and <see cref="OnnxLayers.Hidden"/> for others, (batch, time).</summary>
    public OnnxValue Mask()
    {
        var zeros = Trim(WeightArray.Full(0, Length)); // its shape is what counts
        return Present.Where(Graph.Constant(0), Graph.Constant(OnnxLayers.Hidden)).Unsqueeze(1) + zeros;
    }
}
