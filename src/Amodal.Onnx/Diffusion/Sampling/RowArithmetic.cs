using System.Numerics.Tensors;

namespace Amodal.Diffusion.Sampling;

/// <summary>
/// The samplers' arithmetic on plain memory, vectorised: no torch. What a step frees serves the next one, so that a walk
/// allocates a handful of arrays however long it is. Not safe for use by several threads at once.
/// </summary>
internal sealed class RowArithmetic(LatentScore<LatentRows>? score, RowNoise noise) : ILatentArithmetic<LatentRows>
{
    private readonly List<LatentRows> _free = [];
    private readonly List<LatentRows> _made = [];

    public LatentRows Score(LatentRows x, double t) => score!(this, x, t);

    public LatentRows Noise(LatentRows like)
    {
        var z = Make(like.Rows, like.Width);
        noise.Fill(z.Values, z.Rows);
        return z;
    }

    public LatentRows Times(LatentRows x, double factor)
    {
        var product = Make(x.Rows, x.Width);
        TensorPrimitives.Multiply(x.Values, (float)factor, product.Values);
        return product;
    }

    public LatentRows Times(LatentRows x, LatentRows y)
    {
        var product = Make(x.Rows, x.Width);
        if (x.Width == y.Width)
        {
            TensorPrimitives.Multiply(x.Values, y.Values, product.Values);
            return product;
        }

        for (var row = 0; row < x.Rows; row++)
        {
            TensorPrimitives.Multiply(x.Row(row), y.Values[row], product.Row(row));
        }

        return product;
    }

    public LatentRows Plus(LatentRows x, LatentRows y, double factor = 1)
    {
        var sum = Make(x.Rows, x.Width);
        TensorPrimitives.MultiplyAdd(y.Values, (float)factor, x.Values, sum.Values);
        return sum;
    }

    public LatentRows NormRatio(LatentRows x, LatentRows y)
    {
        var ratio = Make(x.Rows, 1);
        for (var row = 0; row < x.Rows; row++)
        {
            ratio.Values[row] = TensorPrimitives.Norm(x.Row(row)) / TensorPrimitives.Norm(y.Row(row));
        }

        return ratio;
    }

    public LatentRows Walk(LatentRows start, int steps, Func<LatentRows, int, LatentRows> step)
    {
        var x = start;
        _made.Clear(); // what was made before the walk is not the walk's
        for (var i = 0; i < steps; i++)
        {
            var next = step(x, i);
            _free.AddRange(_made.Where(made => made != next));
            _made.Clear();
            if (x != start)
            {
                _free.Add(x);
            }

            x = next;
        }

        return x;
    }

    public LatentRows Keep(LatentRows x)
    {
        _made.Remove(x);
        return x;
    }

    public void Free(LatentRows x) => _free.Add(x);

    /// <summary>Memory for a value, whatever it holds; freed with what the step makes.</summary>
    public LatentRows Make(int rows, int width)
    {
        var index = _free.FindLastIndex(x => x.Rows == rows && x.Width == width);
        var made = index < 0 ? new LatentRows(rows, width) : _free[index];
        if (index >= 0)
        {
            _free.RemoveAt(index);
        }

        _made.Add(made);
        return made;
    }
}
