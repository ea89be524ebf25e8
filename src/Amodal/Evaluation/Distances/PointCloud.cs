namespace Amodal.Evaluation.Distances;

/// <summary>Points of one width, a row each: a set of latents as vectors.</summary>
internal sealed class PointCloud
{
    private readonly float[] _values;

    /// <summary>Takes over the values.</summary>
    /// <param name="width">Numbers in a row, at least 1.</param>
    public PointCloud(float[] values, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (values.Length % width != 0)
        {
            throw new ArgumentException($"{values.Length} values are no whole number of rows of {width}", nameof(values));
        }

        if (Array.FindIndex(values, v => !float.IsFinite(v)) is >= 0 and var at)
        {
            throw new ArgumentException($"row {at / width} holds {values[at]}; points must be finite", nameof(values));
        }

        (_values, Width) = (values, width);
    }

    /// <summary>Numbers in a row.</summary>
    public int Width { get; }

    /// <summary>Number of points.</summary>
    public int Count => _values.Length / Width;

    public ReadOnlySpan<float> this[int row] => _values.AsSpan(row * Width, Width);

    /// <summary>The points of several clouds, one after another; narrow ones are filled up with zeros, which changes no distance within them.</summary>
    /// <param name="clouds">At least one.</param>
    public static PointCloud Join(IReadOnlyList<PointCloud> clouds)
    {
        var width = clouds.Max(c => c.Width);
        var values = new float[clouds.Sum(c => c.Count) * width];
        var row = 0;
        foreach (var cloud in clouds)
        {
            for (var i = 0; i < cloud.Count; i++)
            {
                cloud[i].CopyTo(values.AsSpan(row++ * width));
            }
        }

        return new PointCloud(values, width);
    }
}
