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
