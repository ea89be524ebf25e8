namespace Amodal.Data;

/// <summary>The features of one modality for every row of a split; row-major (row, time, width). A number that the file has as NaN or infinite is NaN here: it is unknown.</summary>
public sealed class FeatureArray
{
    private readonly Lazy<long> _nonFinite;

    /// <summary>Wraps the values without copying them.</summary>
    /// <param name="modality">Shape and name.</param>
    /// <param name="values">rows x time x width numbers; NaN, or infinite, where one is unknown.</param>
    /// <param name="lengths">Valid time steps of each row, 0 to <see cref="Modality.Length"/>; null when the file gives none.</param>
    public FeatureArray(Modality modality, float[] values, int[]? lengths = null)
    {
        ArgumentNullException.ThrowIfNull(modality);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length % modality.RowSize != 0)
        {
            throw new ArgumentException($"{values.Length} values are not a whole number of rows of {modality.RowSize}", nameof(values));
        }

        (Modality, Values, Lengths) = (modality, values, lengths);
        _nonFinite = new Lazy<long>(() => values.LongCount(value => !float.IsFinite(value)));
    }

    /// <summary>Shape and name.</summary>
    public Modality Modality { get; }

    /// <summary>All numbers, row-major (row, time, width); NaN where one is unknown.</summary>
    public float[] Values { get; }

    /// <summary>Valid time steps of each row, or null.</summary>
    public int[]? Lengths { get; }

    /// <summary>How many numbers are NaN or infinite; a model takes the training mean in their place.</summary>
    public long NonFiniteReplaced => _nonFinite.Value;

    /// <summary>Number of rows.</summary>
    public int Rows => Values.Length / Modality.RowSize;

    /// <summary>The numbers of one row, (time, width).</summary>
    public ReadOnlySpan<float> Row(int row) => Values.AsSpan(row * Modality.RowSize, Modality.RowSize);

    /// <summary>What a row holds.</summary>
    public RowContent ContentOf(int row)
    {
        var values = Row(row);
        return !Standardiser.IsPadding(values) ? RowContent.Numbers
            : values.ContainsAnyExcept(0f) ? RowContent.Nothing
            : RowContent.Zeros;
    }

    /// <summary>The steps of all rows that are not padding, each of the modality's width.</summary>
    internal IEnumerable<ReadOnlyMemory<float>> Steps()
    {
        for (var start = 0; start < Values.Length; start += Modality.Width)
        {
            var step = Values.AsMemory(start, Modality.Width);
            if (!Standardiser.IsPadding(step.Span))
            {
                yield return step;
            }
        }
    }

    /// <summary>These rows and others behind them; all steps are valid where only one of the two gives lengths.</summary>
    internal FeatureArray Join(FeatureArray more)
    {
        var values = new float[checked(Values.Length + more.Values.Length)];
        Values.CopyTo(values, 0);
        more.Values.CopyTo(values, Values.Length);
        int[] LengthsOf(FeatureArray of) => of.Lengths ?? [.. Enumerable.Repeat(Modality.Length, of.Rows)];
        return new FeatureArray(Modality, values, Lengths is null && more.Lengths is null ? null : [.. LengthsOf(this), .. LengthsOf(more)]);
    }

    /// <summary>The features of some rows, in the given order.</summary>
    internal FeatureArray Select(IReadOnlyList<int> rows)
    {
        var values = new float[checked(rows.Count * Modality.RowSize)];
        for (var i = 0; i < rows.Count; i++)
        {
            Row(rows[i]).CopyTo(values.AsSpan(i * Modality.RowSize));
        }

        return new FeatureArray(Modality, values, Lengths is null ? null : [.. rows.Select(row => Lengths[row])]);
    }
}
