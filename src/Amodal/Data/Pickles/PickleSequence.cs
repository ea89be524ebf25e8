using System.Collections;

namespace Amodal.Data.Pickles;

/// <summary>A list, tuple or set of a pickle, in the file's order. It may hold itself: do not walk it without a bound.</summary>
public sealed class PickleSequence : PickleContainer, IReadOnlyList<object?>
{
    private readonly List<object?> _items;

    internal PickleSequence(PickleSequenceKind kind, List<object?> items)
    {
        (Kind, _items) = (kind, items);
        items.ForEach(Deepen);
    }

    /// <summary>What it is in Python.</summary>
    public PickleSequenceKind Kind { get; }

    /// <inheritdoc/>
    public int Count => _items.Count;

    /// <inheritdoc/>
    public object? this[int index] => _items[index];

    /// <inheritdoc/>
    public IEnumerator<object?> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(object? item)
    {
        _items.Add(item);
        Deepen(item);
    }
}
