namespace Amodal.Export.Onnx;

/// <summary>A dimension of an input or output: a number, or a name for one that is known only when the graph runs.</summary>
internal readonly record struct OnnxDimension(long Size, string? Name)
{
    public static OnnxDimension Batch { get; } = "batch";

    public static implicit operator OnnxDimension(int size) => new(size, null);

    public static implicit operator OnnxDimension(string name) => new(0, name);
}
