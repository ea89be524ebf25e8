using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Amodal.Configuration;

/// <summary>How properties and enum members are called outside the program.</summary>
public static class OptionNames
{
    /// <summary>The name that files and messages use for a member: SubVP is "sub-vp".</summary>
    public static string Of(Enum member)
    {
        ArgumentNullException.ThrowIfNull(member);
        var name = member.ToString();
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var isWordStart = i > 0 && char.IsUpper(name[i])
                && (char.IsLower(name[i - 1]) || (char.IsUpper(name[i - 1]) && i + 1 < name.Length && char.IsLower(name[i + 1])));
            text.Append(isWordStart ? "-" : "").Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }

    /// <summary>The names of all members, in the order of their declaration.</summary>
    public static IReadOnlyList<string> All<TEnum>() where TEnum : struct, Enum => All(typeof(TEnum));

    /// <summary>Finds a member by name; case, hyphens and underscores do not matter, numbers are no names.</summary>
    public static bool TryParse<TEnum>(string text, out TEnum member) where TEnum : struct, Enum
    {
        var isFound = TryParse(typeof(TEnum), text, out var found);
        member = isFound ? (TEnum)found! : default;
        return isFound;
    }

    internal static IReadOnlyList<string> All(Type type) => [.. Members(type).Select(Of)];

    internal static bool TryParse(Type type, string text, out object? member)
    {
        var wanted = Plain(text);
        member = Members(type).FirstOrDefault(m => Plain(m.ToString()) == wanted);
        return member is not null;
    }

    /// <summary>The settings of a record in the order of their declaration: what can be initialised.</summary>
    internal static IReadOnlyList<PropertyInfo> Properties(Type type) => [.. Writable(type).Where(p => p.PropertyType != typeof(OptionGroups))];

    /// <summary>Where a record holds groups of settings that it does not know; null for none.</summary>
    internal static PropertyInfo? GroupsOf(Type type) => Writable(type).FirstOrDefault(p => p.PropertyType == typeof(OptionGroups));

    /// <summary>The settings of a record and its groups, by key in order.</summary>
    internal static IEnumerable<(string Key, object Value, bool IsGroup)> Entries(object options) =>
        Properties(options.GetType()).Select(p => (KeyOf(p), p.GetValue(options)!, IsGroup(p.PropertyType)))
            .Concat((GroupsOf(options.GetType())?.GetValue(options) as OptionGroups)?.All.Select(g => (g.Key, g.Value, true)) ?? []);

    internal static string KeyOf(PropertyInfo property) => JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    /// <summary>Whether the type is a group of settings rather than a single value.</summary>
    internal static bool IsGroup(Type type) => type.IsClass && type != typeof(string) && type != typeof(SettingGroup);

    /// <summary>The record of a group of named records, a property of type IReadOnlyDictionary of string to that record; null for any other.</summary>
    internal static Type? NamedGroup(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) && type.GenericTypeArguments[0] == typeof(string)
            ? type.GenericTypeArguments[1] : null;

    /// <summary>The paths of all settings of a record: "backbone.width".</summary>
    internal static IEnumerable<string> Paths(object options, string prefix = "") =>
        Entries(options).SelectMany(e => e.IsGroup ? Paths(e.Value, $"{prefix}{e.Key}.") : [prefix + e.Key]);

    internal static string Plain(string name) =>
        name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static IEnumerable<PropertyInfo> Writable(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).OrderBy(p => p.MetadataToken);

    private static IEnumerable<Enum> Members(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (Enum)f.GetValue(null)!);
}
