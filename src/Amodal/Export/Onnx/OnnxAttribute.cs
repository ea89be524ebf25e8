using Amodal.Files;

namespace Amodal.Export.Onnx;

/// <summary>A setting of an operator.</summary>
/// <param name="Name">As ONNX names it.</param>
/// <param name="Value">A long, a float, or an array of long.</param>
internal sealed record OnnxAttribute(string Name, object Value)
{
    // Field and type numbers are those of AttributeProto.
    public ProtoMessage ToMessage()
    {
        var message = new ProtoMessage().Text(1, Name);
        return Value switch
        {
            float number => message.Number(2, number).Integer(20, 1),
            long integer => message.Integer(3, integer).Integer(20, 2),
            long[] integers => message.Integers(8, integers).Integer(20, 7),
            _ => throw new ArgumentException($"'{Name}' is a {Value.GetType().Name}"),
        };
    }
}
