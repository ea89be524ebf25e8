namespace Amodal.Data.NumPy;

/// <summary>The type of a NumPy array's elements.</summary>
/// <param name="ItemSize">Bytes of one element; 0 for <see cref="NumPyKind.Object"/>.</param>
/// <param name="IsBigEndian">Whether the most significant byte comes first.</param>
internal sealed record NumPyType(NumPyKind Kind, int ItemSize, bool IsBigEndian)
{
    /// <summary>Parses NumPy's own name of a type, such as &lt;f4, |b1 or U20; null when it is no such name.</summary>
    public static NumPyType? Parse(string name)
    {
        var isBigEndian = name.StartsWith('>');
        var rest = name.TrimStart('<', '>', '|', '=');
        if (rest.Length == 0 || name.Length - rest.Length > 1)
        {
            return null;
        }

        var letter = rest[0];
        var digits = rest.AsSpan(1);
        var size = 0;
        // Dates carry a unit after their size: M8[ns].
        var bracket = letter is 'M' or 'm' ? digits.IndexOf('[') : -1;
        digits = bracket >= 0 ? digits[..bracket] : digits;
        if (!digits.IsEmpty && !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out size))
        {
            return null;
        }

        return Make(letter, size, isBigEndian);
    }

    private static NumPyType? Make(char letter, int size, bool isBigEndian) => (letter, size) switch
    {
        ('f', 2 or 4 or 8) => new(NumPyKind.Float, size, isBigEndian),
        ('i', 1 or 2 or 4 or 8) => new(NumPyKind.Integer, size, isBigEndian),
        ('u', 1 or 2 or 4 or 8) => new(NumPyKind.Unsigned, size, isBigEndian),
        ('b', 1) => new(NumPyKind.Boolean, 1, false),
        ('U', <= int.MaxValue / 4) => new(NumPyKind.Text, 4 * size, isBigEndian),
        ('S' or 'a', _) => new(NumPyKind.Bytes, size, false),
        ('O', _) => new(NumPyKind.Object, 0, false),
        ('f' or 'c' or 'M' or 'm' or 'V', _) => new(NumPyKind.Other, size, isBigEndian),
        _ => null,
    };

    /// <summary>The type's name as a person reads it, such as float32.</summary>
    public override string ToString() => Kind switch
    {
        NumPyKind.Float => $"float{8 * ItemSize}",
        NumPyKind.Integer => $"int{8 * ItemSize}",
        NumPyKind.Unsigned => $"uint{8 * ItemSize}",
        NumPyKind.Boolean => "bool",
        NumPyKind.Text => $"text of {ItemSize / 4}",
        NumPyKind.Bytes => $"bytes of {ItemSize}",
        NumPyKind.Object => "object",
        _ => $"other of {ItemSize} bytes",
    };
}

/// <summary>What the elements of a NumPy array are.</summary>
internal enum NumPyKind
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
