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

/// <summary>What an allowed global does when a pickle calls it.</summary>
internal enum PickledFunction
{
    NewArray,
    ArrayClass,
    NewType,
    Scalar,
    ArrayFromBuffer,
    Encode,
    Set,
    Dictionary,

    /// <summary>Known to the <see cref="IPickleAddition"/> that found it.</summary>
    Added,
}

/// <summary>What one kind of file lets its pickle name and refer to, beside what <see cref="PickledGlobal"/> allows in all of them.</summary>
internal interface IPickleAddition
{
    /// <summary>What may be read and how to export it, for messages that refuse something.</summary>
    string Advice { get; }

    /// <summary>The global of that name, <see cref="PickledFunction.Added"/>, or null if it is refused.</summary>
    PickledGlobal? Find(string module, string name);

    /// <summary>Calls one of the addition's functions.</summary>
    object? Call(PickledGlobal function, PickleSequence arguments, Func<string, InputException> fault);

    /// <summary>What a persistent id stands for.</summary>
    object? Load(object? id, Func<string, InputException> fault);
}
