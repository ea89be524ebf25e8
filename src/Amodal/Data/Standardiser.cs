namespace Amodal.Data;

/// <summary>
/// Mean and standard deviation of every feature over the train split, to bring features near unit size:
/// (x - mean) / deviation. Steps whose features are all zero are padding: they are neither counted nor changed.
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

    /// <summary>A standardised copy of the data set; counts, notes and lengths are kept.</summary>
    public DataSet Apply(DataSet data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var splits = data.Splits.Select(Apply).ToList();
        return new DataSet(data.Source, data.Modalities, splits, DataDigest.Compute(data.Modalities, splits), data.Notes);
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

        return new Split(split.Name, split.Ids, split.Labels, [.. split.Features.Select(Apply)]);
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
            if (IsPadding(frame))
            {
                continue;
            }

            for (var i = 0; i < frame.Length; i++)
            {
                frame[i] = (frame[i] - means[i]) / deviations[i];
            }
        }
    }

    /// <summary>Whether a step is padding: all its features are zero.</summary>
    internal static bool IsPadding(ReadOnlySpan<float> frame) => !frame.ContainsAnyExcept(0f);

    private FeatureArray Apply(FeatureArray features, int modality)
    {
        var values = features.Values.AsSpan().ToArray();
        Apply(modality, values);
        return new FeatureArray(features.Modality, values, features.Lengths, features.NonFiniteReplaced);
    }

    // In two passes and in double: the sum of squares of features near 1e5 would lose a float's digits.
    private static (float[] Means, float[] Deviations) Moments(FeatureArray features)
    {
        var width = features.Modality.Width;
        var (sums, squares) = (new double[width], new double[width]);
        var count = 0L;
        foreach (var frame in Frames(features))
        {
            count++;
            for (var i = 0; i < width; i++)
            {
                sums[i] += frame.Span[i];
            }
        }

        var means = Array.ConvertAll(sums, sum => sum / Math.Max(1, count));
        foreach (var frame in Frames(features))
        {
            for (var i = 0; i < width; i++)
            {
                var distance = frame.Span[i] - means[i];
                squares[i] += distance * distance;
            }
        }

        var deviations = Array.ConvertAll(squares, square => Math.Sqrt(square / Math.Max(1, count)));
        return (Array.ConvertAll(means, mean => (float)mean), Array.ConvertAll(deviations, deviation => deviation < SmallestDeviation ? 1f : (float)deviation));
    }

    private static IEnumerable<ReadOnlyMemory<float>> Frames(FeatureArray features)
    {
        var width = features.Modality.Width;
        for (var start = 0; start < features.Values.Length; start += width)
        {
            var frame = features.Values.AsMemory(start, width);
            if (!IsPadding(frame.Span))
            {
                yield return frame;
            }
        }
    }
}
