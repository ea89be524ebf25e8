using Amodal.Data.NumPy;

namespace Amodal.Data.Pickles;

/// <summary>A dtype in the making: pickles name it first and set its byte order afterwards.</summary>
internal sealed class PickledType(NumPyType type)
{
    public NumPyType Type { get; set; } = type;
}
