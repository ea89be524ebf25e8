using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Amodal.Configuration;

/// <summary>How properties and enum members are called outside the program.</summary>
internal static class OptionNames
{
    /// <summary>The name that files and messages use for a member: SubVP is "sub-vp".</summary>
    public static string Of(Enum member)
    {
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

    /// <summary>What can be initialised of a record, in the order of its declaration.</summary>
    internal static IEnumerable<PropertyInfo> Writable(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).OrderBy(p => p.MetadataToken);

    internal static string KeyOf(PropertyInfo property) => JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    /// <summary>The record of a group of named records, a property of type IReadOnlyDictionary of string to that record; null for any other.</summary>
    internal static Type? NamedGroup(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) && type.GenericTypeArguments[0] == typeof(string)
            ? type.GenericTypeArguments[1] : null;

    internal static string Plain(string name) =>
        name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static IEnumerable<Enum> Members(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (Enum)f.GetValue(null)!);
}
