namespace Amodal.Methods.Correlation;

/// <summary>
/// Canonical correlation of two views of the same rows (Hotelling 1936): with <c>T = L1^-1 S12 L2^-T</c>, where <c>S11 = L1 L1^T</c> and
/// <c>S22 = L2 L2^T</c>, the correlations are the singular values of T, and its singular vectors, whitened back, the directions. Roots
/// by Cholesky differ from the symmetric ones of the papers by a rotation, which changes no singular value, and have a gradient where
/// two eigenvalues meet, too. All in double.
/// </summary>
internal static class CanonicalCorrelation
{
    private const double Jitter = 1e-3; // on T^T T, as in the published code of deep CCA

    /// <summary>The directions, (numbers, k) of each view, and the correlations, greatest first.</summary>
    /// <param name="a">(row, numbers), at least two rows.</param>
    /// <param name="penalty">Added to the diagonals of S11 and S22; more than 0.</param>
    public static (Tensor A, Tensor B, Tensor Correlations) Fit(Tensor a, Tensor b, int k, double penalty)
    {
        using var scope = NewDisposeScope();
        var (left, right, t) = Whitened(a, b, penalty);
        var (u, s, v) = linalg.svd(t, fullMatrices: false);
        return (linalg.solve(left.t(), u[.., ..k]).MoveToOuterDisposeScope(), linalg.solve(right.t(), v.t()[.., ..k]).MoveToOuterDisposeScope(), s[..k].MoveToOuterDisposeScope());
    }

    /// <summary>The sum of the k greatest correlations, as deep CCA makes it great (Andrew et al. 2013): <c>sum sqrt(eig(T^T T + 1e-3 I))</c>. It has a gradient.</summary>
    /// <inheritdoc cref="Fit"/>
    public static Tensor Sum(Tensor a, Tensor b, int k, double penalty)
    {
        using var scope = NewDisposeScope();
        var (_, _, t) = Whitened(a, b, penalty);
        var values = linalg.eigvalsh(t.t().matmul(t).Plus(eye(t.shape[1], dtype: t.dtype, device: t.device), Jitter));
        return values.sqrt().narrow(0, values.shape[0] - k, k).sum().MoveToOuterDisposeScope();
    }

    private static (Tensor Left, Tensor Right, Tensor T) Whitened(Tensor a, Tensor b, double penalty)
    {
        var (x, y) = (Centred(a), Centred(b));
        var (left, right) = (Root(Covariance(x, x), penalty), Root(Covariance(y, y), penalty));
        return (left, right, linalg.solve(right, linalg.solve(left, Covariance(x, y)).t()).t());
    }

    private static Tensor Centred(Tensor x)
    {
        var exact = x.to(ScalarType.Float64);
        return exact - exact.mean([0], keepdim: true);
    }

    private static Tensor Covariance(Tensor x, Tensor y) => x.t().matmul(y).Times(1.0 / Math.Max(1, x.shape[0] - 1));

    /// <summary>L with L L^T = S + r I.</summary>
    private static Tensor Root(Tensor covariance, double penalty) =>
        linalg.cholesky(covariance.Plus(eye(covariance.shape[0], dtype: covariance.dtype, device: covariance.device), penalty));
}
