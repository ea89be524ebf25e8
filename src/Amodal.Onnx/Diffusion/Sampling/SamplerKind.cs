namespace Amodal.Diffusion.Sampling;

/// <summary>The samplers by name.</summary>
public enum SamplerKind
{
    /// <summary>Euler-Maruyama (thesis, algorithm 1).</summary>
    EulerMaruyama,

    /// <summary>Euler-Maruyama predictor with Langevin correctors (thesis, algorithm 2).</summary>
    PredictorCorrector,

    /// <summary>Heun, deterministic or with churn (Karras et al. 2022, algorithm 2).</summary>
    Heun,

    /// <summary>DDIM (Song et al. 2021), any eta.</summary>
    Ddim,

    /// <summary>The probability-flow ODE by the classical Runge-Kutta method of fourth order.</summary>
    ProbabilityFlow,

    /// <summary>DPM-Solver++ of second order, multistep (Lu et al. 2022).</summary>
    DpmSolver2M,

    /// <summary>DPM-Solver++ of third order, multistep (Lu et al. 2022).</summary>
    DpmSolver3M,

    /// <summary>Euler's method on the velocity of flow matching (Lipman et al. 2023).</summary>
    FlowEuler,

    /// <summary>The midpoint rule on the velocity of flow matching.</summary>
    FlowMidpoint,

    /// <summary>Heun's method on the velocity of flow matching.</summary>
    FlowHeun,
}
