namespace Amodal.Diffusion.Sampling;

/// <summary>A sampler with its options bound, how many steps it takes, and what that will cost.</summary>
/// <param name="Options">The algorithm and its settings.</param>
/// <param name="Steps">Steps from t = 1 to 0.</param>
/// <param name="Grid">How they are spaced.</param>
/// <param name="Nfe">Network evaluations in one run; at most the budget. One for each score, two where it is guided.</param>
public sealed record SamplingPlan(SamplerOptions Options, int Steps, GridKind Grid, int Nfe)
{
    /// <summary>Whether the last step of Euler-Maruyama is as long as the first, past t = 0, as in the released IMDer.</summary>
    public bool RepeatsFirstStep { get; init; }

    /// <summary>The times to give the sampler, from 1 to 0.</summary>
    /// <param name="process">The forward process, which spaces them unless the grid is uniform.</param>
    public IReadOnlyList<double> Times(IProcess process) => TimeGrid.Create(Grid, process, Steps);

    /// <summary>
    /// The plan with the most steps that the budget pays for. N steps cost: Euler-Maruyama, DDIM and DPM-Solver++ N, predictor-corrector
    /// N (1 + J), Heun 2N - 1 and Runge-Kutta 4N - 3 (their last step, to t = 0, evaluates once); of the flow samplers, Euler N, midpoint and Heun 2N.
    /// All of them cost twice that with classifier-free guidance.
    /// </summary>
    /// <exception cref="InputException">The budget does not pay for one step.</exception>
    public static SamplingPlan Create(SamplerOptions options)
    {
        var steps = StepCount(options);
        return new SamplingPlan(options, steps, options.IsFlow ? GridKind.Even : options.Grid, Cost(options, steps));
    }

    /// <summary>The algorithm over any arithmetic.</summary>
    internal T Run<T>(ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times) =>
        SamplerSteps.Run(Options, a, process, start, times, RepeatsFirstStep ? times[0] - times[1] : null);

    /// <summary>The least budget: what one step costs.</summary>
    public static int LeastNfe(SamplerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Cost(options, steps: 1);
    }

    private static int StepCount(SamplerOptions options)
    {
        var minimum = LeastNfe(options);
        if (options.Nfe < minimum)
        {
            throw new InputException("sampler", "nfe",
                $"is {options.Nfe}, but one step of {options.Kind} takes {minimum} evaluations; give at least {minimum}.");
        }

        return 1 + ((options.Nfe - minimum) / (Cost(options, steps: 2) - minimum)); // every cost is linear in the steps
    }

    private static int Cost(SamplerOptions options, int steps) => options.EvaluationsPerScore * options.Kind switch
    {
        SamplerKind.EulerMaruyama or SamplerKind.Ddim or SamplerKind.DpmSolver2M or SamplerKind.DpmSolver3M or SamplerKind.FlowEuler => steps,
        SamplerKind.PredictorCorrector => steps * (1 + options.CorrectorSteps),
        SamplerKind.FlowMidpoint or SamplerKind.FlowHeun => 2 * steps,
        SamplerKind.Heun => (2 * steps) - 1,
        SamplerKind.ProbabilityFlow => (4 * steps) - 3,
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "no such sampler"),
    };
}
