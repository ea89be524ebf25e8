using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Amodal.Tests.Data.Checkpoints;

/// <summary>Writes checkpoints as torch.save does: a zip of data.pkl, a storage an entry, and version.</summary>
internal sealed class TorchFile
{
    private readonly List<(string Name, byte[] Content)> _entries = [];
    private readonly PickleBytes _pickle = new(2);

    public TorchFile() => _pickle.Global("collections", "OrderedDict").Op(')').Op('R').Op('(');

    public CompressionLevel Compression { get; init; } = CompressionLevel.NoCompression;

    /// <summary>A contiguous tensor with a storage of its own.</summary>
    public TorchFile Add(string name, IReadOnlyList<long> shape, float[] values)
    {
        var key = Storage(MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        var strides = shape.Select((_, i) => (int)shape.Skip(i + 1).Aggregate(1L, (a, b) => a * b));
        return View(name, "FloatStorage", key, values.Length, 0, [.. shape.Select(n => (int)n)], [.. strides]);
    }

    /// <summary>Numbers for tensors to view.</summary>
    /// <returns>Their key.</returns>
    public string Storage(byte[] content)
    {
        var key = _entries.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _entries.Add(($"data/{key}", content));
        return key;
    }

    /// <summary>A tensor that is a view of a storage.</summary>
    public TorchFile View(string name, string type, string key, int count, int offset, int[] shape, int[] strides)
    {
        _pickle.Text(name);
        Tensor(_pickle, type, key, count, offset, shape, strides);
        return this;
    }

    /// <summary>Anything under a name.</summary>
    public TorchFile Value(string name, Action<PickleBytes> value)
    {
        _pickle.Text(name);
        value(_pickle);
        return this;
    }

    public static void Tensor(PickleBytes pickle, string type, string key, int count, int offset, int[] shape, int[] strides)
    {
        pickle.Global("torch._utils", "_rebuild_tensor_v2").Op('(').Op('(').Text("storage").Global("torch", type).Text(key).Text("cpu").Int(count).Op('t').Op('Q');
        pickle.Int(offset).Tuple(shape).Tuple(strides).Bool(false).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');
    }

    /// <summary>The file, with the attributes that a module's state_dict carries.</summary>
    public byte[] Done(params IReadOnlyList<(string Name, byte[] Content)> more)
    {
        var pickle = _pickle.Op('u').Dictionary(("_metadata", p => p.Global("collections", "OrderedDict").Op(')').Op('R'))).Op('b').Done();
        return Zip([("data.pkl", pickle), .. _entries, ("version", "3\n"u8.ToArray()), .. more], Compression);
    }

    public static byte[] Zip(IEnumerable<(string Name, byte[] Content)> entries, CompressionLevel compression = CompressionLevel.NoCompression)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry($"checkpoint/{name}", compression).Open();
                entry.Write(content);
            }
        }

        return file.ToArray();
    }
}
