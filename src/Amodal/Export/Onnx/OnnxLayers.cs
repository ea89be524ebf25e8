namespace Amodal.Export.Onnx;

/// <summary>The layers that our networks share, as ONNX has them.</summary>
internal static class OnnxLayers
{
    /// <summary>What is added to the attention to what may not be seen: its weight is then exactly 0, and rows without anything to see stay finite.</summary>
    public const float Hidden = -1e9f;

    private const float Epsilon = 1e-5f; // torch's

    /// <summary>A dense layer on the last axis.</summary>
    public static OnnxValue Linear(this OnnxValue x, DenseWeights layer)
    {
        if (x.Graph.Precision == Precision.Int8 && QuantisedLayers.IsWorthwhile(layer))
        {
            return x.QuantisedLinear(layer);
        }

        var product = x.MatMul(x.Graph.Weight(layer.Weight.Transposed()));
        return layer.Bias is null ? product : product + x.Graph.Weight(layer.Bias);
    }

    public static OnnxValue LayerNorm(this OnnxValue x, WeightTable weights) => x.LayerNorm(weights.Array("weight"), weights.Array("bias"));

    /// <summary>A layer norm without weights of its own.</summary>
    public static OnnxValue LayerNorm(this OnnxValue x, int width) => x.LayerNorm(WeightArray.Full(1, width), WeightArray.Full(0, width));

    /// <summary>In the form that ONNX Runtime makes one operation of; ONNX has Gelu only from opset 20.</summary>
    public static OnnxValue Gelu(this OnnxValue x) => x * (x.Graph.Node("Erf", [x / MathF.Sqrt(2)]) + 1) * 0.5f;

    public static OnnxValue Silu(this OnnxValue x) => x * x.Sigmoid();

    /// <summary>Queries, (batch, heads, tokens, width / heads), already divided by the square root of the heads' width.</summary>
    public static OnnxValue Queries(this OnnxValue x, DenseWeights layer, int heads) =>
        x.Split(layer.Times(1 / Math.Sqrt(layer.Weight.Shape[0] / (double)heads)), heads).Transpose(0, 2, 1, 3);

    /// <summary>Keys as attention multiplies them, (batch, heads, width / heads, tokens).</summary>
    public static OnnxValue Keys(this OnnxValue x, DenseWeights layer, int heads) => x.Split(layer, heads).Transpose(0, 2, 3, 1);

    /// <summary>Values, (batch, heads, tokens, width / heads).</summary>
    public static OnnxValue Values(this OnnxValue x, DenseWeights layer, int heads) => x.Split(layer, heads).Transpose(0, 2, 1, 3);

    /// <summary>Attention from what <see cref="Queries"/>, <see cref="Keys"/> and <see cref="Values"/> give.</summary>
    /// <param name="mask">0, or <see cref="Hidden"/> where a token may not be seen; broadcasts to (batch, heads, tokens, tokens').</param>
    /// <returns>(batch, tokens, width).</returns>
    public static OnnxValue Attend(OnnxValue queries, OnnxValue keys, OnnxValue values, OnnxValue? mask, int width)
    {
        var scores = queries.MatMul(keys);
        return (mask is null ? scores : scores + mask).Softmax().MatMul(values).Transpose(0, 2, 1, 3).Reshape(0, 0, width);
    }

    /// <summary>(batch, tokens, heads, width / heads).</summary>
    private static OnnxValue Split(this OnnxValue x, DenseWeights layer, int heads) =>
        x.Linear(layer).Reshape(0, 0, heads, layer.Weight.Shape[0] / heads);

    private static OnnxValue LayerNorm(this OnnxValue x, WeightArray scale, WeightArray shift) => x.Graph.Node(
        "LayerNormalization", [x, x.Graph.Weight(scale), x.Graph.Weight(shift)],
        new OnnxAttribute("axis", -1L), new OnnxAttribute("epsilon", Epsilon));
}
