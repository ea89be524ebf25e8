using System.Reflection;

namespace Amodal.Configuration;

/// <summary>One setting's value: from its text, and in words what it may be.</summary>
internal static class OptionValue
{
    /// <summary>Reads a value for the property.</summary>
    /// <returns>The value, or null with the problem in words.</returns>
    /// <param name="isPlain">Whether it stands without quotes.</param>
    public static object? Parse(PropertyInfo property, string text, bool isPlain, out string problem)
    {
        problem = "";
        var type = property.PropertyType;
        if (isPlain && text is "" or "~" or "null")
        {
            problem = $"has no value; allowed is {Allowed(property)}.";
            return null;
        }

        var isNumberInQuotes = !isPlain && type != typeof(string) && !type.IsEnum;
        var value = isNumberInQuotes ? null : Convert(type, text);
        if (value is null || !IsInRange(property, value))
        {
            problem = $"is {(isNumberInQuotes ? "the quoted text " : "")}'{Show(text)}'; allowed is {Allowed(property)}.{Hint(type, text)}";
            return null;
        }

        return value;
    }

    /// <summary>What the property may be: "a whole number from 1 to 64".</summary>
    public static string Allowed(PropertyInfo property)
    {
        var type = property.PropertyType;
        if (type.IsEnum)
        {
            return $"one of {string.Join(", ", OptionNames.All(type))}";
        }

        if (type == typeof(bool))
        {
            return "true or false";
        }

        if (type == typeof(string))
        {
            return property.GetCustomAttribute<StringLengthAttribute>() is { } length
                ? $"text of {length.MinimumLength} to {length.MaximumLength} characters"
                : "text";
        }

        var kind = type == typeof(double) ? "a finite number" : "a whole number";
        var range = property.GetCustomAttribute<RangeAttribute>();
        return range is not null ? $"{kind} from {Number(Bound(range.Minimum))} to {Number(Bound(range.Maximum))}"
            : type == typeof(int) ? $"{kind} from {int.MinValue} to {int.MaxValue}"
            : type == typeof(long) ? $"{kind} from {long.MinValue} to {long.MaxValue}"
            : kind;
    }

    /// <summary>A value as YAML that <see cref="Parse"/> reads back to the same value.</summary>
    public static string Write(object value) => value switch
    {
        bool b => b ? "true" : "false",
        Enum e => OptionNames.Of(e),
        string s => Quote(s),
        double d => Number(d),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"a setting cannot be of type {value.GetType()}"),
    };

    /// <summary>A text from outside as a message may show it.</summary>
    public static string Show(string text) =>
        string.Concat((text.Length > 60 ? text[..60] + "..." : text).Select(c => char.IsControl(c) ? '?' : c));

    private static object? Convert(Type type, string text)
    {
        if (type.IsEnum)
        {
            return OptionNames.TryParse(type, text, out var member) ? member : null;
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.String => text,
            TypeCode.Boolean => text switch { "true" or "True" or "TRUE" or "1" => true, "false" or "False" or "FALSE" or "0" => false, _ => null },
            TypeCode.Int32 => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var i) ? i : null,
            TypeCode.Int64 => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var l) ? l : null,
            TypeCode.Double => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) && double.IsFinite(d) ? d : null,
            _ => throw new NotSupportedException($"a setting cannot be of type {type}"),
        };
    }

    internal static bool IsInRange(PropertyInfo property, object value) => property.GetCustomAttributes<ValidationAttribute>().All(a => a switch
    {
        // RangeAttribute converts the value to the type of its bounds first: Range(0, 1) would round 1.4 down and take it.
        RangeAttribute range => ToDouble(value) >= Bound(range.Minimum) && ToDouble(value) <= Bound(range.Maximum),
        _ => a.IsValid(value),
    });

    private static string Hint(Type type, string text) =>
        type.IsEnum && NearestName.Of(text, OptionNames.All(type)) is { } name ? $" Did you mean '{name}'?" : "";

    private static double Bound(object bound) => ToDouble(bound);

    private static double ToDouble(object value) => System.Convert.ToDouble(value, CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Quote(string text)
    {
        // Plain where every reader of YAML sees text in it: letters first, nothing with a meaning, none of YAML 1.1's words.
        var isPlain = text.Length > 0 && char.IsAsciiLetter(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_' or '.' or '+' or '/')
            && text.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n");
        return isPlain ? text : $"\"{string.Concat(text.Select(Escape))}\"";
    }

    private static string Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        // The named ones too: separators of lines are folded, and a byte order mark is dropped, unless escaped.
        _ when char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF' => $"\\u{(int)c:X4}",
        _ => c.ToString(),
    };
}
