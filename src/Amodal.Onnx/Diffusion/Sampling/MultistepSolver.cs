namespace Amodal.Diffusion.Sampling;

/// <summary>
/// DPM-Solver++, multistep (Lu et al. 2022, arXiv 2211.01095, algorithm 2): the probability-flow ODE in y = x / alpha and
/// lambda = -log sigma is dy / dlambda = D - y, with D the denoised x0. What is linear is solved exactly; D is a
/// polynomial through the last answers, so that order 2 or 3 costs one evaluation a step.
/// </summary>
internal static class MultistepSolver
{
    /// <summary>Solves the flow. A step costs one evaluation; the last, to t = 0, returns the denoised mean. Deterministic.</summary>
    /// <remarks>
    /// Order 3 here has order 3: the second-order term is phi_3 h^2 D'' with D'' = 2 D[0, 1, 2], where the multistep code
    /// that the paper's authors published has half of it.
    /// </remarks>
    /// <param name="start">x at times[0].</param>
    /// <param name="times">The grid, falling from 1; the last entry is 0, where no score is asked for.</param>
    /// <param name="order">1 (which is DDIM), 2 or 3; the first steps have the lower ones.</param>
    /// <returns>x at t = 0, shaped as start.</returns>
    internal static T Solve<T>(ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times, int order)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, 3);
        var past = new List<(Latent<T> Denoised, double Lambda)>(); // the newest first
        return SamplerSteps.Walk(a, start, times, (x, t, next) =>
        {
            var (ofX, ofScore) = process.DenoisedFromScore(t);
            var denoised = x * ofX + x.Score(t) * ofScore;
            past.Insert(0, (new Latent<T>(a, a.Keep(denoised.Value)), -Math.Log(process.Sigma(t))));
            var stepped = Step(process, x, t, next, past);
            if (past.Count == order)
            {
                a.Free(past[^1].Denoised.Value);
                past.RemoveAt(order - 1);
            }

            return stepped;
        });
    }

    private static Latent<T> Step<T>(IProcess process, Latent<T> x, double t, double next, List<(Latent<T> Denoised, double Lambda)> past)
    {
        if (next == 0)
        {
            return past[0].Denoised * 1; // h is infinite: what is left of x is nothing
        }

        var h = -Math.Log(process.Sigma(next)) - past[0].Lambda;
        var weights = Weights(h, [.. past.Select(p => past[0].Lambda - p.Lambda)]);
        Latent<T> y = x * (Math.Exp(-h) / process.Alpha(t));
        foreach (var (weight, (denoised, _)) in weights.Zip(past))
        {
            y += denoised * weight;
        }

        return y * process.Alpha(next);
    }

    /// <summary>
    /// How much each answer counts: the integral of e^(s - h) L(s) over a step h, for L each answer's Lagrange polynomial.
    /// </summary>
    /// <param name="h">The step in lambda, over 0.</param>
    /// <param name="ago">How far back each answer lies, from 0 upwards.</param>
    internal static double[] Weights(double h, double[] ago)
    {
        // Moments of s^k: k = 0: 1 - e^-h; then by parts h^k - k times the moment before.
        var zeroth = -double.ExpM1(-h);
        var first = h - zeroth;
        var second = (h * h) - (2 * first);
        switch (ago.Length)
        {
            case 1:
                return [zeroth];
            case 2:
                var slope = first / ago[1]; // D(s) = D0 + s (D0 - D1) / a
                return [zeroth + slope, -slope];
            default:
                var (a, b) = (ago[1], ago[2]);
                return
                [
                    zeroth + (((a + b) * first) + second) / (a * b), // (s + a)(s + b) / ab
                    -((b * first) + second) / (a * (b - a)), // s (s + b) / (-a)(b - a)
                    ((a * first) + second) / (b * (b - a)), // s (s + a) / (-b)(a - b)
                ];
        }
    }
}
