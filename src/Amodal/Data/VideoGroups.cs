namespace Amodal.Data;

/// <summary>Which video an utterance was cut from, as far as its id tells.</summary>
internal static class VideoGroups
{
    private const string Separator = "$_$";

    // Ids such as mosei_test_12 have a number at their end too, but what stands before it names no video. Real data sets
    // have dozens of videos, made-up ids a prefix or one per split.
    private const int FewestVideos = 5;

    /// <summary>The function from id to video: what stands before $_$, or before a last _ and number; the id itself where neither tells.</summary>
    public static Func<string, string> Of(DataSet data)
    {
        var ids = data.Splits.SelectMany(split => split.Ids).ToList();
        if (ids.Any(id => id.Contains(Separator, StringComparison.Ordinal)))
        {
            return BeforeSeparator;
        }

        var videos = ids.Select(BeforeNumber).Distinct(StringComparer.Ordinal).Count();
        return videos >= FewestVideos ? BeforeNumber : id => id;
    }

    private static string BeforeSeparator(string id) =>
        id.IndexOf(Separator, StringComparison.Ordinal) is > 0 and var at ? id[..at] : id;

    private static string BeforeNumber(string id)
    {
        var at = id.LastIndexOf('_');
        return at > 0 && at + 1 < id.Length && id.AsSpan(at + 1).IndexOfAnyExceptInRange('0', '9') < 0 ? id[..at] : id;
    }
}
