namespace Amodal.Evaluation;

/// <summary>Running sums from which the error and the correlation between recovered and true latents follow.</summary>
internal sealed class LatentAgreement
{
    private double _count;
    private double _x;
    private double _y;
    private double _xx;
    private double _yy;
    private double _xy;

    /// <summary>The sums, as a file keeps them.</summary>
    internal IReadOnlyList<double> Sums
    {
        get => [_count, _x, _y, _xx, _yy, _xy];
        init => (_count, _x, _y, _xx, _yy, _xy) = (value[0], value[1], value[2], value[3], value[4], value[5]);
    }

    /// <summary>Root mean square of the difference.</summary>
    public double Error => Math.Sqrt(Math.Max(0, (_xx - (2 * _xy) + _yy) / _count));

    /// <summary>Pearson correlation; NaN when either side is constant.</summary>
    public double Correlation => ((_count * _xy) - (_x * _y)) / Math.Sqrt(((_count * _xx) - (_x * _x)) * ((_count * _yy) - (_y * _y)));

    /// <summary>Adds pairs.</summary>
    /// <param name="recovered">(row, channels, time), or a single row that stands for all.</param>
    /// <param name="truth">(row, channels, time).</param>
    /// <param name="valid">(row, time): which steps count.</param>
    public void Add(ReadOnlySpan<float> recovered, ReadOnlySpan<float> truth, ReadOnlySpan<bool> valid, int steps)
    {
        var width = valid.Length == 0 ? 0 : truth.Length / (valid.Length / steps);
        for (var i = 0; i < truth.Length; i++)
        {
            if (valid[(i / width * steps) + (i % steps)])
            {
                double x = recovered[i % recovered.Length], y = truth[i];
                _count++;
                _x += x;
                _y += y;
                _xx += x * x;
                _yy += y * y;
                _xy += x * y;
            }
        }
    }

    /// <summary>The sums of several parts.</summary>
    public static LatentAgreement Pool(IEnumerable<LatentAgreement> parts)
    {
        var pooled = new LatentAgreement();
        foreach (var p in parts)
        {
            pooled._count += p._count;
            pooled._x += p._x;
            pooled._y += p._y;
            pooled._xx += p._xx;
            pooled._yy += p._yy;
            pooled._xy += p._xy;
        }

        return pooled;
    }
}
