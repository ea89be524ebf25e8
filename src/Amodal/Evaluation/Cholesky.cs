namespace Amodal.Evaluation;

/// <summary>Solves small symmetric positive definite systems: A = L L^T.</summary>
internal sealed class Cholesky
{
    private readonly double[,] _lower;
    private readonly int _size;

    /// <summary>Factors the matrix, of which the lower triangle is read.</summary>
    public Cholesky(double[,] matrix)
    {
        _size = matrix.GetLength(0);
        _lower = new double[_size, _size];
        for (var i = 0; i < _size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var rest = matrix[i, j];
                for (var k = 0; k < j; k++)
                {
                    rest -= _lower[i, k] * _lower[j, k];
                }

                if (i == j && !(rest > 0))
                {
                    throw new ArgumentException($"not positive definite: pivot {i} is {rest}", nameof(matrix));
                }

                _lower[i, j] = i == j ? Math.Sqrt(rest) : rest / _lower[j, j];
            }
        }
    }

    /// <summary>x with A x = b.</summary>
    public double[] Solve(ReadOnlySpan<double> b)
    {
        var x = b.ToArray();
        for (var i = 0; i < _size; i++) // L z = b
        {
            for (var k = 0; k < i; k++)
            {
                x[i] -= _lower[i, k] * x[k];
            }

            x[i] /= _lower[i, i];
        }

        for (var i = _size - 1; i >= 0; i--) // L^T x = z
        {
            for (var k = i + 1; k < _size; k++)
            {
                x[i] -= _lower[k, i] * x[k];
            }

            x[i] /= _lower[i, i];
        }

        return x;
    }

    /// <summary>The logarithm of the determinant of A.</summary>
    public double LogDeterminant => 2 * Enumerable.Range(0, _size).Sum(i => Math.Log(_lower[i, i]));

    /// <summary>The inverse of a symmetric positive definite matrix.</summary>
    public static double[,] Inverse(double[,] matrix)
    {
        var factor = new Cholesky(matrix);
        var inverse = new double[factor._size, factor._size];
        for (var j = 0; j < factor._size; j++)
        {
            var unit = new double[factor._size];
            unit[j] = 1;
            var column = factor.Solve(unit);
            for (var i = 0; i < factor._size; i++)
            {
                inverse[i, j] = column[i];
            }
        }

        return inverse;
    }
}
