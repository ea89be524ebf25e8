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

/// <summary>
/// A weight matrix as 8-bit integers, (inputs, outputs), with a scale per output: weight = scale * integer, off by at most
/// half a scale. Symmetric, so that a product needs no correction for a zero point.
/// </summary>
internal sealed record QuantisedWeights(sbyte[] Values, long[] Shape, float[] Scales)
{
    private const int Largest = 127; // -128 is left out, so that a weight and its negative are treated alike

    /// <param name="weight">A dense layer's, (outputs, inputs).</param>
    public static QuantisedWeights Of(WeightArray weight)
    {
        var (outputs, inputs) = ((int)weight.Shape[0], (int)weight.Shape[1]);
        var (values, scales) = (new sbyte[weight.Values.Length], new float[outputs]);
        for (var j = 0; j < outputs; j++)
        {
            var row = weight.Values.AsSpan(j * inputs, inputs);
            var largest = 0f;
            foreach (var w in row)
            {
                largest = Math.Max(largest, Math.Abs(w));
            }

            scales[j] = largest > 0 ? largest / Largest : 1; // any scale does for zeros
            for (var i = 0; i < inputs; i++)
            {
                values[(i * outputs) + j] = (sbyte)Math.Clamp(MathF.Round(row[i] / scales[j]), -Largest, Largest);
            }
        }

        return new QuantisedWeights(values, [inputs, outputs], scales);
    }
}
