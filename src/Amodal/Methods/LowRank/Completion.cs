namespace Amodal.Methods.LowRank;

/// <summary>Matrices of which some entries are not known, completed by one of low rank. All in double.</summary>
internal static class Completion
{
    private const int MostSteps = 100;

    /// <summary>A completed matrix by its singular values, shrunk, and right singular vectors: <c>Z = U diag(D) V^T</c>.</summary>
    /// <param name="Values">(directions).</param>
    /// <param name="Right">(columns, directions).</param>
    public sealed record Factors(Tensor Values, Tensor Right);

    /// <summary>
    /// Soft-Impute (Mazumder, Hastie and Tibshirani 2010), the least <c>|P(X - Z)|^2 / 2 + lambda |Z|_*</c>: again and again
    /// <c>Z = S_lambda(P(X) + P'(Z))</c>, where P keeps known entries, P' the others, and S_lambda takes lambda off every singular value.
    /// </summary>
    /// <param name="x">(rows, columns), 0 where an entry is not known.</param>
    /// <param name="known">1 where it is.</param>
    /// <param name="start">What Z is at first: the solution for a greater lambda.</param>
    /// <param name="least">Relative change of Z in a step from which on it is done.</param>
    /// <param name="steps">Most steps.</param>
    public static (Tensor Z, Factors Factors) SoftImpute(Tensor x, Tensor known, double lambda, Tensor? start = null, double least = 1e-4, int steps = MostSteps)
    {
        using var scope = NewDisposeScope();
        var (z, unknown, isComplete) = (start ?? zeros_like(x), 1 - known, known.all().item<bool>());
        for (var step = 0; ; step++)
        {
            var (next, factors) = Shrink(x.Plus(unknown * z), lambda);
            var change = Change(z, next);
            z = next;
            if (isComplete || change < least || step == steps - 1)
            {
                return (z.MoveToOuterDisposeScope(), new Factors(factors.Values.MoveToOuterDisposeScope(), factors.Right.MoveToOuterDisposeScope()));
            }

            scope.DisposeEverythingBut([z, unknown, factors.Values, factors.Right]);
        }
    }

    /// <summary>
    /// Singular value thresholding (Cai, Candes and Shen 2010), the least <c>tau |Z|_* + |Z|^2 / 2</c> that agrees with what is known:
    /// <c>Z = S_tau(Y)</c> and <c>Y = Y + delta P(X - Z)</c> in turn, with tau = 5 sqrt(rows columns) and delta = 1.2 rows columns / known.
    /// </summary>
    /// <inheritdoc cref="SoftImpute"/>
    /// <param name="least">Relative error in what is known from which on it is done.</param>
    public static (Tensor Z, Factors Factors) Threshold(Tensor x, Tensor known, double least = 1e-4, int steps = MostSteps)
    {
        using var scope = NewDisposeScope();
        var (entries, count) = ((double)x.numel(), known.sum().item<double>());
        var (tau, delta) = (5 * Math.Sqrt(entries), Math.Min(1.9, 1.2 * entries / count)); // from 2 on it need not converge
        // The first steps, in which Z stays 0, at once.
        var y = x.Times(delta * Math.Ceiling(tau / (delta * linalg.norm(x, 2).item<double>())));
        for (var step = 0; ; step++)
        {
            var (z, factors) = Shrink(y, tau);
            var rest = known * (x - z);
            y = y.Plus(rest, delta);
            if (step == steps - 1 || (rest.norm() / x.norm().clamp_min(1e-300)).item<double>() < least)
            {
                return (z.MoveToOuterDisposeScope(), new Factors(factors.Values.MoveToOuterDisposeScope(), factors.Right.MoveToOuterDisposeScope()));
            }

            scope.DisposeEverythingBut([y]);
        }
    }

    /// <summary>The greatest singular value.</summary>
    public static double Largest(Tensor x)
    {
        using var scope = NewDisposeScope();
        return linalg.eigvalsh(x.t().matmul(x))[^1].clamp_min(0).sqrt().item<double>();
    }

    /// <summary>S_lambda(x): lambda off every singular value, none below 0. By the eigenvectors of x^T x, since there are more rows than columns.</summary>
    private static (Tensor Z, Factors Factors) Shrink(Tensor x, double lambda)
    {
        using var scope = NewDisposeScope();
        var (squares, right) = linalg.eigh(x.t().matmul(x));
        var values = squares.clamp_min(0).sqrt();
        var shrunk = values.Plus(-lambda).clamp_min(0);
        var z = x.matmul(right * (shrunk / values.clamp_min(1e-300))).matmul(right.t());
        return (z.MoveToOuterDisposeScope(), new Factors(shrunk.MoveToOuterDisposeScope(), right.MoveToOuterDisposeScope()));
    }

    private static double Change(Tensor before, Tensor after)
    {
        using var scope = NewDisposeScope();
        return ((after - before).square().sum() / before.square().sum().clamp_min(1e-300)).sqrt().item<double>();
    }
}
