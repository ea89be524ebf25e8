namespace Amodal.Diffusion.Sampling;

/// <summary>A batch of latents on plain memory, for engines without torch: row after row, each (channels, time) or what else it holds.</summary>
/// <param name="values">rows * width numbers; not copied.</param>
/// <param name="rows">How many.</param>
/// <param name="width">Numbers in each.</param>
public sealed class LatentRows(float[] values, int rows, int width)
{
    /// <summary>Zeros.</summary>
    public LatentRows(int rows, int width)
        : this(new float[checked(rows * width)], rows, width)
    {
    }

    /// <summary>The numbers, row after row.</summary>
    public float[] Values { get; } = values.Length == rows * width ? values
        : throw new ArgumentException($"{values.Length} numbers are not {rows} rows of {width}", nameof(values));

    /// <summary>How many rows.</summary>
    public int Rows { get; } = rows;

    /// <summary>Numbers in each.</summary>
    public int Width { get; } = width;

    /// <summary>One row.</summary>
    public Span<float> Row(int row) => Values.AsSpan(row * Width, Width);

    /// <summary>A copy of consecutive rows.</summary>
    public LatentRows Slice(int start, int count) => new(Values.AsSpan(start * Width, count * Width).ToArray(), count, Width);

    /// <summary>Writes each row to a place in another batch.</summary>
    /// <param name="other">Where to.</param>
    /// <param name="places">A row of it for each of these.</param>
    public void CopyTo(LatentRows other, IReadOnlyList<int> places)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(places);
        for (var i = 0; i < places.Count; i++)
        {
            Row(i).CopyTo(other.Row(places[i]));
        }
    }

    /// <summary>A copy of some rows, in that order.</summary>
    public LatentRows Select(IReadOnlyList<int> rows)
    {
        var chosen = new LatentRows(rows.Count, Width);
        for (var i = 0; i < rows.Count; i++)
        {
            Row(rows[i]).CopyTo(chosen.Row(i));
        }

        return chosen;
    }
}
