namespace Amodal.Data.Pickles;

/// <summary>A dictionary of a pickle, in the file's order; a text key that comes twice keeps its first place and its last value.</summary>
public sealed class PickleDictionary : PickleContainer
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
