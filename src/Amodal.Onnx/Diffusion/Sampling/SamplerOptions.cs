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

    /// <summary>
    /// Weight w of guidance, at least 0; 0 guides nothing. Classifier-free, what is followed is (1 + w) s(x, t | observed) - w s(x, t), the score
    /// or the velocity, and every step costs twice the evaluations, out of the same budget. By a classifier it is the score plus w times the
    /// gradient of log p(label | x, t).
    /// </summary>
    [Range(0, 100)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // what is not guided is what it was before there was this
    public double Guidance { get; init; }

    /// <summary>What guides, where the weight is over 0. A classifier is trained for it, in stages of its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public GuidanceKind GuidedBy { get; init; }

    /// <summary>Whether the sampler follows a velocity (objective flow) and not a score.</summary>
    internal bool IsFlow => Kind is SamplerKind.FlowEuler or SamplerKind.FlowMidpoint or SamplerKind.FlowHeun;

    /// <summary>Whether the networks are asked without conditions, too.</summary>
    internal bool IsClassifierFree => Guidance > 0 && GuidedBy == GuidanceKind.ClassifierFree;

    /// <summary>Whether classifiers of noisy latents are asked for their gradient.</summary>
    internal bool IsGuidedByClassifier => Guidance > 0 && GuidedBy == GuidanceKind.Classifier;

    /// <summary>Network evaluations that the score of a step takes.</summary>
    internal int EvaluationsPerScore => IsClassifierFree ? 2 : 1;

    /// <summary>Refuses a sampler that follows what the networks do not answer.</summary>
    /// <param name="emptyConditionRate">The share of training samples in which they saw nothing observed.</param>
    /// <param name="hasClassifiers">Whether classifiers of noisy latents are there.</param>
    internal void CheckFits(Objective objective, Recovery recovery, double emptyConditionRate, bool hasClassifiers = false)
    {
        if (IsFlow != (objective == Objective.Flow))
        {
            throw new InputException("sampler", "kind", $"is {OptionNames.Of(Kind)}, which follows a {(IsFlow ? "velocity" : "score")}, but the networks " +
                $"were trained with objective {OptionNames.Of(objective)}; choose {(IsFlow ? "another than the flow samplers" : "flow-euler, flow-midpoint or flow-heun")}.");
        }

        if (Guidance > 0 && recovery == Recovery.Joint)
        {
            throw new InputException("sampler", "guidance", "guides one modality at a time, but the networks were trained to recover all missing ones together; leave it out.");
        }

        if (IsGuidedByClassifier && !hasClassifiers)
        {
            throw new InputException("sampler", "guidedBy", "is classifier, and there is none: it is trained where an experiment says so; leave it out, or train with sampler.guidedBy classifier.");
        }

        if (IsClassifierFree && emptyConditionRate == 0)
        {
            throw new InputException("sampler", "guidance",
                "needs networks that learned to recover from nothing, too; leave it out, or train with score.emptyConditionRate over 0, such as 0.1.");
        }
    }
}
