using System.Text.RegularExpressions;

namespace Amodal.Data.Synthetic;

/// <summary>Generates data sets from a <see cref="SyntheticModel"/>.</summary>
public static class SyntheticData
{
    /// <summary>Makes the data set that the options name; the same options give the same data.</summary>
    /// <param name="options">What to make.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InputException">The options describe no model.</exception>
    public static DataSet Generate(SyntheticOptions options, CancellationToken stop = default)
    {
        var model = new SyntheticModel(options);
        Split[] splits = [.. SplitSizes(options.Utterances).Select((rows, index) => model.Draw(index, rows, stop))];
        return new DataSet($"generated data (seed {options.Seed})", model.Modalities, splits, DataDigest.Compute(model.Modalities, splits, model.Target), target: model.Target);
    }

    /// <summary>Rows of train, valid and test: 60 %, 15 % and the rest.</summary>
    internal static int[] SplitSizes(int utterances)
    {
        var train = (int)Math.Round(0.60 * utterances);
        var valid = (int)Math.Round(0.15 * utterances);
        return [train, valid, utterances - train - valid];
    }
}

/// <summary>Ids of generated utterances; they name the seed and the size, from which the data can be made again.</summary>
internal static partial class SyntheticIds
{
    /// <summary>The id of a row: "synth-v1-s1-n2400-train-000001".</summary>
    public static string Of(SyntheticOptions options, string split, int row) =>
        string.Create(CultureInfo.InvariantCulture, $"synth-v1-{(options.IsStandard ? "" : "custom-")}s{options.Seed}-n{options.Utterances}-{(options.Classes > 0 ? string.Create(CultureInfo.InvariantCulture, $"c{options.Classes}-") : "")}{split}-{row + 1:000000}");

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
            ? new SyntheticOptions { Seed = seed, Utterances = utterances, Classes = match.Groups[3].Success ? int.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture) : 0 }
            : null;
    }

    [GeneratedRegex("^synth-v1-s([0-9]{1,10})-n([0-9]{1,7})-(?:c([0-9]{1,2})-)?")]
    private static partial Regex Pattern();
}
