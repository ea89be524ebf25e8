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
        Split[] splits = [.. SplitSizes(options).Select((rows, index) => model.Draw(index, rows, stop))];
        return new DataSet($"generated data (seed {options.Seed})", model.Modalities, splits, DataDigest.Compute(model.Modalities, splits, model.Target), target: model.Target);
    }

    /// <summary>Rows of train, valid and test: 60 %, 15 % and the rest, or as many for test as asked.</summary>
    internal static int[] SplitSizes(SyntheticOptions options)
    {
        var train = (int)Math.Round(0.60 * options.Utterances);
        var valid = (int)Math.Round(0.15 * options.Utterances);
        return [train, valid, options.TestUtterances > 0 ? options.TestUtterances : options.Utterances - train - valid];
    }
}

/// <summary>Ids of generated utterances; they name seed, size and settings, from which the data can be made again.</summary>
internal static partial class SyntheticIds
{
    private const string Decimals = "0.######";

    /// <summary>The id of a row: "synth-v1-s1-n2400-train-000001".</summary>
    public static string Of(SyntheticOptions options, string split, int row) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix(options)}{split}-{row + 1:000000}");

    /// <summary>Whether an id is of this form.</summary>
    public static bool IsOne(string id) => id.StartsWith("synth-v1-", StringComparison.Ordinal);

    /// <summary>The settings that an id names, or null if it names none.</summary>
    public static SyntheticOptions? TryParse(string id)
    {
        var match = Pattern().Match(id);
        double Number(string letter, double otherwise) => match.Groups[letter].Success ? double.Parse(match.Groups[letter].ValueSpan, CultureInfo.InvariantCulture) : otherwise;
        int Count(string letter, int otherwise = 0) => (int)Math.Min(int.MaxValue, Number(letter, otherwise));
        return !match.Success ? null : new SyntheticOptions
        {
            Seed = Count("s"),
            Utterances = Count("n"),
            TestUtterances = Count("t"),
            Interactions = Number("i", 0),
            Components = Count("k", 1),
            Redundancy = Number("r", 0),
            Noise = Number("e", 1),
            Labelled = Count("l"),
            TrainMissing = Number("m", 0),
            Classes = Count("c"),
        };
    }

    // What is as documented is not named.
    private static string Prefix(SyntheticOptions options)
    {
        (char Letter, double Value, double Otherwise)[] named =
        [
            ('t', options.TestUtterances, 0), ('i', options.Interactions, 0), ('k', options.Components, 1), ('r', options.Redundancy, 0),
            ('e', options.Noise, 1), ('l', options.Labelled, 0), ('m', options.TrainMissing, 0), ('c', options.Classes, 0),
        ];
        var settings = named.Where(n => n.Value != n.Otherwise).Select(n => n.Letter + n.Value.ToString(Decimals, CultureInfo.InvariantCulture) + "-");
        return string.Create(CultureInfo.InvariantCulture, $"synth-v1-{(options.IsStandard ? "" : "custom-")}s{options.Seed}-n{options.Utterances}-{string.Concat(settings)}");
    }

    [GeneratedRegex(@"^synth-v1-s(?<s>[0-9]{1,10})-n(?<n>[0-9]{1,7})-(?:t(?<t>[0-9]{1,7})-)?(?:i(?<i>[0-9.]{1,8})-)?(?:k(?<k>[0-9])-)?(?:r(?<r>[0-9.]{1,8})-)?"
        + @"(?:e(?<e>[0-9.]{1,10})-)?(?:l(?<l>[0-9]{1,7})-)?(?:m(?<m>[0-9.]{1,8})-)?(?:c(?<c>[0-9]{1,2})-)?")]
    private static partial Regex Pattern();
}
