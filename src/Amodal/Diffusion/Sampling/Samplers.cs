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
/// docs/develop/errata.md.</para>
/// <para>The algorithms themselves stand in <see cref="SamplerSteps"/>, once for tensors and for plain arrays.</para>
/// </remarks>
public static class Samplers
{
    extension(SamplingPlan plan)
    {
        /// <summary>The plan's algorithm on tensors.</summary>
        public Sampler Sampler => (score, process, start, times, noise) => plan.Run(new TensorArithmetic(score, noise), process, start, times);
    }

    /// <summary>Noise to start from, std(times[0]) z, shaped as like.</summary>
    /// <param name="process">The forward process.</param>
    /// <param name="like">Gives shape, type and device, (batch, channels, time).</param>
    /// <param name="noise">Where z is taken from.</param>
    /// <param name="t">The grid's first time.</param>
    public static Tensor Start(IProcess process, Tensor like, INoise noise, double t = 1)
    {
        using var scope = NewDisposeScope();
        return SamplerSteps.Start(new TensorArithmetic((LatentScore<Tensor>?)null, noise), process, like, t).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Euler-Maruyama on the reverse SDE (thesis, algorithm 1; Song et al. 2021, equation 6). Order 1; a step costs one
    /// evaluation.
    /// </summary>
    /// <inheritdoc cref="Sampler"/>
    public static Tensor EulerMaruyama(ScoreFunction score, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise) =>
        SamplerSteps.EulerMaruyama(new TensorArithmetic(score, noise), process, start, times);

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
        => SamplerSteps.EulerMaruyama(new TensorArithmetic(score, noise), process, start, times, lastStep);

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
        => SamplerSteps.PredictorCorrector(new TensorArithmetic(score, noise), process, start, times, correctorSteps, signalToNoise);

    /// <summary>
    /// Heun's method on the probability-flow ODE, after churn (Karras et al. 2022, algorithm 2, in y = x / alpha and
    /// sigma = std / alpha, so that it holds for every process). Order 2 without churn. A step costs two evaluations, the
    /// last one.
    /// </summary>
    /// <remarks>The thesis's algorithm 3 adds noise within both halves; this is the form that it cites (docs/develop/errata.md).</remarks>
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
        => SamplerSteps.Heun(new TensorArithmetic(score, noise), process, start, times, churn);

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
        => SamplerSteps.Ddim(new TensorArithmetic(score, noise), process, start, times, eta);

    /// <inheritdoc cref="MultistepSolver.Solve"/>
    /// <param name="score">The score of p_t; called once per network evaluation.</param>
    /// <param name="process">The forward process whose reverse is followed.</param>
    /// <param name="start">x at times[0], (batch, channels, time).</param>
    /// <param name="times">The grid, falling from 1; the last entry is 0, where no score is asked for.</param>
    /// <param name="order">1 (which is DDIM), 2 or 3; the first steps have the lower ones.</param>
    public static Tensor DpmSolver(ScoreFunction score, IProcess process, Tensor start, IReadOnlyList<double> times, int order) =>
        MultistepSolver.Solve(new TensorArithmetic(score, NoNoise.Instance), process, start, times, order);

    /// <summary>
    /// The probability-flow ODE dy / dsigma = e by the classical Runge-Kutta method of fourth order, the last step by
    /// Euler's. Deterministic. A step costs four evaluations, the last one.
    /// </summary>
    /// <inheritdoc cref="Sampler"/>
    public static Tensor ProbabilityFlow(ScoreFunction score, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise) =>
        SamplerSteps.ProbabilityFlow(new TensorArithmetic(score, noise), process, start, times);
}

/// <summary>For deterministic samplers: refuses to be asked.</summary>
internal sealed class NoNoise : INoise
{
    public static readonly NoNoise Instance = new();

    public Tensor Like(Tensor x) => throw new InvalidOperationException("a deterministic sampler takes no noise");
}
