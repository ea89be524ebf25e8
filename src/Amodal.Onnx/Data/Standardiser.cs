namespace Amodal.Data;

/// <summary>
/// Mean and standard deviation of every feature over the train split, to bring features near unit size:
/// (x - mean) / deviation. Steps whose features are all zero are padding: they are neither counted nor changed. A feature
/// that is NaN or infinite is unknown: it is not counted, and becomes the mean, which is 0.
/// </summary>
/// <param name="Means">For each modality one number per feature.</param>
/// <param name="Deviations">Likewise; 1 for a feature that does not vary.</param>
public sealed record Standardiser(IReadOnlyList<float[]> Means, IReadOnlyList<float[]> Deviations)
{
    /// <summary>Deviations below this are taken for a constant feature.</summary>
    public const double SmallestDeviation = 1e-8;

    /// <summary>Measures the train split of a data set.</summary>
    /// <exception cref="InputException">There is no train split.</exception>
    public static Standardiser Fit(DataSet data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Fit(data["train"]);
    }

    /// <summary>Measures a split; deviations are those of the population (divided by n).</summary>
    public static Standardiser Fit(Split split)
    {
        ArgumentNullException.ThrowIfNull(split);
        var moments = split.Features.Select(Moments).ToList();
        return new Standardiser([.. moments.Select(m => m.Means)], [.. moments.Select(m => m.Deviations)]);
    }

    /// <summary>A standardised copy of the data set, all numbers finite; notes and lengths are kept.</summary>
    public DataSet Apply(DataSet data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var splits = data.Splits.Select(Apply).ToList();
        return new DataSet(data.Source, data.Modalities, splits, DataDigest.Compute(data.Modalities, splits, data.Target), data.ReaderNotes, data.Target);
    }

    /// <summary>A standardised copy of a split.</summary>
    /// <exception cref="ArgumentException">Its modalities are not those that were measured.</exception>
    public Split Apply(Split split)
    {
        ArgumentNullException.ThrowIfNull(split);
        if (split.Features.Count != Means.Count)
        {
            throw new ArgumentException($"{split.Features.Count} modalities, but {Means.Count} were measured", nameof(split));
        }

        return new Split(split.Name, split.Ids, split.Labels, [.. split.Features.Select(Apply)], split.Groups) { Transcripts = split.Transcripts, Speakers = split.Speakers };
    }

    /// <summary>Standardises steps of one modality in place.</summary>
    /// <param name="modality">Its index.</param>
    /// <param name="frames">Whole steps, (time, width).</param>
    /// <exception cref="ArgumentException">The numbers are not whole steps.</exception>
    public void Apply(int modality, Span<float> frames)
    {
        var (means, deviations) = (Means[modality], Deviations[modality]);
        if (frames.Length % means.Length != 0)
        {
            throw new ArgumentException($"{frames.Length} numbers are not whole steps of {means.Length} features", nameof(frames));
        }

        for (; !frames.IsEmpty; frames = frames[means.Length..])
        {
            var frame = frames[..means.Length];
            var isPadding = IsPadding(frame);
            for (var i = 0; i < frame.Length; i++)
            {
                frame[i] = !float.IsFinite(frame[i]) ? 0 : isPadding ? frame[i] : (frame[i] - means[i]) / deviations[i];
            }
        }
    }

    /// <summary>Whether a step is padding: all its features are zero, or unknown.</summary>
    internal static bool IsPadding(ReadOnlySpan<float> frame)
    {
        // Nearly always the first look ends it; only steps with unknown features go on.
        for (var at = frame.IndexOfAnyExcept(0f); at >= 0; at = frame.IndexOfAnyExcept(0f))
        {
            if (float.IsFinite(frame[at]))
            {
                return false;
            }

            frame = frame[(at + 1)..];
        }

        return true;
    }

    private FeatureArray Apply(FeatureArray features, int modality)
    {
        var values = features.Values.AsSpan().ToArray();
        Apply(modality, values);
        return new FeatureArray(features.Modality, values, features.Lengths);
    }

    // In two passes and in double: the sum of squares of features near 1e5 would lose a float's digits.
    private static (float[] Means, float[] Deviations) Moments(FeatureArray features)
    {
        var width = features.Modality.Width;
        var (sums, squares, counts) = (new double[width], new double[width], new long[width]);
        foreach (var frame in features.Steps())
        {
            for (var i = 0; i < width; i++)
            {
                if (float.IsFinite(frame.Span[i]))
                {
                    sums[i] += frame.Span[i];
                    counts[i]++;
                }
            }
        }

        double[] means = [.. sums.Zip(counts, (sum, count) => sum / Math.Max(1, count))];
        foreach (var frame in features.Steps())
        {
            for (var i = 0; i < width; i++)
            {
                var distance = float.IsFinite(frame.Span[i]) ? frame.Span[i] - means[i] : 0;
                squares[i] += distance * distance;
            }
        }

        double[] deviations = [.. squares.Zip(counts, (square, count) => Math.Sqrt(square / Math.Max(1, count)))];
        return (Array.ConvertAll(means, mean => (float)mean), Array.ConvertAll(deviations, deviation => deviation < SmallestDeviation ? 1f : (float)deviation));
    }
}
