namespace Amodal.Data.Pickles;

/// <summary>A function or class that a pickle may name; the list is closed, and none of them is Python's own.</summary>
internal sealed record PickledGlobal(string FullName, PickledFunction Function)
{
    private static readonly Dictionary<string, PickledGlobal> Allowed = new (string Name, PickledFunction Function)[]
    {
        ("numpy.core.multiarray._reconstruct", PickledFunction.NewArray),
        ("numpy._core.multiarray._reconstruct", PickledFunction.NewArray),
        ("numpy.ndarray", PickledFunction.ArrayClass),
        ("numpy.dtype", PickledFunction.NewType),
        ("numpy.core.multiarray.scalar", PickledFunction.Scalar),
        ("numpy._core.multiarray.scalar", PickledFunction.Scalar),
        ("numpy.core.numeric._frombuffer", PickledFunction.ArrayFromBuffer),
        ("numpy._core.numeric._frombuffer", PickledFunction.ArrayFromBuffer),
        ("_codecs.encode", PickledFunction.Encode),
        ("builtins.bytes", PickledFunction.Encode),
        ("__builtin__.bytes", PickledFunction.Encode),
        ("builtins.bytearray", PickledFunction.Encode),
        ("__builtin__.bytearray", PickledFunction.Encode),
        ("builtins.set", PickledFunction.Set),
        ("__builtin__.set", PickledFunction.Set),
        ("builtins.frozenset", PickledFunction.Set),
        ("__builtin__.frozenset", PickledFunction.Set),
        ("collections.OrderedDict", PickledFunction.Dictionary),
    }.ToDictionary(entry => entry.Name, entry => new PickledGlobal(entry.Name, entry.Function), StringComparer.Ordinal);

    /// <summary>The global of that name, or null if it is refused.</summary>
    public static PickledGlobal? Find(string module, string name) => Allowed.GetValueOrDefault($"{module}.{name}");
}
