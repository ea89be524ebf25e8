namespace Amodal.Diffusion.Sampling;

/// <summary>Which sampler, and what it may spend.</summary>
public sealed record SamplerOptions
{
    /// <summary>The sampler.</summary>
    public SamplerKind Kind { get; init; } = SamplerKind.Heun;

    /// <summary>Network evaluations per missing modality that may be spent; the step count follows from it.</summary>
    [Range(1, 100_000)]
    public int Nfe { get; init; } = 60;

    /// <summary>How the times between are spaced; flow samplers take even steps whatever it says.</summary>
    public GridKind Grid { get; init; } = GridKind.Uniform;

    /// <summary>DDIM's stochasticity, 0 (deterministic) to 1 (ancestral).</summary>
    [Range(0, 1)]
    public double Eta { get; init; }

    /// <summary>Heun's S_churn, at least 0; 0 is the deterministic form.</summary>
    [Range(0, 1000)]
    public double Churn { get; init; }

    /// <summary>Langevin steps after each predictor step.</summary>
    [Range(1, 10)]
    public int CorrectorSteps { get; init; } = 1;

    /// <summary>Signal-to-noise ratio r of the Langevin steps (Song et al. 2021, algorithm 4).</summary>
    [Range(1e-4, 1)]
    public double SignalToNoise { get; init; } = 0.16;

    /// <summary>Whether the sampler follows a velocity (objective flow) and not a score.</summary>
    internal bool IsFlow => Kind is SamplerKind.FlowEuler or SamplerKind.FlowMidpoint or SamplerKind.FlowHeun;

    /// <summary>Refuses a sampler that follows what the networks do not answer.</summary>
    internal void CheckFits(Objective objective)
    {
        if (IsFlow != (objective == Objective.Flow))
        {
            throw new InputException("sampler", "kind", $"is {OptionNames.Of(Kind)}, which follows a {(IsFlow ? "velocity" : "score")}, but the networks " +
                $"were trained with objective {OptionNames.Of(objective)}; choose {(IsFlow ? "another than the flow samplers" : "flow-euler, flow-midpoint or flow-heun")}.");
        }
    }
}
