using Amodal.Diffusion.Processes;
using Amodal.Native;
using static Amodal.Diffusion.ScoreConversions;
using static TorchSharp.torch;

namespace Amodal.Diffusion.Sampling;

/// <summary>
/// The samplers: functions of a score, a process, a start, times and noise (see <see cref="Sampler"/>, whose shape they
/// have but for their own options). They go from times[0] to 0 and add no noise in the last step, which returns a mean.
/// </summary>
/// <remarks>
/// <para>Start from <see cref="Start"/>, std(1) z. Scalars are computed in double; tensors keep the start's type and device.
/// Every step has a dispose scope of its own, so memory stays flat, and no gradient is recorded (a score that needs one
/// turns it on itself). A row's result depends on that row, its noise and its score only.</para>
/// <para>Where the thesis's printed algorithms differ (signs, drift, last step, DDIM's use of the score), see
/// docs/errata.md.</para>
/// </remarks>
public static class Samplers
{
    internal delegate Tensor StepFunction(Tensor x, double t, double next);

    /// <summary>Noise to start from, std(times[0]) z, shaped as like.</summary>
    /// <param name="process">The forward process.</param>
    /// <param name="like">Gives shape, type and device, (batch, channels, time).</param>
    /// <param name="noise">Where z is taken from.</param>
    /// <param name="t">The grid's first time.</param>
    public static Tensor Start(IProcess process, Tensor like, INoise noise, double t = 1)
    {
        using var scope = NewDisposeScope();
        return noise.Like(like).Times(process.Std(t)).MoveToOuterDisposeScope(); // not z alone: VE's std(1) is about 10
    }

    /// <summary>
    /// Euler-Maruyama on the reverse SDE (thesis, algorithm 1; Song et al. 2021, equation 6). Order 1; a step costs one
    /// evaluation.
    /// </summary>
    /// <inheritdoc cref="Sampler"/>
    public static Tensor EulerMaruyama(ScoreFunction score, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise) =>
        Walk(start, times, (x, t, next) => ReverseStep(score, process, x, t, t - next, next == 0, noise));

    /// <summary>
    /// Euler-Maruyama with a last step of a size of its own. The published IMDer takes its first step's size once more
    /// from the last point on, which overshoots t = 0: TimeGrid.Uniform(100) and a last step of times[0] - times[1].
    /// </summary>
    /// <param name="score">The score of p_t; called once per network evaluation.</param>
    /// <param name="process">The forward process whose reverse is followed.</param>
    /// <param name="start">x at times[0], (batch, channels, time).</param>
    /// <param name="times">The grid, falling from 1; the last entry is 0, where no score is asked for.</param>
    /// <param name="noise">Where noise is taken from; the last step takes none.</param>
    /// <param name="lastStep">dt of the last step, over 0.</param>
    public static Tensor EulerMaruyama(
        ScoreFunction score, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise, double lastStep)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lastStep);
        return Walk(start, times, (x, t, next) => ReverseStep(score, process, x, t, next == 0 ? lastStep : t - next, next == 0, noise));
    }

    /// <summary>
    /// Langevin correctors at every time, then an Euler-Maruyama step to the next (thesis, algorithm 2; Song et al. 2021,
    /// algorithms 2-5). A step costs 1 + J evaluations.
    /// </summary>
    /// <remarks>
    /// The correctors come first, as in Song et al.'s code: between predictor steps that is the same sequence, and the
    /// last thing done is the predictor's mean. Correctors that keep a finite step leave the variance too large by a
    /// factor 1 / (1 - r^2) at most: 2.6 % at r = 0.16. The step size presumes rows of many numbers, whose score has a
    /// stable norm; it is not for rows of a few.
    /// </remarks>
    /// <param name="score">The score of p_t; called once per network evaluation.</param>
    /// <param name="process">The forward process whose reverse is followed.</param>
    /// <param name="start">x at times[0], (batch, channels, time).</param>
    /// <param name="times">The grid, falling from 1; the last entry is 0, where no score is asked for.</param>
    /// <param name="noise">Where noise is taken from.</param>
    /// <param name="correctorSteps">J, at least 0.</param>
    /// <param name="signalToNoise">r, over 0.</param>
    public static Tensor PredictorCorrector(
        ScoreFunction score, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise,
        int correctorSteps = 1, double signalToNoise = 0.16)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(correctorSteps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(signalToNoise);
        return Walk(start, times, (x, t, next) =>
        {
            for (var j = 0; j < correctorSteps; j++)
            {
                x = LangevinStep(score, x, t, noise, signalToNoise);
            }

            return ReverseStep(score, process, x, t, t - next, next == 0, noise);
        });
    }

    /// <summary>
    /// Heun's method on the probability-flow ODE, after churn (Karras et al. 2022, algorithm 2, in y = x / alpha and
    /// sigma = std / alpha, so that it holds for every process). Order 2 without churn. A step costs two evaluations, the
    /// last one.
    /// </summary>
    /// <remarks>The thesis's algorithm 3 adds noise within both halves; this is the form that it cites (docs/errata.md).</remarks>
    /// <param name="score">The score of p_t; called once per network evaluation.</param>
    /// <param name="process">The forward process whose reverse is followed.</param>
    /// <param name="start">x at times[0], (batch, channels, time).</param>
    /// <param name="times">The grid, falling from 1; the last entry is 0, where no score is asked for.</param>
    /// <param name="noise">Where noise is taken from.</param>
    /// <param name="churn">
    /// S_churn, at least 0; 0 is the deterministic form. Noise raises sigma by the factor 1 + min(churn / N, sqrt 2 - 1),
    /// but not over sigma(1).
    /// </param>
    public static Tensor Heun(
        ScoreFunction score, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise, double churn = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(churn);
        var gamma = Math.Min(churn / (times.Count - 1), Math.Sqrt(2) - 1);
        return Walk(start, times, (x, t, next) =>
        {
            (x, t) = gamma > 0 ? Churn(process, x, t, gamma, noise) : (x, t);
            var (sigma, nextSigma) = (process.Sigma(t), process.Sigma(next));
            var y = x.Times(1 / process.Alpha(t));
            var slope = Noise(score, process, x, t);
            var euler = y.Plus(slope, nextSigma - sigma);
            if (next == 0)
            {
                return euler; // alpha(0) = 1, and there is no score at 0 to correct with
            }

            var nextSlope = Noise(score, process, euler.Times(process.Alpha(next)), next);
            return y.Plus(slope.Plus(nextSlope), (nextSigma - sigma) / 2).Times(process.Alpha(next));
        });
    }

    /// <summary>
    /// DDIM (thesis, algorithm 4; Song, Meng and Ermon 2021, equation 12) for any alpha and std: x' = alpha' x0 +
    /// sqrt(std'^2 - v) e + sqrt(v) z, v = eta^2 std'^2 (1 - (sigma' / sigma)^2). Order 1. A step costs one evaluation.
    /// </summary>
    /// <param name="score">The score of p_t; called once per network evaluation.</param>
    /// <param name="process">The forward process whose reverse is followed.</param>
    /// <param name="start">x at times[0], (batch, channels, time).</param>
    /// <param name="times">The grid, falling from 1; the last entry is 0, where no score is asked for.</param>
    /// <param name="noise">Where noise is taken from.</param>
    /// <param name="eta">0 is deterministic (Euler's method in y and sigma), 1 ancestral.</param>
    public static Tensor Ddim(
        ScoreFunction score, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise, double eta = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(eta);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(eta, 1);
        return Walk(start, times, (x, t, next) =>
        {
            var e = Noise(score, process, x, t); // the algorithm's network predicts noise, ours a score
            var denoised = process.NoiseToDenoised(x, e, t);
            if (next == 0)
            {
                return denoised;
            }

            var (nextStd, ratio) = (process.Std(next), process.Sigma(next) / process.Sigma(t));
            var fresh = eta * nextStd * Math.Sqrt(1 - (ratio * ratio));
            var mean = Combine(denoised, process.Alpha(next), e, Math.Sqrt((nextStd * nextStd) - (fresh * fresh)));
            return fresh > 0 ? mean.Plus(noise.Like(mean), fresh) : mean;
        });
    }

    /// <summary>
    /// The probability-flow ODE dy / dsigma = e by the classical Runge-Kutta method of fourth order, the last step by
    /// Euler's. Deterministic. A step costs four evaluations, the last one.
    /// </summary>
    /// <inheritdoc cref="Sampler"/>
    public static Tensor ProbabilityFlow(ScoreFunction score, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise) =>
        Walk(start, times, (x, t, next) =>
        {
            var (sigma, nextSigma) = (process.Sigma(t), process.Sigma(next));
            var (y, h) = (x.Times(1 / process.Alpha(t)), nextSigma - sigma);
            var k1 = Noise(score, process, x, t);
            if (next == 0)
            {
                return y.Plus(k1, h);
            }

            var middle = process.TimeOfSigma((sigma + nextSigma) / 2);
            var k2 = Slope(y.Plus(k1, h / 2), middle);
            var k3 = Slope(y.Plus(k2, h / 2), middle);
            var k4 = Slope(y.Plus(k3, h), next);
            return y.Plus(k1.Plus(k2.Plus(k3), 2).Plus(k4), h / 6).Times(process.Alpha(next));

            Tensor Slope(Tensor at, double time) => Noise(score, process, at.Times(process.Alpha(time)), time);
        });

    /// <summary>One Euler-Maruyama step backwards: x - [f x - g^2 s] dt + g sqrt(dt) z, the last one without z.</summary>
    private static Tensor ReverseStep(ScoreFunction score, IProcess process, Tensor x, double t, double dt, bool isLast, INoise noise)
    {
        var g = process.Diffusion(t);
        // Backwards in time, with dt > 0, the score's sign is plus; the thesis prints minus, and no drift.
        var mean = Combine(x, 1 - (process.Drift(t) * dt), Evaluate(score, x, t), g * g * dt);
        return isLast ? mean : mean.Plus(noise.Like(x), g * Math.Sqrt(dt));
    }

    /// <summary>x + h s + sqrt(2 h) z with h = 2 (r |z| / |s|)^2, the norms taken row by row (Song et al. 2021, algorithm 4).</summary>
    private static Tensor LangevinStep(ScoreFunction score, Tensor x, double t, INoise noise, double signalToNoise)
    {
        var s = Evaluate(score, x, t);
        var z = noise.Like(x);
        var ratio = (RowNorm(z) / RowNorm(s)).Times(signalToNoise);
        return x.Plus(s * ratio.square(), 2).Plus(z * ratio, 2);
    }

    private static Tensor RowNorm(Tensor x) => x.square().sum([.. Enumerable.Range(1, (int)x.dim() - 1)], keepdim: true).sqrt();

    /// <summary>Raises sigma by the factor 1 + gamma with fresh noise, and says at which time that is.</summary>
    private static (Tensor X, double T) Churn(IProcess process, Tensor x, double t, double gamma, INoise noise)
    {
        var sigma = process.Sigma(t);
        var raised = Math.Min(sigma * (1 + gamma), process.Sigma(1)); // the network knows no time after 1
        var time = process.TimeOfSigma(raised);
        // Noise is drawn even where there is none to add: how many draws a run takes must not hang on rounding.
        var y = x.Times(1 / process.Alpha(t)).Plus(noise.Like(x), Math.Sqrt((raised * raised) - (sigma * sigma)));
        return (y.Times(process.Alpha(time)), time);
    }

    private static Tensor Noise(ScoreFunction score, IProcess process, Tensor x, double t) =>
        process.ScoreToNoise(Evaluate(score, x, t), t);

    private static Tensor Evaluate(ScoreFunction score, Tensor x, double t) =>
        score(x, ScalarArithmetic.Constant(x.shape[0], t, x));

    /// <summary>Steps along the times, with flat memory and no gradient; the flow samplers walk by it too.</summary>
    internal static Tensor Walk(Tensor start, IReadOnlyList<double> times, StepFunction step)
    {
        TimeGrid.Check(times);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad(); // not inference mode: its tensors could not be trained on later
        var x = start.alias();
        for (var i = 0; i + 1 < times.Count; i++)
        {
            using var stepScope = NewDisposeScope();
            var next = step(x, times[i], times[i + 1]).MoveToOuterDisposeScope();
            x.Dispose();
            x = next;
        }

        return x.MoveToOuterDisposeScope();
    }
}
