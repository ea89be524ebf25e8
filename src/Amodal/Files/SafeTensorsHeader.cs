using System.Text.Json;
using System.Text.Unicode;

namespace Amodal.Files;

/// <summary>The checked header of a safetensors file: what lies where.</summary>
/// <param name="Entries">The tensors, in the order of their bytes.</param>
internal sealed record SafeTensorsHeader(IReadOnlyList<SafeTensorsHeader.Entry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The key that is no tensor.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>The format's own limit.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    /// <summary>One tensor; Begin and End count bytes from the end of the header.</summary>
    public sealed record Entry(string Name, ScalarType Type, long[] Shape, long Begin, long End);

    private static readonly (string Name, ScalarType Type, int Size)[] _types =
    [
        ("F64", ScalarType.Float64, 8), ("I64", ScalarType.Int64, 8),
        ("F32", ScalarType.Float32, 4), ("I32", ScalarType.Int32, 4),
        ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2), ("I16", ScalarType.Int16, 2),
        ("I8", ScalarType.Int8, 1), ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>The format's name of an element type, and the bytes of an element.</summary>
    public static (string Name, int Size) TypeOf(ScalarType type)
    {
        var found = Array.Find(_types, t => t.Type == type);
        return found.Name is null ? throw new ArgumentException($"tensors of type {type} are not written", nameof(type)) : (found.Name, found.Size);
    }

    /// <summary>Reads and checks the header at the start of the stream; nothing larger than the file is allocated.</summary>
    /// <returns>The header, and where the tensors' bytes begin in the file.</returns>
    public static (SafeTensorsHeader Header, long DataStart) Read(string path, Stream stream)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.Length < prefix.Length + 2)
        {
            throw Bad(path, null, $"has {stream.Length} bytes, too few for a safetensors file; it may be cut off");
        }

        stream.ReadExactly(prefix);
        var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length is < 2 or > MaxHeaderBytes || (long)length > stream.Length - prefix.Length)
        {
            throw Bad(path, "header", $"claims {length} bytes, but the file has {stream.Length} and a header at most {MaxHeaderBytes}; it is cut off, or no safetensors file");
        }

        var json = new byte[length];
        stream.ReadExactly(json);
        var dataStart = prefix.Length + (long)length;
        return (Parse(path, json, stream.Length - dataStart), dataStart);
    }

    private static SafeTensorsHeader Parse(string path, byte[] json, long dataLength)
    {
        if (json[0] != '{' || !Utf8.IsValid(json))
        {
            throw Bad(path, "header", "is not a JSON object in UTF-8");
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            return Parse(path, document.RootElement, dataLength);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that escapes half a surrogate pair.
            throw Bad(path, "header", $"is not sound JSON: {problem.Message}", problem);
        }
    }

    private static SafeTensorsHeader Parse(string path, JsonElement root, long dataLength)
    {
        var metadata = new Dictionary<string, string>();
        var entries = new List<Entry>();
        var names = new HashSet<string>();
        foreach (var item in root.EnumerateObject())
        {
            if (!names.Add(item.Name))
            {
                throw Bad(path, Tensor(item.Name), "stands in the header twice");
            }

            if (item.Name == MetadataKey)
            {
                metadata = ParseMetadata(path, item.Value);
            }
            else
            {
                entries.Add(ParseEntry(path, item.Name, item.Value, dataLength));
            }
        }

        entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        CheckContiguous(path, entries, dataLength);
        return new SafeTensorsHeader(entries, metadata);
    }

    private static Dictionary<string, string> ParseMetadata(string path, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Any(p => p.Value.ValueKind != JsonValueKind.String))
        {
            throw Bad(path, MetadataKey, "is not an object of texts");
        }

        var metadata = new Dictionary<string, string>();
        foreach (var item in value.EnumerateObject())
        {
            if (!metadata.TryAdd(item.Name, item.Value.GetString()!))
            {
                throw Bad(path, MetadataKey, $"has the key '{Show(item.Name)}' twice");
            }
        }

        return metadata;
    }

    private static Entry ParseEntry(string path, string name, JsonElement value, long dataLength)
    {
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shape) || !value.TryGetProperty("data_offsets", out var offsets)
            || value.EnumerateObject().Count() != 3)
        {
            throw Bad(path, Tensor(name), "must have exactly dtype, shape and data_offsets");
        }

        var type = Array.Find(_types, t => t.Name == dtype.GetString());
        if (type.Name is null)
        {
            throw Bad(path, Tensor(name), $"has the type '{Show(dtype.GetString()!)}'; read are {string.Join(", ", _types.Select(t => t.Name))}");
        }

        if (Whole(shape) is not { } sizes || Whole(offsets) is not [var begin, var end])
        {
            throw Bad(path, Tensor(name), "has a shape or offsets that are not whole numbers from 0");
        }

        if (begin > end || end > dataLength)
        {
            throw Bad(path, Tensor(name), $"lies at bytes {begin} to {end}, but the file has {dataLength} bytes of data; it may be cut off");
        }

        if (ByteCount(sizes, type.Size) != end - begin)
        {
            throw Bad(path, Tensor(name), $"is {type.Name} of shape ({string.Join(", ", sizes)}), which does not fit its {end - begin} bytes");
        }

        return end - begin <= int.MaxValue
            ? new Entry(name, type.Type, sizes, begin, end)
            : throw Bad(path, Tensor(name), $"has {end - begin} bytes; read are tensors of at most {int.MaxValue}");
    }

    /// <summary>Bytes of a tensor, or -1 when no file could hold it.</summary>
    private static long ByteCount(long[] shape, int elementSize)
    {
        // A zero anywhere empties the tensor, whatever the other sizes would multiply to.
        Int128 count = shape.Contains(0) ? 0 : elementSize;
        foreach (var size in shape)
        {
            count *= size;
            if (count > long.MaxValue)
            {
                return -1;
            }
        }

        return (long)count;
    }

    private static long[]? Whole(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var values = new long[list.GetArrayLength()];
        var i = 0;
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out values[i]) || values[i++] < 0)
            {
                return null;
            }
        }

        return values;
    }

    private static void CheckContiguous(string path, IReadOnlyList<Entry> entries, long dataLength)
    {
        var at = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin != at)
            {
                throw Bad(path, Tensor(entry.Name), entry.Begin < at
                    ? $"begins at byte {entry.Begin}, inside the tensor before it, which ends at {at}"
                    : $"begins at byte {entry.Begin}, but the tensor before it ends at {at}; no bytes may lie between");
            }

            at = entry.End;
        }

        if (at != dataLength)
        {
            throw Bad(path, null, $"has {dataLength} bytes of data, but its tensors end at {at}");
        }
    }

    internal static string Tensor(string name) => $"tensor '{Show(name)}'";

    private static string Show(string text) =>
        string.Concat((text.Length > 100 ? text[..100] + "..." : text).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));

    private static InputException Bad(string path, string? place, string problem, Exception? inner = null) =>
        new(path, place, problem + ". Take an unharmed copy, or write the file again.", inner);
}
