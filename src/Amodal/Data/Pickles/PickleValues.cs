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
