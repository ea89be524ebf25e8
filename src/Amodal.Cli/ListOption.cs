using System.Text.RegularExpressions;

namespace Amodal.Cli;

/// <summary>
/// An option that takes several values: with commas between them, or given several times. They may also follow it with spaces
/// (<c>--set a=1 b=2</c>), but only where they cannot be meant for anything else: <see cref="ArgumentReader"/>.
/// </summary>
/// <param name="isKeyed">Whether a value is KEY=VALUE, which may have commas of its own.</param>
internal sealed partial class ListOption(string name, bool isKeyed = false) : Option<string[]>(name)
{
    /// <summary>Whether a value is KEY=VALUE.</summary>
    public bool IsKeyed { get; } = isKeyed;

    /// <summary>Whether a word is KEY=VALUE, and no file that is called so.</summary>
    public static bool IsSetting(string word) => Setting().IsMatch(word) && !Path.Exists(word);

    /// <summary>The values that were given.</summary>
    public IReadOnlyList<string> Of(ParseResult parsed) => [.. (parsed.GetValue(this) ?? []).SelectMany(word => IsKeyed ? BetweenKeys().Split(word) : Split(word))];

    /// <summary>The values of one word. A comma in the path of a file that is there is a part of its name.</summary>
    public static string[] Split(string word) => Path.Exists(word) ? [word] : word.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"^[A-Za-z_][\w.-]*=")]
    private static partial Regex Setting();

    [GeneratedRegex(@",(?=[A-Za-z_][\w.-]*=)")]
    private static partial Regex BetweenKeys();
}

/// <summary>Options that are lists of numbers, such as 1,8,32.</summary>
internal static class NumberList
{
    /// <summary>Reads a list of at least one number.</summary>
    /// <param name="option">The option's name.</param>
    /// <param name="allowed">The same in words.</param>
    public static List<T> Parse<T>(string option, string text, Func<T, bool> isAllowed, string allowed)
        where T : IParsable<T>
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return parts.Length > 0
            ? [.. parts.Select(part => T.TryParse(part, CultureInfo.InvariantCulture, out var number) && isAllowed(number) ? number : throw Wrong(part))]
            : throw Wrong(text);

        InputException Wrong(string part) => new(option, null, $"has '{part}'; give {allowed}, comma-separated.");
    }
}

/// <summary>How often each modality is missing, as several commands take it.</summary>
internal static class MissingRateOption
{
    public const string Name = "--missing-rate";

    /// <param name="number">What a number alone means there; nothing where it means nothing.</param>
    public static Option<string> Create(string where, string number = "") => new(Name)
    {
        Description = $"{number}How often each modality is missing, such as audio=0.3,vision=0.1: {where}.",
    };
}
