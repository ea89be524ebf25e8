using System.Buffers.Binary;

namespace Amodal.Data.NumPy;

/// <summary>A NumPy array as it was read: its type, its shape, and its bytes, which are converted on demand.</summary>
internal sealed class NumPyArray
{
    /// <summary>NumPy's own bound on the number of dimensions.</summary>
    internal const int MaxRank = 64;

    private ReadOnlyMemory<byte> _bytes;
    private IReadOnlyList<object?> _items = [];

    /// <summary>An empty array, as NumPy makes one before its state is set.</summary>
    internal NumPyArray()
    {
    }

    /// <summary>The type of the elements.</summary>
    public NumPyType Type { get; private set; } = new(NumPyKind.Integer, 1, false);

    /// <summary>The size of each dimension.</summary>
    public IReadOnlyList<int> Shape { get; private set; } = [0];

    /// <summary>Number of elements, the product of the shape.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the first index runs fastest in the file; conversions always give C order, the last fastest.</summary>
    public bool IsFortranOrder { get; private set; }

    /// <summary>Whether a state has been set.</summary>
    internal bool IsFilled { get; private set; }

    /// <summary>Whether the elements are floating-point numbers that can be converted.</summary>
    public bool IsFloat => Type.Kind == NumPyKind.Float;

    /// <summary>Whether the elements are numbers (bool counts as 0 and 1).</summary>
    public bool IsNumber => Type.Kind is NumPyKind.Float or NumPyKind.Integer or NumPyKind.Unsigned or NumPyKind.Boolean;

    /// <summary>Type and shape for messages, such as float32 (8, 16, 100).</summary>
    public string Description => $"{Type} ({string.Join(", ", Shape)}{(Shape.Count == 1 ? "," : "")})";

    /// <summary>Sets type, shape and content, after holding the shape against the bytes that are there.</summary>
    internal void Fill(NumPyType type, IReadOnlyList<long> shape, bool isFortran, ReadOnlyMemory<byte> bytes, Func<string, InputException> fault)
    {
        var count = CountOf(shape, fault);
        if (type.Kind == NumPyKind.Object)
        {
            throw fault("holds an array of Python objects without its objects. Export numbers as float32 and texts as str.");
        }

        if ((long)count * type.ItemSize != bytes.Length || (type.ItemSize == 0 && count > 0))
        {
            throw fault($"declares an array of {count} elements of {type.ItemSize} bytes, but has {bytes.Length} bytes for it: the file is damaged. Export it again.");
        }

        (_bytes, IsFortranOrder) = (bytes, isFortran && shape.Count > 1);
        SetShape(type, shape, count);
    }

    /// <summary>Sets the content of an array of objects.</summary>
    internal void Fill(IReadOnlyList<long> shape, bool isFortran, IReadOnlyList<object?> items, Func<string, InputException> fault)
    {
        var count = CountOf(shape, fault);
        if (count != items.Count)
        {
            throw fault($"declares an array of {count} objects, but has {items.Count}: the file is damaged. Export it again.");
        }

        (_items, IsFortranOrder) = (items, isFortran && shape.Count > 1);
        SetShape(new NumPyType(NumPyKind.Object, 0, false), shape, count);
    }

    /// <summary>The elements as float32, in C order; float64 beyond its range becomes infinite.</summary>
    public float[] ToFloats()
    {
        if (Type is { Kind: NumPyKind.Float, ItemSize: 4 } && Type.IsBigEndian != BitConverter.IsLittleEndian)
        {
            return InCOrder(MemoryMarshal.Cast<byte, float>(_bytes.Span).ToArray());
        }

        var number = NumberReader();
        return Convert(bytes => (float)number(bytes));
    }

    /// <summary>The elements as float64, in C order; integers beyond 2^53 are rounded.</summary>
    public double[] ToDoubles() => Convert(NumberReader());

    /// <summary>The elements as texts, in C order: texts and byte strings (as UTF-8) without the NULs at their end, numbers in invariant form, objects that are any of these.</summary>
    public string[] ToStrings() => Type.Kind switch
    {
        NumPyKind.Text => Convert(Text),
        NumPyKind.Bytes => Convert(bytes => Encoding.UTF8.GetString(bytes.TrimEnd((byte)0))),
        NumPyKind.Integer => Convert(bytes => Integer(bytes).ToString(CultureInfo.InvariantCulture)),
        NumPyKind.Unsigned => Convert(bytes => Unsigned(bytes).ToString(CultureInfo.InvariantCulture)),
        NumPyKind.Object => InCOrder(_items.Select(item => TextOf(item) ?? throw new InvalidOperationException("an element has no form as text")).ToArray()),
        _ => NumberReader() is var number ? Convert(bytes => number(bytes).ToString(CultureInfo.InvariantCulture)) : [],
    };

    /// <summary>The elements of an array of objects, in the file's order.</summary>
    internal IReadOnlyList<object?> Items => _items;

    /// <summary>A single value as text, or null if it is none of text, bytes and number.</summary>
    internal static string? TextOf(object? value) => value switch
    {
        string text => text,
        ReadOnlyMemory<byte> bytes => Encoding.UTF8.GetString(bytes.Span),
        long or double => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static int CountOf(IReadOnlyList<long> shape, Func<string, InputException> fault)
    {
        if (shape.Count > MaxRank || shape.Any(size => size is < 0 or > int.MaxValue))
        {
            throw fault($"declares an array of {shape.Count} dimensions or with a size that cannot be: the file is damaged. Export it again.");
        }

        var count = shape.Contains(0) ? 0 : 1L;
        foreach (var size in shape.Where(_ => count > 0))
        {
            count *= size; // both below 2^31, so the product fits
            if (count > Array.MaxLength)
            {
                throw fault($"declares an array of shape ({string.Join(", ", shape)}), more than {Array.MaxLength} elements. Split it, or export the file again.");
            }
        }

        return (int)count;
    }

    private void SetShape(NumPyType type, IReadOnlyList<long> shape, int count)
    {
        (Type, Count, IsFilled) = (type, count, true);
        Shape = [.. shape.Select(size => (int)size)];
    }

    private delegate T Reader<T>(ReadOnlySpan<byte> element);

    private T[] Convert<T>(Reader<T> read)
    {
        var values = new T[Count];
        var bytes = _bytes.Span;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = read(bytes.Slice(i * Type.ItemSize, Type.ItemSize));
        }

        return InCOrder(values);
    }

    // Walks the result in C order, and the index into the file's order along with it.
    private T[] InCOrder<T>(T[] values)
    {
        if (!IsFortranOrder || values.Length == 0)
        {
            return values;
        }

        var ordered = new T[values.Length];
        var index = new int[Shape.Count];
        var at = 0;
        for (var i = 0; i < ordered.Length; i++)
        {
            ordered[i] = values[at];
            var stride = values.Length;
            for (var axis = Shape.Count - 1; axis >= 0; axis--)
            {
                stride /= Shape[axis];
                at += stride;
                if (++index[axis] < Shape[axis])
                {
                    break;
                }

                at -= stride * Shape[axis];
                index[axis] = 0;
            }
        }

        return ordered;
    }

    private Reader<double> NumberReader() => (Type.Kind, Type.ItemSize, Type.IsBigEndian) switch
    {
        (NumPyKind.Float, 2, false) => bytes => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        (NumPyKind.Float, 2, true) => bytes => (double)BinaryPrimitives.ReadHalfBigEndian(bytes),
        (NumPyKind.Float, 4, false) => bytes => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        (NumPyKind.Float, 4, true) => bytes => BinaryPrimitives.ReadSingleBigEndian(bytes),
        (NumPyKind.Float, 8, false) => BinaryPrimitives.ReadDoubleLittleEndian,
        (NumPyKind.Float, 8, true) => BinaryPrimitives.ReadDoubleBigEndian,
        (NumPyKind.Integer, _, _) => bytes => Integer(bytes),
        (NumPyKind.Unsigned, _, _) => bytes => Unsigned(bytes),
        (NumPyKind.Boolean, _, _) => bytes => bytes[0] == 0 ? 0 : 1,
        _ => throw new InvalidOperationException($"{Type} is not a number"),
    };

    private long Integer(ReadOnlySpan<byte> bytes)
    {
        var shift = 64 - (8 * bytes.Length); // moves the sign bit to the top and back, which copies it
        return (long)(Unsigned(bytes) << shift) >> shift;
    }

    private ulong Unsigned(ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var i = 0; i < bytes.Length; i++)
        {
            value = (value << 8) | bytes[Type.IsBigEndian ? i : bytes.Length - 1 - i];
        }

        return value;
    }

    private string Text(ReadOnlySpan<byte> bytes)
    {
        var encoding = Type.IsBigEndian ? BigEndianUtf32 : Encoding.UTF32;
        return encoding.GetString(bytes).TrimEnd('\0');
    }

    private static readonly UTF32Encoding BigEndianUtf32 = new(bigEndian: true, byteOrderMark: false);
}
