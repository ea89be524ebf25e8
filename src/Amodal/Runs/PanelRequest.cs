namespace Amodal.Runs;

/// <summary>One panel to be made.</summary>
internal sealed record PanelRequest(string Label, SamplerOptions Sampler, bool Aligned)
{
    /// <summary>A panel named after its sampler: "DDIM, 30 NFE".</summary>
    public static PanelRequest Of(SamplerOptions sampler, bool aligned, bool tellsAligned = false)
    {
        var name = sampler.Kind switch
        {
            SamplerKind.EulerMaruyama => "Euler-Maruyama",
            SamplerKind.PredictorCorrector => "Predictor-corrector",
            SamplerKind.ProbabilityFlow => "Probability flow",
            SamplerKind.Ddim => "DDIM",
            SamplerKind.FlowEuler or SamplerKind.FlowMidpoint or SamplerKind.FlowHeun => $"Flow, {sampler.Kind.ToString()[4..]}",
            _ => sampler.Kind.ToString(),
        };
        return new PanelRequest($"{name}, {sampler.Nfe} NFE{(tellsAligned ? aligned ? ", aligned" : ", not aligned" : "")}", sampler, aligned);
    }

    /// <summary>
    /// The samplers and budgets that are worth a panel each for a run: the thesis's for scores, the flow samplers for velocities, and
    /// for a student only what it was distilled for.
    /// </summary>
    /// <param name="model">The run's networks.</param>
    public static IReadOnlyList<(SamplerKind Kind, int Nfe)> SamplersFor(IRecoveryModel model)
    {
        var own = (model.Sampler.Kind, model.Sampler.Nfe);
        return model.IsDistilled ? [own]
            : model.Objective == Objective.Flow ? [own, .. _flowSamplers.Where(s => s != own)]
            : ThesisSamplers;
    }

    private static readonly (SamplerKind Kind, int Nfe)[] _flowSamplers =
    [
        (SamplerKind.FlowEuler, 20), (SamplerKind.FlowEuler, 8), (SamplerKind.FlowEuler, 4), (SamplerKind.FlowEuler, 1),
        (SamplerKind.FlowMidpoint, 8), (SamplerKind.FlowMidpoint, 4), (SamplerKind.FlowHeun, 8), (SamplerKind.FlowHeun, 4),
    ];

    /// <summary>The samplers and budgets of the thesis's figures 6.2 to 6.4, in their order.</summary>
    public static IReadOnlyList<(SamplerKind Kind, int Nfe)> ThesisSamplers { get; } =
    [
        (SamplerKind.EulerMaruyama, 100), (SamplerKind.EulerMaruyama, 80), (SamplerKind.EulerMaruyama, 50),
        (SamplerKind.PredictorCorrector, 100), (SamplerKind.PredictorCorrector, 80), (SamplerKind.PredictorCorrector, 60),
        (SamplerKind.Heun, 80), (SamplerKind.Heun, 60), (SamplerKind.Heun, 40),
        (SamplerKind.Ddim, 30), (SamplerKind.Ddim, 20), (SamplerKind.Ddim, 10),
    ];
}
