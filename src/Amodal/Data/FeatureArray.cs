namespace Amodal.Data;

/// <summary>The features of one modality for every row of a split; row-major (row, time, width), all finite.</summary>
public sealed class FeatureArray
{
    /// <summary>Wraps the values without copying them.</summary>
    /// <param name="modality">Shape and name.</param>
    /// <param name="values">rows x time x width numbers.</param>
    /// <param name="lengths">Valid time steps of each row, 0 to <see cref="Modality.Length"/>; null when the file gives none.</param>
    /// <param name="nonFiniteReplaced">How many NaN and infinite numbers of the file were replaced by 0.</param>
    public FeatureArray(Modality modality, float[] values, int[]? lengths = null, long nonFiniteReplaced = 0)
    {
        ArgumentNullException.ThrowIfNull(modality);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length % modality.RowSize != 0)
        {
            throw new ArgumentException($"{values.Length} values are not a whole number of rows of {modality.RowSize}", nameof(values));
        }

        (Modality, Values, Lengths, NonFiniteReplaced) = (modality, values, lengths, nonFiniteReplaced);
    }

    /// <summary>Shape and name.</summary>
    public Modality Modality { get; }

    /// <summary>All numbers, row-major (row, time, width).</summary>
    public float[] Values { get; }

    /// <summary>Valid time steps of each row, or null.</summary>
    public int[]? Lengths { get; }

    /// <summary>How many NaN and infinite numbers of the file were replaced by 0.</summary>
    public long NonFiniteReplaced { get; }

    /// <summary>Number of rows.</summary>
    public int Rows => Values.Length / Modality.RowSize;

    /// <summary>The numbers of one row, (time, width).</summary>
    public ReadOnlySpan<float> Row(int row) => Values.AsSpan(row * Modality.RowSize, Modality.RowSize);

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
