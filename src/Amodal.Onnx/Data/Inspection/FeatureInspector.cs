namespace Amodal.Data.Inspection;

/// <summary>Looks at the numbers of one modality in one split.</summary>
internal static class FeatureInspector
{
    // A word without a vector in front of a sentence is no padding: one side must have clearly more all-zero steps.
    private const int ClearMajority = 9;

    public static ModalityReport Inspect(FeatureArray features)
    {
        var modality = features.Modality;
        var spans = Enumerable.Range(0, features.Rows).Select(row => SpanOf(features, row)).ToList();
        var (min, max) = Range(features.Values);
        return new ModalityReport(modality.Name, [features.Rows, modality.Length, modality.Width], Lengths(features, spans), min, max,
            features.NonFiniteReplaced, ConstantColumns(features), Enumerable.Range(0, features.Rows).Count(row => features.ContentOf(row) != RowContent.Numbers), Padding(modality.Length, spans));
    }

    /// <summary>The smallest and the largest number that is not 0, and how often they occur; none where all are 0, 1 or -1, as flags are.</summary>
    public static IEnumerable<(float Value, long Count)> Extremes(FeatureArray features)
    {
        var (min, max) = Range(features.Values);
        if (features.Values.All(value => value is 0 or 1 or -1 or float.NaN))
        {
            yield break;
        }

        foreach (var extreme in new[] { min, max }.Distinct().Where(extreme => extreme != 0))
        {
            yield return (extreme, features.Values.LongCount(value => value == extreme));
        }
    }

    public static int RowsLongerThanSaid(FeatureArray features) => features.Lengths is not { } lengths
        ? 0
        : Enumerable.Range(0, features.Rows).Count(row => SpanOf(features, row).Count > lengths[row]);

    /// <summary>Whether steps of zeros stand in front of the others, in nearly all rows that have any.</summary>
    public static bool IsPaddedInFront(FeatureArray features) =>
        Padding(features.Modality.Length, [.. Enumerable.Range(0, features.Rows).Select(row => SpanOf(features, row))]) == PaddingSide.Left;

    private static LengthReport Lengths(FeatureArray features, List<(int First, int Count)> spans)
    {
        var lengths = features.Lengths ?? [.. spans.Select(span => span.Count)];
        return new LengthReport(features.Lengths is not null, lengths.Min(), lengths.Average(), lengths.Max());
    }

    /// <summary>From the first to the last step that is not all zero.</summary>
    private static (int First, int Count) SpanOf(FeatureArray features, int row)
    {
        var values = features.Row(row);
        var width = features.Modality.Width;
        var first = values.IndexOfAnyExcept(0f, float.NaN);
        return first < 0 ? (0, 0) : (first / width, (values.LastIndexOfAnyExcept(0f, float.NaN) / width) - (first / width) + 1);
    }

    private static PaddingSide Padding(int length, List<(int First, int Count)> spans)
    {
        var left = spans.Where(span => span.Count > 0).Sum(span => (long)span.First);
        var right = spans.Where(span => span.Count > 0).Sum(span => (long)length - span.First - span.Count);
        return (left, right) switch
        {
            (0, 0) => PaddingSide.None,
            _ when left > ClearMajority * right => PaddingSide.Left,
            _ when right > ClearMajority * left => PaddingSide.Right,
            _ => PaddingSide.Mixed,
        };
    }

    /// <summary>Whether all steps that are not padding are alike, and there are two of them at least.</summary>
    public static bool IsConstant(FeatureArray features) => features.Steps().Take(2).Count() == 2 && ConstantColumns(features).Length == features.Modality.Width;

    private static int[] ConstantColumns(FeatureArray features)
    {
        var width = features.Modality.Width;
        var (first, varies) = (new float[width], new bool[width]);
        Array.Fill(first, float.NaN);
        var left = width; // of those that may be constant: mostly, few steps are looked at
        foreach (var step in features.Steps().TakeWhile(_ => left > 0))
        {
            for (var i = 0; i < width; i++)
            {
                // An unknown number is like any other.
                var value = step.Span[i];
                if (!varies[i] && float.IsFinite(value) && value != (first[i] = float.IsNaN(first[i]) ? value : first[i]))
                {
                    varies[i] = true;
                    left--;
                }
            }
        }

        return [.. Enumerable.Range(0, width).Where(column => !varies[column])];
    }

    private static (float Min, float Max) Range(float[] values)
    {
        var (min, max) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var value in values.Where(float.IsFinite))
        {
            (min, max) = (Math.Min(min, value), Math.Max(max, value));
        }

        return min <= max ? (min, max) : (0, 0);
    }
}
