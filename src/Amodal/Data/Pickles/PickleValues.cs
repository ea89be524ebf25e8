using System.Collections;

namespace Amodal.Data.Pickles;

/// <summary>A value of a pickle that holds other values.</summary>
internal abstract class PickleContainer
{
    private protected PickleContainer()
    {
    }

    /// <summary>1 for a container of plain values, and one more for each level inside.</summary>
    internal int Depth { get; private set; } = 1;

    /// <summary>Takes account of a value put in.</summary>
    private protected void Deepen(object? item)
    {
        if (item is PickleContainer container)
        {
            Depth = Math.Max(Depth, container.Depth + 1);
        }
    }
}

/// <summary>A list, tuple or set of a pickle, in the file's order. It may hold itself: do not walk it without a bound.</summary>
internal sealed class PickleSequence : PickleContainer, IReadOnlyList<object?>
{
    private readonly List<object?> _items;

    internal PickleSequence(PickleSequenceKind kind, List<object?> items)
    {
        (Kind, _items) = (kind, items);
        items.ForEach(Deepen);
    }

    /// <summary>What it is in Python.</summary>
    public PickleSequenceKind Kind { get; }

    public int Count => _items.Count;

    public object? this[int index] => _items[index];

    public IEnumerator<object?> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(object? item)
    {
        _items.Add(item);
        Deepen(item);
    }
}

/// <summary>What a sequence of a pickle is in Python.</summary>
internal enum PickleSequenceKind
{
    List,

    Tuple,

    /// <summary>A set or frozenset; equal members are not merged.</summary>
    Set,
}

/// <summary>A dictionary of a pickle, in the file's order; a text key that comes twice keeps its first place and its last value.</summary>
internal sealed class PickleDictionary : PickleContainer
{
    private readonly List<KeyValuePair<object?, object?>> _entries = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    internal PickleDictionary()
    {
    }

    /// <summary>Keys and values. Keys that are not texts are not compared with each other.</summary>
    public IReadOnlyList<KeyValuePair<object?, object?>> Entries => _entries;

    /// <summary>Whether there is a text key of that name.</summary>
    public bool Contains(string key) => _places.ContainsKey(key);

    /// <summary>The value of a text key, or null.</summary>
    public object? this[string key] => _places.TryGetValue(key, out var place) ? _entries[place].Value : null;

    internal void Set(object? key, object? value)
    {
        Deepen(key);
        Deepen(value);
        if (key is string text && !_places.TryAdd(text, _entries.Count))
        {
            _entries[_places[text]] = new(key, value);
            return;
        }

        _entries.Add(new(key, value));
    }
}

/// <summary>A dtype in the making: pickles name it first and set its byte order afterwards.</summary>
internal sealed class PickledType(NumPyType type)
{
    public NumPyType Type { get; set; } = type;
}

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
