using Amodal.Diffusion.Networks;
using Amodal.Export.Onnx;

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
