using System.Text.RegularExpressions;

namespace Amodal.Data;

/// <summary>Which video or dialogue an utterance was cut from: what the file says, else what its id tells.</summary>
internal static partial class VideoGroups
{
    private const string Separator = "$_$";

    // Ids such as mosei_test_12 have a number at their end too, but what stands before it names no video. Real data sets
    // have dozens of videos, made-up ids a prefix or one per split.
    private const int FewestVideos = 5;

    /// <summary>The function from id to group: the file's own, else see <see cref="Of(IReadOnlyList{string})"/>.</summary>
    public static Func<string, string> Of(DataSet data)
    {
        var told = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (id, group) in data.Splits.SelectMany(split => split.Ids.Zip(split.Groups ?? [])))
        {
            told.TryAdd(id, group);
        }

        var fromId = Of([.. data.Splits.SelectMany(split => split.Ids)]);
        return told.Count == 0 ? fromId : id => told.TryGetValue(id, out var group) ? group : fromId(id);
    }

    /// <summary>
    /// The function from id to video, in the forms of the field: VIDEO$_$CLIP (MMSA), VIDEO[3] (CMU SDK), dia0_utt0 (MELD),
    /// Ses01F_impro01_F000 (IEMOCAP), VIDEO_START_END (MulT), else what stands before a last _ and number; the id itself
    /// where nothing tells.
    /// </summary>
    public static Func<string, string> Of(IReadOnlyList<string> ids)
    {
        if (ids.Any(id => id.Contains(Separator, StringComparison.Ordinal)))
        {
            return BeforeSeparator;
        }

        if (ids.All(id => OfTimes(id) is not null) && ids.Any(id => id.Contains('.', StringComparison.Ordinal)))
        {
            return id => OfTimes(id) ?? id;
        }

        var videos = ids.Select(BeforeNumber).Distinct(StringComparer.Ordinal).Count();
        return videos >= FewestVideos ? id => OfField(id) ?? BeforeNumber(id) : id => OfField(id) ?? id;
    }

    /// <summary>The rows of each video, in the order of their ids, in which numbers count as numbers.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> InOrder(Split split)
    {
        const int longestNumber = 20;
        var ofId = Of(split.Ids);
        return [.. split.Ids.Index().GroupBy(id => split.Groups?[id.Index] ?? ofId(id.Item), StringComparer.Ordinal)
            .Select(video => (IReadOnlyList<int>)[.. video.OrderBy(id => NumberPattern().Replace(id.Item, number => number.Value.PadLeft(longestNumber, '0')), StringComparer.Ordinal).Select(id => id.Index)])];
    }

    private static string BeforeSeparator(string id) =>
        id.IndexOf(Separator, StringComparison.Ordinal) is > 0 and var at ? id[..at] : id;

    private static string BeforeNumber(string id)
    {
        var at = id.LastIndexOf('_');
        return at > 0 && at + 1 < id.Length && id.AsSpan(at + 1).IndexOfAnyExceptInRange('0', '9') < 0 ? id[..at] : id;
    }

    private static string? OfField(string id) => FieldPattern().Match(id) is { Success: true } match
        ? match.Groups.Values.Skip(1).First(group => group.Success).Value
        : null;

    /// <summary>The video of an id that ends with the seconds it begins and ends at, or null.</summary>
    private static string? OfTimes(string id) => TimesPattern().Match(id) is { Success: true } match
        && double.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) < double.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture)
            ? match.Groups[1].Value
            : null;

    [GeneratedRegex(@"^(?:(.+)\[[0-9]+\]|(.*dia[0-9]+)_utt[0-9]+|(Ses[0-9]{2}[FM]_.+)_[FM][0-9]{3})$")]
    private static partial Regex FieldPattern();

    // Not what stands behind a decimal point.
    [GeneratedRegex("(?<![0-9.])[0-9]+")]
    private static partial Regex NumberPattern();

    [GeneratedRegex(@"^(.+)_([0-9]{1,9}(?:\.[0-9]{1,20})?)_([0-9]{1,9}(?:\.[0-9]{1,20})?)$")]
    private static partial Regex TimesPattern();
}
