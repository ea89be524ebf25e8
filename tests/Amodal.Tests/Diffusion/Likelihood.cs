using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Native;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

/// <summary>The log density that a score gives to data, through the probability-flow ODE (Song et al. 2021, section 4.3).</summary>
internal static class Likelihood
{
    /// <summary>
    /// log p(x), natural, row by row: the ODE dy / dsigma = e (y = x / alpha, e the noise prediction) is followed from t =
    /// epsilon to 1 by the classical Runge-Kutta method with the divergence of e, and log p(x) = log N(y_1; 0, sigma(1)^2)
    /// + the integral of the divergence over sigma.
    /// </summary>
    /// <param name="score">The score; differentiated once, so it must record gradients. Rows must not depend on each other.</param>
    /// <param name="x">Data, (batch, channels, time).</param>
    /// <param name="steps">Steps, each of four evaluations.</param>
    /// <param name="epsilon">Where it starts: x is taken for a sample of p at epsilon, that is, of the data with a little noise.</param>
    /// <param name="probe">
    /// Null: the exact divergence, one gradient a dimension, for small channels x time. Else Hutchinson's estimate with
    /// one Gaussian v for the whole path: unbiased, one gradient.
    /// </param>
    /// <returns>(batch), without gradient.</returns>
    /// <remarks>
    /// It is the density of the model that starts from std(1) z, as the samplers do. For VE, whose sigma(1) is about 10,
    /// that differs from the data's: what is left of their mean at t = 1 shifts a single point by some hundredths of a nat,
    /// the mean over the data by less than a thousandth. Not under inference mode.
    /// </remarks>
    public static Tensor LogProbability(
        ScoreFunction score, IProcess process, Tensor x, int steps = 100, double epsilon = 1e-5, INoise? probe = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        using var scope = NewDisposeScope();
        using var gradient = enable_grad();
        var v = probe?.Like(x);
        var y = x.detach().Times(1 / process.Alpha(epsilon));
        var integral = zeros(x.shape[0], dtype: x.dtype, device: x.device);
        var sigmas = NoiseLevels(process, epsilon, steps);
        for (var i = 0; i < steps; i++)
        {
            using var stepScope = NewDisposeScope();
            var (nextY, gain) = Step(score, process, y, sigmas[i], sigmas[i + 1], v);
            var (oldY, oldIntegral) = (y, integral);
            (y, integral) = stepScope.MoveToOuter(nextY, integral.Plus(gain));
            oldY.Dispose();
            oldIntegral.Dispose();
        }

        // One alpha(epsilon) per dimension: the density of x, not of y.
        var density = LogNormal(y, process.Sigma(1)).Plus(integral).Plus(-(double)x.numel() / x.shape[0] * Math.Log(process.Alpha(epsilon)));
        return density.detach().MoveToOuterDisposeScope();
    }

    private static (Tensor Y, Tensor Gain) Step(ScoreFunction score, IProcess process, Tensor y, double sigma, double nextSigma, Tensor? v)
    {
        var (t, middle, next) = (process.TimeOfSigma(sigma), process.TimeOfSigma((sigma + nextSigma) / 2), process.TimeOfSigma(nextSigma));
        var h = nextSigma - sigma;
        var (k1, d1) = Slope(score, process, y, t, v);
        var (k2, d2) = Slope(score, process, y.Plus(k1, h / 2), middle, v);
        var (k3, d3) = Slope(score, process, y.Plus(k2, h / 2), middle, v);
        var (k4, d4) = Slope(score, process, y.Plus(k3, h), next, v);
        return (y.Plus(k1.Plus(k2.Plus(k3), 2).Plus(k4), h / 6), d1.Plus(d2.Plus(d3), 2).Plus(d4).Times(h / 6));
    }

    /// <summary>
    /// Equal in asinh sigma: even below sigma = 1, the spread of standardised data, and by equal factors above, where the
    /// divergence falls as 1 / sigma. Steps equal in t would be far too long where cosine ends.
    /// </summary>
    private static double[] NoiseLevels(IProcess process, double epsilon, int steps)
    {
        var (first, last) = (process.Sigma(epsilon), process.Sigma(1));
        var (low, high) = (Math.Asinh(first), Math.Asinh(last));
        var levels = Enumerable.Range(0, steps + 1).Select(i => Math.Sinh(low + ((high - low) * i / steps))).ToArray();
        (levels[0], levels[^1]) = (first, last); // exactly: no time is beyond 1
        return levels;
    }

    /// <summary>e at y, and its divergence in y, (batch).</summary>
    private static (Tensor Noise, Tensor Divergence) Slope(ScoreFunction score, IProcess process, Tensor y, double t, Tensor? v)
    {
        var leaf = y.detach().requires_grad_();
        var time = ScalarArithmetic.Constant(y.shape[0], t, y);
        var noise = process.ScoreToNoise(score(leaf.Times(process.Alpha(t)), time), t);
        var divergence = v is null ? ExactDivergence(noise, leaf) : (Gradient((noise * v).sum(), leaf, keepGraph: false) * v).flatten(1).sum(1);
        return (noise.detach(), divergence);
    }

    private static Tensor ExactDivergence(Tensor field, Tensor at)
    {
        var flat = field.flatten(1);
        var divergence = zeros(flat.shape[0], dtype: flat.dtype, device: flat.device);
        for (long k = 0; k < flat.shape[1]; k++)
        {
            // Rows do not depend on each other, so the gradient of the sum over rows holds every row's own.
            var row = Gradient(flat.select(1, k).sum(), at, keepGraph: true).flatten(1).select(1, k);
            divergence = divergence.Plus(row);
        }

        return divergence;
    }

    private static Tensor Gradient(Tensor of, Tensor by, bool keepGraph) => autograd.grad([of], [by], retain_graph: keepGraph)[0];

    private static Tensor LogNormal(Tensor y, double std)
    {
        var flat = y.Times(1 / std).flatten(1);
        return flat.square().sum(1).Times(-0.5).Plus(-flat.shape[1] * (Math.Log(std) + (0.5 * Math.Log(2 * Math.PI))));
    }
}
