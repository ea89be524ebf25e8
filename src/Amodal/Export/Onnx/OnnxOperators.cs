namespace Amodal.Export.Onnx;

/// <summary>The operators of ONNX that our graphs are made of.</summary>
internal static class OnnxOperators
{
    public static OnnxValue MatMul(this OnnxValue a, OnnxValue b) => a.Graph.Node("MatMul", [a, b]);

    public static OnnxValue Relu(this OnnxValue x) => x.Graph.Node("Relu", [x]);

    public static OnnxValue Root(this OnnxValue x) => x.Graph.Node("Sqrt", [x]);

    public static OnnxValue Sigmoid(this OnnxValue x) => x.Graph.Node("Sigmoid", [x]);

    /// <summary>Over the last axis.</summary>
    public static OnnxValue Softmax(this OnnxValue x) => x.Graph.Node("Softmax", [x], new OnnxAttribute("axis", -1L));

    public static OnnxValue Transpose(this OnnxValue x, params long[] order) => x.Graph.Node("Transpose", [x], new OnnxAttribute("perm", order));

    /// <param name="shape">0 for a dimension that stays as it is.</param>
    public static OnnxValue Reshape(this OnnxValue x, params long[] shape) => x.Graph.Node("Reshape", [x, x.Graph.Integers(shape)]);

    public static OnnxValue Unsqueeze(this OnnxValue x, params long[] axes) => x.Graph.Node("Unsqueeze", [x, x.Graph.Integers(axes)]);

    public static OnnxValue Squeeze(this OnnxValue x, params long[] axes) => x.Graph.Node("Squeeze", [x, x.Graph.Integers(axes)]);

    public static OnnxValue Concat(int axis, params IReadOnlyList<OnnxValue> parts) =>
        parts.Count == 1 ? parts[0] : parts[0].Graph.Node("Concat", parts, new OnnxAttribute("axis", (long)axis));

    /// <summary>From start to before end, either counted from the back where negative.</summary>
    public static OnnxValue Slice(this OnnxValue x, int axis, long start, long end) => x.SliceTo(axis, start, x.Graph.Integers(end));

    /// <summary>From start to before an end that is known only when the graph runs.</summary>
    public static OnnxValue SliceTo(this OnnxValue x, int axis, long start, OnnxValue end) =>
        x.Graph.Node("Slice", [x, x.Graph.Integers(start), end, x.Graph.Integers(axis)]);

    /// <summary>The size of one axis, as a list of one.</summary>
    public static OnnxValue Size(this OnnxValue x, int axis) =>
        x.Graph.Node("Shape", [x], new OnnxAttribute("start", (long)axis), new OnnxAttribute("end", axis + 1L));

    public static OnnxValue ReduceMean(this OnnxValue x, int axis) =>
        x.Graph.Node("ReduceMean", [x], new OnnxAttribute("axes", new long[] { axis }), new OnnxAttribute("keepdims", 1L));

    public static OnnxValue ReduceMax(this OnnxValue x, int axis) =>
        x.Graph.Node("ReduceMax", [x], new OnnxAttribute("axes", new long[] { axis }), new OnnxAttribute("keepdims", 1L));

    public static OnnxValue ReduceSum(this OnnxValue x, int axis) =>
        x.Graph.Node("ReduceSum", [x, x.Graph.Integers(axis)], new OnnxAttribute("keepdims", 1L));

    public static OnnxValue Magnitude(this OnnxValue x) => x.Graph.Node("Abs", [x]);

    /// <summary>False where x is NaN.</summary>
    public static OnnxValue IsAtMost(this OnnxValue x, float bound) => x.Graph.Node("LessOrEqual", [x, x.Graph.Constant(bound)]);

    public static OnnxValue IsNotZero(this OnnxValue x) => x.Graph.Node("Not", [x.Graph.Node("Equal", [x, x.Graph.Constant(0)])]);

    public static OnnxValue ToFloat(this OnnxValue x) => x.Graph.Node("Cast", [x], new OnnxAttribute("to", (long)OnnxType.Float));

    /// <summary>The part of x that an index, as a number in a list of one, names along the first axis; without that axis.</summary>
    public static OnnxValue At(this OnnxValue x, OnnxValue index) =>
        x.Graph.Node("Gather", [x, x.Graph.Node("Cast", [index], new OnnxAttribute("to", (long)OnnxType.Int64))], new OnnxAttribute("axis", 0L)).Squeeze(0);

    public static OnnxValue Where(this OnnxValue condition, OnnxValue yes, OnnxValue no) => condition.Graph.Node("Where", [condition, yes, no]);

    /// <summary>A convolution over the last axis of (batch, channels, time).</summary>
    /// <param name="layer">Weight (outputs, inputs, kernel) and bias.</param>
    public static OnnxValue Convolution(this OnnxValue x, DenseWeights layer, int padding = 0, int stride = 1) => x.Graph.Node(
        "Conv", [x, .. Parameters(x.Graph, layer)],
        new OnnxAttribute("kernel_shape", new[] { layer.Weight.Shape[2] }),
        new OnnxAttribute("pads", new long[] { padding, padding }),
        new OnnxAttribute("strides", new long[] { stride }));

    /// <summary>The transpose of a convolution over the last axis of (batch, channels, time).</summary>
    /// <param name="layer">Weight (inputs, outputs, kernel) and bias.</param>
    /// <param name="answer">Steps out, at most what is left after the cut.</param>
    public static OnnxValue TransposedConvolution(this OnnxValue x, DenseWeights layer, int padding, int stride, long length, long answer)
    {
        var kernel = layer.Weight.Shape[2];
        var cut = (stride * (length - 1)) + kernel - padding - answer;
        return x.Graph.Node(
            "ConvTranspose", [x, .. Parameters(x.Graph, layer)],
            new OnnxAttribute("kernel_shape", new[] { kernel }),
            new OnnxAttribute("pads", new[] { padding, cut }),
            new OnnxAttribute("strides", new long[] { stride }));
    }

    private static OnnxValue[] Parameters(OnnxGraph graph, DenseWeights layer) =>
        layer.Bias is null ? [graph.Weight(layer.Weight)] : [graph.Weight(layer.Weight), graph.Weight(layer.Bias)];
}
