using System.Reflection;

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

/// <summary>
/// Settings of another record, as they stand in a file: kept with their lines, and checked when
/// <see cref="YamlOptions.Apply"/> puts them over that record.
/// </summary>
internal sealed class SettingGroup
{
    internal SettingGroup(YamlTree.Mapping tree) => Tree = tree;

    /// <summary>No settings.</summary>
    public static SettingGroup Empty { get; } = new(new YamlTree.Mapping([], 0));

    /// <summary>Whether it sets nothing.</summary>
    public bool IsEmpty => Tree.Entries.Count == 0;

    internal YamlTree.Mapping Tree { get; }

    /// <summary>The value of a key at the top, where it is a single one; null where it is not there.</summary>
    internal string? Scalar(string key) => Tree.Entries.Where(e => e.Key == key).Select(e => e.Value).OfType<YamlTree.Scalar>().FirstOrDefault()?.Text;
}

/// <summary>Records of settings, and the groups below them.</summary>
internal static class OptionTree
{
    /// <summary>The settings of a record in the order of their declaration: what can be initialised.</summary>
    public static IReadOnlyList<PropertyInfo> Properties(Type type) => [.. OptionNames.Writable(type).Where(p => p.PropertyType != typeof(OptionGroups))];

    /// <summary>Where a record holds groups of settings that it does not know; null for none.</summary>
    public static PropertyInfo? GroupsOf(Type type) => OptionNames.Writable(type).FirstOrDefault(p => p.PropertyType == typeof(OptionGroups));

    /// <summary>The settings of a record and its groups, by key in order.</summary>
    public static IEnumerable<(string Key, object Value, bool IsGroup)> Entries(object options) =>
        Properties(options.GetType()).Select(p => (OptionNames.KeyOf(p), p.GetValue(options)!, IsGroup(p.PropertyType)))
            .Concat((GroupsOf(options.GetType())?.GetValue(options) as OptionGroups)?.All.Select(g => (g.Key, g.Value, true)) ?? []);

    /// <summary>Whether the type is a group of settings rather than a single value.</summary>
    public static bool IsGroup(Type type) => type.IsClass && type != typeof(string) && type != typeof(SettingGroup);

    /// <summary>The paths of all settings of a record: "backbone.width".</summary>
    public static IEnumerable<string> Paths(object options, string prefix = "") =>
        Entries(options).SelectMany(e => e.IsGroup ? Paths(e.Value, $"{prefix}{e.Key}.") : [prefix + e.Key]);
}
