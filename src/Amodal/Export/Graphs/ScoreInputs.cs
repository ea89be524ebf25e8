using Amodal.Diffusion.Networks;
using Amodal.Export.Onnx;

namespace Amodal.Export.Graphs;

/// <summary>The inputs of a score network's graph.</summary>
internal static class ScoreInputs
{
    public static OnnxValue X(this OnnxGraph graph, ScoreSize size) =>
        graph.Input("x", OnnxType.Float, OnnxDimension.Batch, size.Own.Channels, size.Own.Length);

    public static OnnxValue T(this OnnxGraph graph) => graph.Input("t", OnnxType.Float, OnnxDimension.Batch);

    /// <summary>The latents of all other modalities, and for which rows they are there.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="size">Its size.</param>
    /// <param name="mayBeEmpty">Whether a condition may have no steps.</param>
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
    /// <param name="graph">The graph.</param>
    /// <param name="answer">(batch, channels, time).</param>
    /// <param name="gain">From the time embedding to the gain.</param>
    /// <param name="time">The time embedding, (batch, time width).</param>
    /// <param name="x">(batch, channels, time).</param>
    /// <param name="size">Its size.</param>
    public static void Answer(this OnnxGraph graph, OnnxValue answer, DenseWeights gain, OnnxValue time, OnnxValue x, ScoreSize size) =>
        graph.Output("raw", answer + (time.Linear(gain.Exact).Unsqueeze(2) * x), OnnxDimension.Batch, size.Own.Channels, size.Own.Length);
}
