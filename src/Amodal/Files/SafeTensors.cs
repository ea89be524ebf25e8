using System.Buffers.Binary;
using System.Text.Json;

namespace Amodal.Files;

/// <summary>
/// Reads and writes safetensors files: eight bytes of header length, little-endian, a JSON header, and the tensors' bytes.
/// Nothing in such a file is executed. Types: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL; at most 2 GiB a tensor.
/// </summary>
internal static class SafeTensors
{
    /// <summary>Writes tensors, whole or not at all. The same content gives the same bytes, whatever the order given.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        // Wide elements first keeps every tensor aligned to its element size, which readers that map the file need.
        var ordered = tensors.OrderByDescending(t => SafeTensorsHeader.TypeOf(t.Value.dtype).Size).ThenBy(t => t.Key, StringComparer.Ordinal).ToList();
        var header = Header(ordered, metadata ?? new Dictionary<string, string>());
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var (_, tensor) in ordered)
            {
                using var scope = NewDisposeScope();
                stream.Write(tensor.detach().cpu().contiguous().bytes);
            }
        });
    }

    /// <summary>Writes the parameters and buffers of a module under their names.</summary>
    public static void Save(nn.Module module, string path, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, module.state_dict(), metadata);

    /// <summary>Reads all tensors, onto the CPU.</summary>
    public static Dictionary<string, Tensor> Read(string path) => Read(path, out _);

    /// <summary>Reads all tensors, onto the CPU, and the texts kept with them.</summary>
    public static Dictionary<string, Tensor> Read(string path, out IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = InputFile.Open(path);
        var (header, dataStart) = SafeTensorsHeader.Read(path, stream);
        metadata = header.Metadata;
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>();
        foreach (var entry in header.Entries)
        {
            stream.Position = dataStart + entry.Begin;
            tensors.Add(entry.Name, ReadTensor(path, stream, entry));
        }

        foreach (var tensor in tensors.Values)
        {
            tensor.MoveToOuterDisposeScope();
        }

        return tensors;
    }

    /// <summary>Reads the texts kept with the tensors, without the tensors.</summary>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        using var stream = InputFile.Open(path);
        return SafeTensorsHeader.Read(path, stream).Header.Metadata;
    }

    /// <summary>Puts a file's tensors into the parameters and buffers of a module, all of them or none.</summary>
    /// <param name="module">Where the tensors go; its names, shapes and types must be those of the file.</param>
    public static void LoadInto(nn.Module module, string path) => LoadInto(module.state_dict(), path);

    /// <summary>Puts a file's tensors into tensors of the same names, all of them or none.</summary>
    /// <param name="targets">Where the tensors go; their names, shapes and types must be those of the file.</param>
    public static void LoadInto(IReadOnlyDictionary<string, Tensor> targets, string path)
    {
        using var scope = NewDisposeScope();
        var tensors = Read(path);
        CheckFits(path, targets, tensors);
        using var noGradient = no_grad();
        foreach (var (name, target) in targets)
        {
            target.copy_(tensors[name]);
        }
    }

    /// <summary>Holds what was read against what it is to become.</summary>
    internal static void CheckFits(string path, IReadOnlyDictionary<string, Tensor> targets, Dictionary<string, Tensor> tensors)
    {
        var faults = Differences(targets, tensors).ToList();
        if (faults.Count > 0)
        {
            throw new InputException(path, null, $"does not fit the network: {string.Join("; ", faults)}. It was written by a network of other settings.");
        }

        foreach (var (name, values) in tensors)
        {
            using var scope = NewDisposeScope();
            if (values.is_floating_point() && !values.isfinite().all().item<bool>())
            {
                throw new InputException(path, SafeTensorsHeader.Tensor(name), "holds NaN or infinity, with which nothing can be computed. Take an unharmed copy, or train again.");
            }
        }
    }

    private static IEnumerable<string> Differences(IReadOnlyDictionary<string, Tensor> targets, Dictionary<string, Tensor> tensors)
    {
        static string Some(string what, IReadOnlyList<string> names) =>
            $"{what} {string.Join(", ", names.Take(8))}{(names.Count > 8 ? $" and {names.Count - 8} more" : "")}";

        static string Form(Tensor t) => $"{SafeTensorsHeader.TypeOf(t.dtype).Name} ({string.Join(", ", t.shape)})";

        var missing = targets.Keys.Except(tensors.Keys).ToList();
        var extra = tensors.Keys.Except(targets.Keys).Select(SafeTensorsHeader.Tensor).ToList();
        var other = targets.Where(t => tensors.TryGetValue(t.Key, out var found) && Form(t.Value) != Form(found))
            .Select(t => $"{t.Key} is {Form(tensors[t.Key])} instead of {Form(t.Value)}").ToList();
        return new[]
        {
            missing.Count > 0 ? Some("missing are", missing) : "",
            extra.Count > 0 ? Some("unknown are", extra) : "",
            other.Count > 0 ? Some("of another shape or type:", other) : "",
        }.Where(f => f.Length > 0);
    }

    private static byte[] Header(IReadOnlyList<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        buffer.Write(stackalloc byte[8]);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(SafeTensorsHeader.MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            var at = 0L;
            foreach (var (name, tensor) in tensors)
            {
                at = WriteEntry(json, name, tensor, at);
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' '); // the format's padding, so that the data is aligned
        }

        var header = buffer.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - 8));
        return header;
    }

    private static long WriteEntry(Utf8JsonWriter json, string name, Tensor tensor, long begin)
    {
        if (name == SafeTensorsHeader.MetadataKey)
        {
            throw new ArgumentException($"a tensor cannot be called {name}");
        }

        var (type, size) = SafeTensorsHeader.TypeOf(tensor.dtype);
        var bytes = checked(tensor.numel() * size);
        if (bytes > int.MaxValue)
        {
            throw new ArgumentException($"tensor {name} has {bytes} bytes; written are at most {int.MaxValue}");
        }

        json.WriteStartObject(name);
        json.WriteString("dtype", type);
        WriteNumbers(json, "shape", tensor.shape);
        WriteNumbers(json, "data_offsets", begin, begin + bytes);
        json.WriteEndObject();
        return begin + bytes;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, params ReadOnlySpan<long> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static Tensor ReadTensor(string path, FileStream stream, SafeTensorsHeader.Entry entry)
    {
        var tensor = empty(entry.Shape, entry.Type);
        if (entry.End > entry.Begin)
        {
            var bytes = tensor.bytes;
            stream.ReadExactly(bytes);
            // Any other byte in a bool is undefined behaviour in native code.
            if (entry.Type == ScalarType.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                throw new InputException(path, SafeTensorsHeader.Tensor(entry.Name), "is BOOL, but holds bytes other than 0 and 1.");
            }
        }

        return tensor;
    }
}
