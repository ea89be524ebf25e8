using Amodal.Data.Synthetic;

namespace Amodal.Data.Inspection;

/// <summary>What would spoil a training or a result, in sentences: every command that reads the data says them.</summary>
internal static class DataWarnings
{
    private const int MostClasses = 20;
    private const int LeastPerClass = 2;

    /// <summary>The warnings of a data set: its ids, labels and modalities.</summary>
    public static IReadOnlyList<string> Of(DataSet data) =>
        [.. OfIds(data), .. OfLabels(data), .. data.Splits.SelectMany(OfNumbers), .. data.Splits.SelectMany(OfRows)];

    /// <summary>In which rows of a split a modality is missing, or zero throughout.</summary>
    public static IReadOnlyList<string> OfRows(Split split) => [.. split.Features.SelectMany(features => OfRows(split, features))];

    /// <summary>The same for one modality.</summary>
    public static IEnumerable<string> OfRows(Split split, FeatureArray features)
    {
        var name = $"'{features.Modality.Name}' in {split.Name}";
        var contents = Enumerable.Range(0, features.Rows).Select(features.ContentOf).ToList();
        var (nothing, zeros) = (contents.Count(content => content == RowContent.Nothing), contents.Count(content => content == RowContent.Zeros));
        if (nothing > 0)
        {
            yield return $"{name} has no number in {nothing} of {split.Count} rows: the modality is missing there. Predictions recover it, whatever a mask calls observed; training takes the training mean for it.";
        }

        if (zeros > 0)
        {
            yield return $"{name} is all zero in {zeros} of {split.Count} rows: the modality may be missing there. It counts as observed; write NaN where it is missing.";
        }

        if (nothing + zeros == split.Count)
        {
            if (split.Name == "train")
            {
                yield return $"{name} holds nothing in any row, so that nothing can be learnt from it. Leave the modality out, or export it again.";
            }
        }
        else if (split.Count > 1 && FeatureInspector.IsConstant(features))
        {
            yield return $"{name} is the same in every row and step: it tells nothing. Leave the modality out, or export it again.";
        }
    }

    private static IEnumerable<string> OfIds(DataSet data)
    {
        var videoOf = VideoGroups.Of(data);
        for (var i = 0; i < data.Splits.Count; i++)
        {
            for (var j = i + 1; j < data.Splits.Count; j++)
            {
                var (a, b) = (data.Splits[i], data.Splits[j]);
                var ids = a.Ids.Intersect(b.Ids).ToList();
                var videos = a.Ids.Select(videoOf).Intersect(b.Ids.Select(videoOf)).Except(ids).ToList();
                if (ids.Count > 0)
                {
                    yield return $"{ids.Count} ids are in both {a.Name} and {b.Name}, such as '{ids[0]}': results on them would be too good, unless they name other utterances there. Make ids unique.";
                }

                if (videos.Count > 0)
                {
                    yield return $"{videos.Count} videos have utterances in both {a.Name} and {b.Name}, such as '{videos[0]}': speaker and topic leak, and results may be too good. Split by video.";
                }
            }
        }

        var all = data.Splits.SelectMany(split => split.Ids).Distinct(StringComparer.Ordinal).ToList();
        if (all.Count > 1 && !SyntheticIds.IsOne(all[0]) && all.Select(videoOf).Distinct(StringComparer.Ordinal).Count() == all.Count)
        {
            yield return "As many videos as utterances were found, so every utterance counts as a video of its own. If several are cut from one video or dialogue, "
                + "splits, folds and intervals do not know it: name them VIDEO$_$CLIP, or give a column of groups.";
        }
    }

    private static IEnumerable<string> OfLabels(DataSet data) => [.. data.Splits.SelectMany(OfUnlabelled), .. OfTarget(data)];

    private static IEnumerable<string> OfUnlabelled(Split split)
    {
        if (split.Labelled.Count is var labelled && labelled < split.Count)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{labelled:N0} of {split.Count:N0} {(split.Name == "train" ? "training" : split.Name)} rows have a label; the others train only what needs none.");
        }
    }

    private static IEnumerable<string> OfTarget(DataSet data) => data.Target switch
    {
        ScoreTarget => [.. data.Splits.SelectMany(OfScores), .. LikeClasses(data)],
        ClassTarget { Classes: var classes } => data.Splits.SelectMany(split => classes.Where((_, k) => !split.Labels.Contains(k)).ToList() is { Count: > 0 } absent
            ? new[] { $"No utterance of {split.Name} is {string.Join(", or ", absent)}." } : []),
        _ => [],
    };

    private static IEnumerable<string> OfScores(Split split)
    {
        float[] labels = [.. split.Labels.Where(float.IsFinite)];
        if (labels.Length == 0)
        {
            yield break;
        }

        var (min, max) = (labels.Min(), labels.Max());
        if (min < -ScoreTarget.Limit || max > ScoreTarget.Limit)
        {
            yield return FormattableString.Invariant($"Labels of {split.Name} run from {min:g4} to {max:g4}, outside [-3, 3]: seven-class accuracy has no meaning for them.");
        }

        if (min == max)
        {
            yield return $"All labels of {split.Name} are the same.";
        }
        else if (min >= 0 || max <= 0)
        {
            yield return $"No label of {split.Name} is {(min >= 0 ? "negative" : "positive")}: two-class accuracy has no meaning for them.";
        }
    }

    private static IEnumerable<string> LikeClasses(DataSet data)
    {
        var labels = data.Splits.SelectMany(split => split.Labels).Where(float.IsFinite).ToList();
        var classes = labels.Distinct().Order().ToList();
        if (classes.Count is > 1 and <= MostClasses && classes.TrueForAll(float.IsInteger) && labels.Count >= LeastPerClass * classes.Count)
        {
            yield return FormattableString.Invariant($"Labels are {classes.Count} different whole numbers from {classes[0]} to {classes[^1]} and look like classes: they are learnt as degrees, whose order and distance count. Name the classes in the file to have them learnt as such.");
        }
    }

    private static IEnumerable<string> OfNumbers(Split split)
    {
        foreach (var features in split.Features.Where(features => features.NonFiniteReplaced > 0))
        {
            yield return $"'{features.Modality.Name}' in {split.Name} has {features.NonFiniteReplaced} NaN or infinite numbers; the training mean stands for them.";
        }
    }
}
