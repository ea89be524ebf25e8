namespace Amodal.Data.Inspection;

/// <summary>Looks at a data set as a careful person would before training on it.</summary>
public static class DataInspector
{
    private const float LargestUsualLabel = 3; // CMU-MOSI and CMU-MOSEI: -3 to 3
    private const double SaturatedShare = 0.0005;
    private const int SaturatedCount = 10;

    /// <summary>Makes the report.</summary>
    public static DataReport Inspect(DataSet data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var videoOf = VideoGroups.Of(data);
        var splits = data.Splits.Select(split => new SplitReport(split.Name, split.Count, split.Ids.Select(videoOf).Distinct().Count(),
            Labels(split.Labels), [.. split.Features.Select(FeatureInspector.Inspect)])).ToList();
        List<string> oddities = [.. SharedBetweenSplits(data, videoOf), .. splits.SelectMany(OfLabels), .. splits.SelectMany(OfFeatures), .. data.Splits.SelectMany(OfValues)];
        return new DataReport(data.Source, data.Digest, data.Modalities, splits, data.Notes, oddities);
    }

    private static LabelReport Labels(float[] labels)
    {
        var mean = labels.Average(label => (double)label);
        var variance = labels.Average(label => (label - mean) * (label - mean));
        double Share(Func<float, bool> isSo) => (double)labels.Count(isSo) / labels.Length;
        return new LabelReport(labels.Min(), mean, labels.Max(), Math.Sqrt(variance), Share(label => label < 0), Share(label => label == 0), Share(label => label > 0));
    }

    private static IEnumerable<string> SharedBetweenSplits(DataSet data, Func<string, string> videoOf)
    {
        for (var i = 0; i < data.Splits.Count; i++)
        {
            for (var j = i + 1; j < data.Splits.Count; j++)
            {
                var (a, b) = (data.Splits[i], data.Splits[j]);
                var ids = a.Ids.Intersect(b.Ids).ToList();
                var videos = a.Ids.Select(videoOf).Intersect(b.Ids.Select(videoOf)).Except(ids).ToList();
                if (ids.Count > 0)
                {
                    yield return $"{ids.Count} ids are in both {a.Name} and {b.Name}, such as '{ids[0]}': results on them would be too good.";
                }

                if (videos.Count > 0)
                {
                    yield return $"{videos.Count} videos have utterances in both {a.Name} and {b.Name}, such as '{videos[0]}': speaker and topic leak, and results may be too good. Split by video.";
                }
            }
        }
    }

    private static IEnumerable<string> OfLabels(SplitReport split)
    {
        var labels = split.Labels;
        if (labels.Min < -LargestUsualLabel || labels.Max > LargestUsualLabel)
        {
            yield return FormattableString.Invariant($"Labels of {split.Name} run from {labels.Min:g4} to {labels.Max:g4}, outside [-3, 3]: seven-class accuracy has no meaning for them.");
        }

        if (labels.StandardDeviation == 0)
        {
            yield return $"All labels of {split.Name} are the same.";
        }

        if (labels.Negative == 0 && labels.StandardDeviation > 0)
        {
            yield return $"No label of {split.Name} is negative: two-class accuracy has no meaning for them.";
        }
    }

    private static IEnumerable<string> OfFeatures(SplitReport split)
    {
        foreach (var modality in split.Modalities)
        {
            var name = $"'{modality.Name}' in {split.Name}";
            if (modality.NonFiniteReplaced > 0)
            {
                yield return $"{name} has {modality.NonFiniteReplaced} NaN or infinite numbers; they became 0.";
            }

            if (modality.ConstantColumns.Count > 0)
            {
                yield return $"{name} has {modality.ConstantColumns.Count} constant features of {modality.Shape[2]}: {string.Join(", ", modality.ConstantColumns.Take(10))}{(modality.ConstantColumns.Count > 10 ? ", ..." : "")}.";
            }

            if (modality.AllZeroRows > 0)
            {
                yield return $"{name} is all zero in {modality.AllZeroRows} of {modality.Shape[0]} rows: the modality may be missing there.";
            }

            if (modality.Padding == PaddingSide.Mixed)
            {
                yield return $"{name} has all-zero steps in front in some rows and behind in others: it is not clear how rows are aligned.";
            }
        }
    }

    private static IEnumerable<string> OfValues(Split split)
    {
        foreach (var features in split.Features)
        {
            var name = $"'{features.Modality.Name}' in {split.Name}";
            foreach (var (value, count) in FeatureInspector.Extremes(features))
            {
                var share = (double)count / features.Values.Length;
                if (count >= SaturatedCount && share >= SaturatedShare)
                {
                    yield return FormattableString.Invariant($"{name} has the extreme value {value:g6} {count} times ({share:p1}): it may be saturated.");
                }
            }

            if (FeatureInspector.RowsLongerThanSaid(features) is > 0 and var rows)
            {
                yield return $"{name} has {rows} rows with more steps that are not zero than their length says.";
            }
        }
    }
}
