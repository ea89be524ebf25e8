using System.Reflection;

namespace Amodal.Configuration;

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
