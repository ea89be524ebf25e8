using System.Runtime.Intrinsics;

namespace Amodal.Evaluation.Embedding;

/// <summary>The gradient of t-SNE over places in the plane, every pair of points counted. Keeps its arrays from step to step.</summary>
internal sealed class TsneGradient
{
    // Points fill whole vectors; the surplus ones are so far off that they neither push nor count: 1 / (1 + 2e36) is nothing beside 1.
    private const float FarOff = 1e18f;
    private readonly Affinities _affinities;
    private readonly float[] _pushX;
    private readonly float[] _pushY;

    public TsneGradient(Affinities affinities)
    {
        _affinities = affinities;
        var padded = (affinities.Count + Vector256<float>.Count - 1) / Vector256<float>.Count * Vector256<float>.Count;
        (X, Y) = (new float[padded], new float[padded]);
        X.AsSpan(affinities.Count).Fill(FarOff);
        Y.AsSpan(affinities.Count).Fill(FarOff);
        (_pushX, _pushY) = (new float[affinities.Count], new float[affinities.Count]);
        (GradientX, GradientY) = (new float[affinities.Count], new float[affinities.Count]);
    }

    /// <summary>Number of points.</summary>
    public int Count => _affinities.Count;

    /// <summary>Places; the first <see cref="Count"/> are the caller's to set.</summary>
    public float[] X { get; }

    /// <summary>As X.</summary>
    public float[] Y { get; }

    /// <summary>Filled by <see cref="Compute"/>.</summary>
    public float[] GradientX { get; }

    /// <summary>As GradientX.</summary>
    public float[] GradientY { get; }

    /// <summary>dKL / dy_i = 4 sum_j (e p_ij - w_ij / Z) w_ij (y_i - y_j), w_ij = 1 / (1 + |y_i - y_j|^2), Z their sum (equation 5).</summary>
    /// <param name="exaggeration">e, 1 for the gradient itself.</param>
    public void Compute(float exaggeration)
    {
        var sum = Push();
        for (var i = 0; i < Count; i++)
        {
            var (pullX, pullY) = Pull(i);
            GradientX[i] = 4 * ((exaggeration * pullX) - (float)(_pushX[i] / sum));
            GradientY[i] = 4 * ((exaggeration * pullY) - (float)(_pushY[i] / sum));
        }
    }

    /// <summary>KL(P | Q) = sum p_ij ln (p_ij Z / w_ij) at the places.</summary>
    public double Divergence()
    {
        var sum = Push();
        var divergence = 0.0;
        for (var i = 0; i < Count; i++)
        {
            for (var k = _affinities.Starts[i]; k < _affinities.Starts[i + 1]; k++)
            {
                var j = _affinities.Columns[k];
                double p = _affinities.Values[k], dx = X[i] - X[j], dy = Y[i] - Y[j];
                divergence += p > 0 ? p * Math.Log(p * sum * (1 + (dx * dx) + (dy * dy))) : 0;
            }
        }

        return divergence;
    }

    /// <summary>Attraction, over the neighbours that are near enough to count.</summary>
    private (float X, float Y) Pull(int i)
    {
        var (x, y) = (X[i], Y[i]);
        var (pullX, pullY) = (0f, 0f);
        for (var k = _affinities.Starts[i]; k < _affinities.Starts[i + 1]; k++)
        {
            var j = _affinities.Columns[k];
            var (dx, dy) = (x - X[j], y - Y[j]);
            var strength = _affinities.Values[k] / (1 + (dx * dx) + (dy * dy));
            pullX += strength * dx;
            pullY += strength * dy;
        }

        return (pullX, pullY);
    }

    /// <summary>Repulsion, sum_j w_ij^2 (y_i - y_j), over all pairs; eight at a time this costs less than a tree over a few thousand points.</summary>
    /// <returns>Z, the sum of all w_ij, i != j.</returns>
    private double Push()
    {
        ref var xs = ref MemoryMarshal.GetArrayDataReference(X);
        ref var ys = ref MemoryMarshal.GetArrayDataReference(Y);
        var total = 0.0;
        for (var i = 0; i < Count; i++)
        {
            var (x, y) = (Vector256.Create(X[i]), Vector256.Create(Y[i]));
            var (sum, pushX, pushY) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
            for (var j = 0; j < X.Length; j += Vector256<float>.Count)
            {
                var dx = x - Vector256.LoadUnsafe(ref xs, (nuint)j);
                var dy = y - Vector256.LoadUnsafe(ref ys, (nuint)j);
                var w = Vector256<float>.One / (Vector256<float>.One + (dx * dx) + (dy * dy));
                sum += w;
                var square = w * w;
                pushX += square * dx;
                pushY += square * dy;
            }

            total += Vector256.Sum(sum) - 1.0; // a point's w with itself is 1
            (_pushX[i], _pushY[i]) = (Vector256.Sum(pushX), Vector256.Sum(pushY));
        }

        return total;
    }
}
