namespace Amodal.Data.NumPy;

/// <summary>What the elements of a NumPy array are.</summary>
public enum NumPyKind
{
    /// <summary>float16, float32 or float64.</summary>
    Float,

    /// <summary>int8 to int64.</summary>
    Integer,

    /// <summary>uint8 to uint64.</summary>
    Unsigned,

    /// <summary>bool.</summary>
    Boolean,

    /// <summary>Unicode text of a fixed length (U).</summary>
    Text,

    /// <summary>Byte strings of a fixed length (S).</summary>
    Bytes,

    /// <summary>Python objects, each a value of its own.</summary>
    Object,

    /// <summary>Anything else (complex numbers, dates, records): the array is kept, its numbers cannot be had.</summary>
    Other,
}
