using System.Globalization;
using System.Text.RegularExpressions;

namespace Amodal.Data.Synthetic;

/// <summary>Ids of generated utterances; they name the seed and the size, from which the data can be made again.</summary>
internal static partial class SyntheticIds
{
    /// <summary>The id of a row: "synth-v1-s1-n2400-train-000001".</summary>
    public static string Of(SyntheticOptions options, string split, int row) =>
        string.Create(CultureInfo.InvariantCulture, $"synth-v1-{(options.IsStandard ? "" : "custom-")}s{options.Seed}-n{options.Utterances}-{split}-{row + 1:000000}");

    /// <summary>Whether an id is of this form.</summary>
    public static bool IsOne(string id) => id.StartsWith("synth-v1-", StringComparison.Ordinal);

    /// <summary>The standard settings that an id names, or null if it names none.</summary>
    public static SyntheticOptions? TryParse(string id)
    {
        var match = Pattern().Match(id);
        return match.Success
            && int.TryParse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var seed)
            && int.TryParse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture, out var utterances)
            && utterances is >= 20 and <= 1_000_000
            ? new SyntheticOptions { Seed = seed, Utterances = utterances }
            : null;
    }

    [GeneratedRegex("^synth-v1-s([0-9]{1,10})-n([0-9]{1,7})-")]
    private static partial Regex Pattern();
}
