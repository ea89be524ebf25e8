using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Native;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

/// <summary>
/// The minimiser of the denoising score matching loss of each conditioning, for a target x and a condition y, both N(0, 1)
/// with correlation rho. The loss E (s std + z)^2 is least at s = -E[z | what the network sees] / std, and all is Gaussian,
/// x_t = a x + b z with a = alpha(t), b = std(t):
/// <list type="bullet">
/// <item>Clean, sees (x_t, y): x_t given y is N(a rho y, a^2 (1 - rho^2) + b^2), and -E[z | x_t, y] / b is the score of that
/// density: s = -(x_t - a rho y) / (a^2 (1 - rho^2) + b^2).</item>
/// <item>Independent, sees (x_t, y_t) with y_t = a y + b z', z' apart from z: both have variance v = a^2 + b^2 and covariance
/// a^2 rho, so s is the score of x_t given y_t: s = -(x_t - (a^2 rho / v) y_t) / (v - a^4 rho^2 / v).</item>
/// <item>Shared, sees (x_t, y_t) with y_t = a y + b z, the same z: the covariance of x_t and y_t is c = a^2 rho + b^2, that of
/// z with each is b. The regression of z on both is (b, b) [[v, c], [c, v]]^-1 (x_t, y_t)' = b (x_t + y_t) / (v + c), so s =
/// -(x_t + y_t) / (v + c): the condition counts against the target, since in training a large y_t tells of a large z.</item>
/// </list>
/// </summary>
internal static class OptimalScore
{
    /// <summary>s(x_t, the condition as the network is shown it, t); a correlation per row.</summary>
    public static Func<Tensor, Tensor, Tensor, Tensor> For(Conditioning conditioning, IProcess process, double[] correlations) =>
        (x, y, t) =>
        {
            using var scope = NewDisposeScope();
            var time = t[0].to(ScalarType.Float64).item<double>();
            var weights = correlations.Select(rho => Weights(conditioning, process.Alpha(time), process.Std(time), rho)).ToArray();
            return (Column(weights.Select(w => w.X)) * x).Plus(Column(weights.Select(w => w.Y)) * y).MoveToOuterDisposeScope();

            Tensor Column(IEnumerable<double> values) => tensor(values.ToArray(), [correlations.Length, 1, 1], dtype: x.dtype);
        };

    private static (double X, double Y) Weights(Conditioning conditioning, double a, double b, double rho)
    {
        var v = (a * a) + (b * b);
        switch (conditioning)
        {
            case Conditioning.Clean:
                var clean = (a * a * (1 - (rho * rho))) + (b * b);
                return (-1 / clean, a * rho / clean);
            case Conditioning.Independent:
                var slope = a * a * rho / v;
                var rest = v - (slope * slope * v);
                return (-1 / rest, slope / rest);
            default:
                var both = v + (a * a * rho) + (b * b);
                return (-1 / both, -1 / both);
        }
    }
}
