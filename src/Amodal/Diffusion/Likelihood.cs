using Amodal.Diffusion.Processes;
using static TorchSharp.torch;

namespace Amodal.Diffusion;

/// <summary>The log density that a score gives to data, through the probability-flow ODE (Song et al. 2021, section 4.3).</summary>
public static class Likelihood
{
    /// <summary>
    /// log p(x), natural, row by row: the ODE dy / dsigma = e (y = x / alpha, e the noise prediction) is followed from t =
    /// epsilon to 1 by the classical Runge-Kutta method with the divergence of e, and log p(x) = log N(y_1; 0, sigma(1)^2)
    /// + the integral of the divergence over sigma.
    /// </summary>
    /// <param name="score">The score; differentiated once, so it must record gradients. Rows must not depend on each other.</param>
    /// <param name="process">The forward process.</param>
    /// <param name="x">Data, (batch, channels, time).</param>
    /// <param name="steps">Steps, equal in t; each costs four evaluations.</param>
    /// <param name="epsilon">Where it starts: x is taken for a sample of p at epsilon, that is, of the data with a little noise.</param>
    /// <param name="probe">
    /// Null: the exact divergence, one gradient a dimension, for small channels x time. Else Hutchinson's estimate with
    /// one Gaussian v for the whole path: unbiased, one gradient.
    /// </param>
    /// <returns>(batch), without gradient.</returns>
    /// <remarks>Not under inference mode. What is left of the data's mean and spread at t = 1 is not in the prior: of order sigma(1)^-2.</remarks>
    public static Tensor LogProbability(
        ScoreFunction score, IProcess process, Tensor x, int steps = 100, double epsilon = 1e-5, INoise? probe = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        using var scope = NewDisposeScope();
        using var gradient = enable_grad();
        var v = probe?.Like(x);
        var y = x.detach() / process.Alpha(epsilon);
        var integral = zeros(x.shape[0], dtype: x.dtype, device: x.device);
        for (var i = 0; i < steps; i++)
        {
            using var stepScope = NewDisposeScope();
            var t = epsilon + ((1 - epsilon) * i / steps);
            var (nextY, gain) = Step(score, process, y, t, t + ((1 - epsilon) / steps), v);
            var (oldY, oldIntegral) = (y, integral);
            (y, integral) = stepScope.MoveToOuter(nextY, integral + gain);
            oldY.Dispose();
            oldIntegral.Dispose();
        }

        // One alpha(epsilon) per dimension: the density of x, not of y.
        var scale = LogNormal(y, process.Sigma(1)) + integral - (x.numel() / x.shape[0] * Math.Log(process.Alpha(epsilon)));
        return scale.detach().MoveToOuterDisposeScope();
    }

    private static (Tensor Y, Tensor Gain) Step(ScoreFunction score, IProcess process, Tensor y, double t, double next, Tensor? v)
    {
        next = Math.Min(next, 1);
        var (sigma, nextSigma) = (process.Sigma(t), process.Sigma(next));
        var middle = process.TimeOfSigma((sigma + nextSigma) / 2);
        var h = nextSigma - sigma;
        var (k1, d1) = Slope(score, process, y, t, v);
        var (k2, d2) = Slope(score, process, y.add(k1, alpha: h / 2), middle, v);
        var (k3, d3) = Slope(score, process, y.add(k2, alpha: h / 2), middle, v);
        var (k4, d4) = Slope(score, process, y.add(k3, alpha: h), next, v);
        return (y.add(k1 + ((k2 + k3) * 2) + k4, alpha: h / 6), (d1 + ((d2 + d3) * 2) + d4) * (h / 6));
    }

    /// <summary>e at y, and its divergence in y, (batch).</summary>
    private static (Tensor Noise, Tensor Divergence) Slope(ScoreFunction score, IProcess process, Tensor y, double t, Tensor? v)
    {
        var leaf = y.detach().requires_grad_();
        var time = full(y.shape[0], t, dtype: y.dtype, device: y.device);
        var noise = process.ScoreToNoise(score(leaf * process.Alpha(t), time), t);
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
            divergence.add_(row);
        }

        return divergence;
    }

    private static Tensor Gradient(Tensor of, Tensor by, bool keepGraph) => autograd.grad([of], [by], retain_graph: keepGraph)[0];

    private static Tensor LogNormal(Tensor y, double std)
    {
        var flat = (y / std).flatten(1);
        return (flat.square().sum(1) * -0.5) - (flat.shape[1] * (Math.Log(std) + (0.5 * Math.Log(2 * Math.PI))));
    }
}
