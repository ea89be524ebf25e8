namespace Amodal.Data.Inspection;

/// <summary>Looks at a data set as a careful person would before training on it.</summary>
internal static class DataInspector
{
    private const double SaturatedShare = 0.0005;
    private const int SaturatedCount = 10;

    /// <summary>Makes the report.</summary>
    public static DataReport Inspect(DataSet data, CancellationToken stop = default)
    {
        var videoOf = VideoGroups.Of(data);
        var splits = data.Splits.Select(split => new SplitReport(split.Name, split.Count, split.Ids.Select(videoOf).Distinct().Count(),
            Labels(split.Labels, data.Target), [.. split.Features.Select(Inspect)])).ToList();
        List<string> oddities = [.. DataWarnings.Of(data), .. splits.SelectMany(OfFeatures), .. data.Splits.SelectMany(OfValues)];
        return new DataReport(data.Source, data.Digest, data.Modalities, splits, data.ReaderNotes, oddities) { Labels = data.Target is ScoreTarget ? null : data.Target.Text };

        ModalityReport Inspect(FeatureArray features)
        {
            stop.ThrowIfCancellationRequested();
            return FeatureInspector.Inspect(features);
        }
    }

    private static LabelReport Labels(float[] all, Target target)
    {
        float[] labels = [.. all.Where(float.IsFinite).DefaultIfEmpty()];
        var mean = labels.Average(label => (double)label);
        var variance = labels.Average(label => (label - mean) * (label - mean));
        double Share(Func<float, bool> isSo) => (double)labels.Count(isSo) / labels.Length;
        return new LabelReport(labels.Min(), mean, labels.Max(), Math.Sqrt(variance), Share(label => label < 0), Share(label => label == 0), Share(label => label > 0))
        {
            Classes = target is ClassTarget { Classes: var classes } ? new OrderedDictionary<string, int>(classes.Select((name, k) => KeyValuePair.Create(name, labels.Count(y => y == k)))) : null,
        };
    }

    private static IEnumerable<string> OfFeatures(SplitReport split)
    {
        foreach (var modality in split.Modalities)
        {
            var name = $"'{modality.Name}' in {split.Name}";
            if (modality.ConstantColumns.Count > 0 && modality.ConstantColumns.Count < modality.Shape[2])
            {
                yield return $"{name} has {modality.ConstantColumns.Count} constant features of {modality.Shape[2]}: {string.Join(", ", modality.ConstantColumns.Take(10))}{(modality.ConstantColumns.Count > 10 ? ", ..." : "")}.";
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
