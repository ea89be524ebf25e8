namespace Amodal.Configuration;

/// <summary>
/// Groups of settings under names, each a record of its own type that only its owner knows. In a file they stand beside the
/// keys of the record that holds them. A group that is left out has its defaults.
/// </summary>
public sealed class OptionGroups : IEquatable<OptionGroups>
{
    private readonly OrderedDictionary<string, object> _groups;

    private OptionGroups(IEnumerable<KeyValuePair<string, object>> groups) => _groups = new OrderedDictionary<string, object>(groups);

    /// <summary>No groups.</summary>
    public static OptionGroups None { get; } = new([]);

    /// <summary>The groups by name, in order.</summary>
    public IReadOnlyDictionary<string, object> All => _groups;

    /// <summary>The group of a type.</summary>
    public T Of<T>()
        where T : class, new() => _groups.Values.OfType<T>().FirstOrDefault() ?? new T();

    /// <summary>The groups with another one, or with one of them replaced.</summary>
    public OptionGroups With(string name, object group)
    {
        var groups = new OptionGroups(_groups);
        groups._groups[name] = group;
        return groups;
    }

    /// <inheritdoc/>
    public bool Equals(OptionGroups? other) => other is not null && Contains(other) && other.Contains(this);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OptionGroups);

    /// <inheritdoc/>
    public override int GetHashCode() => 0; // what is left out equals its defaults

    private bool Contains(OptionGroups other) => other._groups.All(g => g.Value.Equals(_groups.GetValueOrDefault(g.Key) ?? Activator.CreateInstance(g.Value.GetType())));
}
