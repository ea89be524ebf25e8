namespace Amodal.Export.Onnx;

/// <summary>Types of tensors, by ONNX's numbers (TensorProto.DataType).</summary>
internal enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    Int64 = 7,
    Bool = 9,
}
