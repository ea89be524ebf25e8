namespace Amodal.Export.Onnx;

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
