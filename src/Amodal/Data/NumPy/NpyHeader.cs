using System.Text.RegularExpressions;

namespace Amodal.Data.NumPy;

/// <summary>The header of an .npy file (numpy.lib.format, versions 1 to 3).</summary>
internal sealed partial record NpyHeader(NumPyType Type, IReadOnlyList<long> Shape, bool IsFortranOrder)
{
    private const int MaxLength = 1 << 16;
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Bytes of the array behind the header, or null when that is more than can be read.</summary>
    public ulong? ContentSize
    {
        get
        {
            var size = (UInt128)Type.ItemSize;
            foreach (var dimension in Shape)
            {
                size *= (ulong)dimension;
                if (size > (ulong)Array.MaxLength)
                {
                    return Shape.Contains(0) ? 0 : null;
                }
            }

            return (ulong)size;
        }
    }

    /// <summary>Reads a header and leaves the source at the first element.</summary>
    public static NpyHeader Read(ByteSource source)
    {
        var at = source.Offset;
        if (!source.Bytes((ulong)Magic.Length).AsSpan().SequenceEqual(Magic))
        {
            throw source.Fault("is not an .npy array (its first bytes are wrong). Write it with numpy.save.", at);
        }

        var version = source.Byte();
        _ = source.Byte();
        var length = version switch
        {
            1 => source.UInt16(),
            2 or 3 => source.UInt32(),
            _ => throw source.Fault($"is an .npy array of version {version}; 1 to 3 can be read. Write it with numpy.save.", at),
        };
        return length <= MaxLength
            ? Parse(Encoding.UTF8.GetString(source.Bytes(length)), problem => source.Fault(problem, at))
            : throw source.Fault($"has an .npy header of {length} bytes; at most {MaxLength} make sense. Export it again.", at);
    }

    /// <summary>The header's bytes, padded so that the elements begin at a multiple of 64.</summary>
    public static byte[] Bytes(string type, IReadOnlyList<int> shape)
    {
        var sizes = string.Join(", ", shape) + (shape.Count == 1 ? "," : "");
        var text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({sizes}), }}";
        var length = ((10 + text.Length + 1 + 63) / 64 * 64) - 10;
        return [.. Magic, 1, 0, (byte)length, (byte)(length >> 8), .. Encoding.ASCII.GetBytes(text.PadRight(length - 1) + "\n")];
    }

    private static NpyHeader Parse(string text, Func<string, InputException> fault)
    {
        var (type, order, shape) = (TypePattern().Match(text), OrderPattern().Match(text), ShapePattern().Match(text));
        if (!order.Success || !shape.Success)
        {
            throw fault("has a damaged .npy header. Export it again.");
        }

        if (!type.Success)
        {
            throw fault("holds records (a structured type), which are not supported. Export plain float32 arrays.");
        }

        var element = NumPyType.Parse(type.Groups[1].Value) ?? throw fault($"has the unknown number type '{type.Groups[1].Value}'. Export float32.");
        return element.Kind == NumPyKind.Object
            ? throw fault("holds pickled Python objects, which are not read from .npy and .npz files. Export numbers as float32 and texts as str arrays.")
            : new NpyHeader(element, Sizes(shape.Groups[1].Value, fault), order.Groups[1].Value == "True");
    }

    private static long[] Sizes(string text, Func<string, InputException> fault)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return parts.Length > NumPyArray.MaxRank
            ? throw fault($"declares {parts.Length} dimensions. Export it again.")
            : [.. parts.Select(part => int.TryParse(part.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                ? (long)size
                : throw fault($"has the size '{part}' in its shape, which cannot be. Export it again."))];
    }

    // Made at build time: the engine that never backtracks is built at every start, 175 methods to compile. These take time
    // linear in the header all the same, for each part stops at the next quote or parenthesis, and none can be split anew.
    [GeneratedRegex("""['"]descr['"]\s*:\s*['"]([^'"]*)['"]""")]
    private static partial Regex TypePattern();

    [GeneratedRegex("""['"]fortran_order['"]\s*:\s*(True|False)""")]
    private static partial Regex OrderPattern();

    [GeneratedRegex("""['"]shape['"]\s*:\s*\(([^()]*)\)""")]
    private static partial Regex ShapePattern();
}

/// <summary>Reads .npy files, which may be gzipped.</summary>
internal static class NpyFile
{
    /// <summary>Reads the array.</summary>
    /// <param name="limits">What it may cost; the defaults if null.</param>
    public static NumPyArray Read(string path, ReadLimits? limits = null)
    {
        using var source = ByteSource.Open(path, limits ?? new ReadLimits());
        var array = Read(source);
        source.Drain();
        return array;
    }

    /// <summary>Reads only the header, for looking around in a folder.</summary>
    internal static NpyHeader ReadHeader(string path, ReadLimits limits)
    {
        using var source = ByteSource.Open(path, limits);
        return NpyHeader.Read(source);
    }

    /// <summary>Reads an array from the place where a source stands.</summary>
    internal static NumPyArray Read(ByteSource source)
    {
        var header = NpyHeader.Read(source);
        var size = header.ContentSize
            ?? throw source.Fault($"declares an array of shape ({string.Join(", ", header.Shape)}), more than {Array.MaxLength} bytes. Export it as float32, or in parts.");
        var array = new NumPyArray();
        array.Fill(header.Type, header.Shape, header.IsFortranOrder, source.Bytes(size), problem => source.Fault(problem));
        return array;
    }
}
