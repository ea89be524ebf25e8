using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Randomness;
using MathNet.Numerics.LinearAlgebra;
using static TorchSharp.torch;
using RealMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace Amodal.Tests.Diffusion;

/// <summary>
/// Modalities of a few unit-variance numbers each that are jointly Gaussian: what one is, given others, is known, and so
/// is what a sampler makes of it with the best possible network.
/// </summary>
/// <param name="covariance">Of all modalities' numbers, modality by modality.</param>
/// <param name="width">Numbers in a modality.</param>
internal sealed class JointGaussian(RealMatrix covariance, int width)
{
    private readonly RealMatrix _factor = covariance.Cholesky().Factor;

    public RealMatrix Covariance => covariance;

    /// <summary>
    /// Three modalities of two numbers: each sees two common factors, rotated by an angle of its own, with the strengths
    /// given, and fills up to variance 1 with noise of its own.
    /// </summary>
    public static JointGaussian Three()
    {
        (double Angle, double First, double Second)[] views = [(0, 0.9, 0.6), (0.6, 0.9, 0.7), (-0.9, 0.7, 0.8)];
        var loading = RealMatrix.Build.Dense(6, 2);
        for (var m = 0; m < 3; m++)
        {
            var (sin, cos) = Math.SinCos(views[m].Angle);
            loading.SetSubMatrix(2 * m, 0, RealMatrix.Build.DenseOfRowMajor(2, 2, [cos * views[m].First, -sin * views[m].Second, sin * views[m].First, cos * views[m].Second]));
        }

        var covariance = loading * loading.Transpose();
        for (var m = 0; m < 3; m++)
        {
            covariance.SetSubMatrix(2 * m, 2 * m, RealMatrix.Build.DenseIdentity(2));
        }

        return new JointGaussian(covariance, width: 2);
    }

    /// <summary>Draws rows of all modalities, each (batch, width, 1).</summary>
    public Tensor[] Draw(StableRandom random, int batch)
    {
        var values = new float[batch * covariance.RowCount];
        for (var row = 0; row < batch; row++)
        {
            var z = Vector<double>.Build.Dense(covariance.RowCount, _ => random.NextNormal());
            (_factor * z).Select(v => (float)v).ToArray().CopyTo(values, row * covariance.RowCount);
        }

        return [.. tensor(values, [batch, covariance.RowCount, 1]).split(width, 1)];
    }

    /// <summary>
    /// Rows of all modalities, and standard normal ones of a modality's shape beside them, whose means and covariances are exact:
    /// what a linear sampler makes of them is then regressed without an error of sampling, and all that is off is the network's.
    /// </summary>
    public (Tensor[] Modalities, Tensor Start) DrawBalanced(StableRandom random, int batch)
    {
        var z = RealMatrix.Build.Dense(batch, covariance.RowCount + width, (_, _) => random.NextNormal());
        z -= RealMatrix.Build.DenseOfColumnVectors(Enumerable.Repeat(Vector<double>.Build.Dense(batch, 1), z.ColumnCount)) * RealMatrix.Build.DenseOfDiagonalVector(z.ColumnSums() / batch);
        z *= (z.TransposeThisAndMultiply(z) / batch).Cholesky().Factor.Inverse().Transpose();
        return (
            [.. ToTensor(z.SubMatrix(0, batch, 0, covariance.RowCount) * _factor.Transpose()).split(width, 1)],
            ToTensor(z.SubMatrix(0, batch, covariance.RowCount, width)));

        static Tensor ToTensor(RealMatrix x) => tensor(x.ToRowMajorArray(), [x.RowCount, x.ColumnCount, 1], ScalarType.Float32);
    }

    /// <summary>The conditional of the target given others: mean = Coefficients y, and its covariance.</summary>
    public (RealMatrix Coefficients, RealMatrix Covariance) Conditional(int target, int[] given) => Conditional(covariance, target, given);

    /// <summary>
    /// What DDIM (eta 0) from std(1) z makes of the exact best score of a conditioning, in closed form: every step is
    /// x' = P x + Q y_t, linear, so mean = Coefficients y and the covariance follow by recursion.
    /// </summary>
    /// <remarks>
    /// Clean: the score of x_t given y. Independent: the score of x_t given y_t = alpha y + std n, followed with a fresh n
    /// every step.
    /// </remarks>
    public (RealMatrix Coefficients, RealMatrix Covariance) Ddim(
        IProcess process, Conditioning conditioning, int target, int[] given, IReadOnlyList<double> times)
    {
        var identity = RealMatrix.Build.DenseIdentity(width);
        var coefficients = RealMatrix.Build.Dense(width, width * given.Length);
        var spread = identity * process.Std(times[0]) * process.Std(times[0]);
        var truth = Conditional(target, given);
        for (var i = 0; i + 1 < times.Count; i++)
        {
            var (alpha, std) = (process.Alpha(times[i]), process.Std(times[i]));
            var (nextAlpha, nextStd) = (process.Alpha(times[i + 1]), process.Std(times[i + 1]));
            var noisy = (covariance * alpha * alpha) + (RealMatrix.Build.DenseIdentity(covariance.RowCount) * std * std);
            var (gain, rest) = conditioning == Conditioning.Clean
                ? (truth.Coefficients * alpha, (truth.Covariance * alpha * alpha) + (identity * std * std))
                : Conditional(noisy, target, given);
            // Noise prediction e = E (x - gain y_t); x' = alpha' (x - std e) / alpha + std' e.
            var e = rest.Inverse() * std;
            var step = nextStd - (nextAlpha * std / alpha);
            var p = (identity * (nextAlpha / alpha)) + (e * step);
            var q = -(e * gain) * step;
            var (signal, noise) = conditioning == Conditioning.Clean ? (1, 0.0) : (alpha, std);
            coefficients = (p * coefficients) + (q * signal);
            spread = (p * spread * p.Transpose()) + (q * q.Transpose() * noise * noise);
        }

        return (coefficients, spread);
    }

    /// <summary>Regresses samples on what was given: the same two matrices, and the mean where the given is 0, as estimated.</summary>
    public static (RealMatrix Coefficients, RealMatrix Covariance, RealMatrix Offset) Regress(Tensor samples, IReadOnlyList<Tensor> given)
    {
        var x = ToMatrix(samples);
        var y = ToMatrix(cat([.. given], 1)).Append(RealMatrix.Build.Dense((int)samples.shape[0], 1, 1.0));
        var solution = (y.TransposeThisAndMultiply(y).Inverse() * y.TransposeThisAndMultiply(x)).Transpose();
        var residual = x - (y * solution.Transpose());
        var last = solution.ColumnCount - 1;
        return (solution.SubMatrix(0, solution.RowCount, 0, last), residual.TransposeThisAndMultiply(residual) / x.RowCount, solution.SubMatrix(0, solution.RowCount, last, 1));
    }

    private static RealMatrix ToMatrix(Tensor x) => RealMatrix.Build.DenseOfRowMajor(
        (int)x.shape[0], (int)x.shape[1], x.to_type(ScalarType.Float64).contiguous().data<double>());

    private (RealMatrix Coefficients, RealMatrix Covariance) Conditional(RealMatrix of, int target, int[] given)
    {
        var (cross, inner) = (Block(of, [target], given), Block(of, given, given));
        var coefficients = cross * inner.Inverse();
        return (coefficients, Block(of, [target], [target]) - (coefficients * cross.Transpose()));
    }

    private RealMatrix Block(RealMatrix of, int[] rows, int[] columns) => RealMatrix.Build.Dense(
        width * rows.Length, width * columns.Length,
        (i, j) => of[(rows[i / width] * width) + (i % width), (columns[j / width] * width) + (j % width)]);
}
