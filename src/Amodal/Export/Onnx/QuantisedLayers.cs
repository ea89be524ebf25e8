namespace Amodal.Export.Onnx;

/// <summary>
/// Dense layers on 8-bit integers, quantised as they run (Jacob et al. 2018; ONNX: DynamicQuantizeLinear, MatMulInteger),
/// in the order that ONNX Runtime has fused operators for; whether it fuses these is not checked.
/// </summary>
internal static class QuantisedLayers
{
    // A guess, not measured: below it quantising the input should cost what the product saves.
    private const int LeastWidth = 64;

    /// <summary>Whether a layer is large enough to gain.</summary>
    public static bool IsWorthwhile(DenseWeights layer) => layer.MayBeQuantised && layer.Weight.Shape.Min() >= LeastWidth;

    /// <summary>A dense layer on the last axis: x is rounded to unsigned integers of one scale and zero point, the product is exact, its result is scaled back.</summary>
    public static OnnxValue QuantisedLinear(this OnnxValue x, DenseWeights layer)
    {
        var (graph, weights) = (x.Graph, QuantisedWeights.Of(layer.Weight));
        var (integers, scale, zero) = graph.Quantise(x);
        var sum = graph.Node("MatMulInteger", [integers, graph.Weight(weights), zero]).ToFloat();
        var product = sum * (scale * graph.Weight(new WeightArray(weights.Scales, [weights.Scales.Length])));
        return layer.Bias is null ? product : product + graph.Weight(layer.Bias);
    }
}
