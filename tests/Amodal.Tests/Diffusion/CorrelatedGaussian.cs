using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

/// <summary>
/// A two-dimensional Gaussian with known score. Latents are (batch, 2, time): every (row, time) pair is an independent
/// sample, so rows are wide and their norms stable.
/// </summary>
internal sealed class CorrelatedGaussian
{
    private static readonly double[] _mean = [0.8, -0.4];
    private static readonly double[,] _covariance = { { 0.49, 0.21 }, { 0.21, 0.36 } };

    public static IReadOnlyList<double> Mean => _mean;

    public static double Covariance(int i, int j) => _covariance[i, j];

    /// <summary>-(alpha^2 C + std^2 I)^-1 (x - alpha mean).</summary>
    public static ScoreFunction Score(IProcess process) => (x, t) =>
    {
        using var scope = NewDisposeScope();
        var time = t[0].to(ScalarType.Float64).item<double>();
        var (a, b, c) = Marginal(process, time);
        var determinant = (a * c) - (b * b);
        var precision = tensor(new[] { -c / determinant, b / determinant, b / determinant, -a / determinant }, [2, 2], dtype: x.dtype);
        return precision.matmul(x - MeanAt(process, time, x)).MoveToOuterDisposeScope();
    };

    /// <summary>Exact samples of p_t, so that a sampler is judged by itself and not by where it starts.</summary>
    public static Tensor Sample(IProcess process, double t, Tensor like, INoise noise)
    {
        using var scope = NewDisposeScope();
        var (a, b, c) = Marginal(process, t);
        var l = Math.Sqrt(a);
        var cholesky = tensor(new[] { l, 0, b / l, Math.Sqrt(c - (b * b / a)) }, [2, 2], dtype: like.dtype);
        return (MeanAt(process, t, like) + cholesky.matmul(noise.Like(like))).MoveToOuterDisposeScope();
    }

    private static (double A, double B, double C) Marginal(IProcess process, double t)
    {
        var (signal, added) = (Math.Pow(process.Alpha(t), 2), Math.Pow(process.Std(t), 2));
        return ((signal * _covariance[0, 0]) + added, signal * _covariance[0, 1], (signal * _covariance[1, 1]) + added);
    }

    private static Tensor MeanAt(IProcess process, double t, Tensor like) =>
        tensor(_mean.Select(m => m * process.Alpha(t)).ToArray(), [2, 1], dtype: like.dtype);
}
