namespace Amodal.Export.Onnx;

/// <summary>Types of tensors, by ONNX's numbers (TensorProto.DataType).</summary>
internal enum OnnxType
{
    Float = 1,
    Int64 = 7,
    Bool = 9,
}
