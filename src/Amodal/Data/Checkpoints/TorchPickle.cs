using System.IO.Compression;
using Amodal.Data.Pickles;

namespace Amodal.Data.Checkpoints;

/// <summary>The few names of torch that a state dictionary needs: storages by persistent id, and tensors and parameters made of them.</summary>
internal sealed class TorchPickle(IReadOnlyDictionary<string, ZipArchiveEntry> storages, bool isBigEndian) : IPickleAddition
{
    private const string Tensor = "torch._utils._rebuild_tensor_v2";
    private const string Parameter = "torch._utils._rebuild_parameter";

    private static readonly Dictionary<string, (NumPyKind Kind, int Size)> _types = new(StringComparer.Ordinal)
    {
        ["torch.FloatStorage"] = (NumPyKind.Float, 4),
        ["torch.DoubleStorage"] = (NumPyKind.Float, 8),
        ["torch.HalfStorage"] = (NumPyKind.Float, 2),
        [BrainFloat] = (NumPyKind.Unsigned, 2),
        ["torch.LongStorage"] = (NumPyKind.Integer, 8),
        ["torch.IntStorage"] = (NumPyKind.Integer, 4),
        ["torch.ShortStorage"] = (NumPyKind.Integer, 2),
        ["torch.CharStorage"] = (NumPyKind.Integer, 1),
        ["torch.ByteStorage"] = (NumPyKind.Unsigned, 1),
        ["torch.BoolStorage"] = (NumPyKind.Boolean, 1),
    };

    private const string BrainFloat = "torch.BFloat16Storage";

    public string Advice => "and builds only tensors from a checkpoint; save the state dictionary alone, torch.save(model.state_dict(), path).";

    public PickledGlobal? Find(string module, string name)
    {
        var fullName = $"{module}.{name}";
        return fullName is Tensor or Parameter || _types.ContainsKey(fullName) ? new PickledGlobal(fullName, PickledFunction.Added) : null;
    }

    public object? Call(PickledGlobal function, PickleSequence arguments, Func<string, InputException> fault) => (function.FullName, arguments) switch
    {
        (Tensor, [TorchStorage storage, long offset, PickleSequence shape, PickleSequence strides, _, _, ..]) =>
            TorchTensor.Create(storage, offset, Sizes(shape, fault), Sizes(strides, fault), fault),
        (Parameter, [TorchTensor tensor, _, _, ..]) => tensor,
        _ => throw fault($"calls {function.FullName} with ({string.Join(", ", arguments.Take(6).Select(PickleReader.NameOf))}), which is not supported. Save plain tensors."),
    };

    public object? Load(object? id, Func<string, InputException> fault)
    {
        if (id is not PickleSequence { Count: >= 5 } parts || parts[0] is not "storage" || parts[1] is not PickledGlobal type
            || !_types.TryGetValue(type.FullName, out var element) || parts[2] is not string key || parts[4] is not long count)
        {
            throw fault("refers to something else than a storage of numbers. Save the state dictionary alone, torch.save(model.state_dict(), path).");
        }

        if (!storages.TryGetValue(key, out var entry))
        {
            throw fault($"needs the entry 'data/{(key.Length > 40 ? key[..40] : key)}', which the archive lacks: the file is damaged. Copy or save it again.");
        }

        return count >= 0 && (Int128)count * element.Size == entry.Length
            ? new TorchStorage(entry, new NumPyType(element.Kind, element.Size, isBigEndian), type.FullName == BrainFloat, count)
            : throw fault($"says that '{entry.FullName}' holds {count} elements of {element.Size} bytes, but it has {entry.Length} bytes: the file is damaged. Copy or save it again.");
    }

    private static long[] Sizes(PickleSequence sizes, Func<string, InputException> fault) => sizes.All(n => n is long)
        ? [.. sizes.Select(n => (long)n!)]
        : throw fault("holds a tensor whose shape or strides are no ints: the file is damaged. Copy or save it again.");
}
