namespace Amodal.Export.Onnx;

/// <summary>A tensor in a graph that is being built. Arithmetic broadcasts as in torch.</summary>
/// <param name="Graph">Where it is.</param>
/// <param name="Name">Its name there.</param>
internal sealed record OnnxValue(OnnxGraph Graph, string Name)
{
    public static OnnxValue operator +(OnnxValue a, OnnxValue b) => a.Graph.Node("Add", [a, b]);

    public static OnnxValue operator -(OnnxValue a, OnnxValue b) => a.Graph.Node("Sub", [a, b]);

    public static OnnxValue operator *(OnnxValue a, OnnxValue b) => a.Graph.Node("Mul", [a, b]);

    public static OnnxValue operator /(OnnxValue a, OnnxValue b) => a.Graph.Node("Div", [a, b]);

    public static OnnxValue operator +(OnnxValue a, float b) => a + a.Graph.Constant(b);

    public static OnnxValue operator *(OnnxValue a, float b) => a * a.Graph.Constant(b);

    public static OnnxValue operator /(OnnxValue a, float b) => a / a.Graph.Constant(b);
}
