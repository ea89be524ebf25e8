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

/// <summary>The key that a setting had before; files that have it are read, with a note.</summary>
/// <param name="key">The key, without its group.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FormerKeyAttribute(string key) : Attribute
{
    public string Key => key;
}

/// <summary>Finds what a misspelt name was meant to be.</summary>
internal static class NearestName
{
    /// <summary>The nearest of the names, or null when none is near: at most one edit for every three letters.</summary>
    /// <param name="text">What was written; case and punctuation do not count.</param>
    public static string? Of(string text, IEnumerable<string> names)
    {
        // A very long text is no typo, and the distance costs the product of the lengths.
        var wanted = OptionNames.Plain(text.Length > 64 ? text[..64] : text);
        var best = names.Select(n => (Name: n, Distance: Distance(wanted, OptionNames.Plain(n)))).OrderBy(c => c.Distance).FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(1, wanted.Length / 3) ? best.Name : null;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    internal static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                d[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
