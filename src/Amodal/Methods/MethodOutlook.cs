namespace Amodal.Methods;

/// <summary>What can be said of a method before it is trained.</summary>
/// <param name="Sampler">The sampler that a run of it is configured with; null where nothing is sampled.</param>
internal sealed record MethodOutlook(
    Func<ExperimentOptions, SamplerOptions?> Sampler, Func<ExperimentOptions, SamplerOptions, ExperimentOptions> With, Func<ExperimentOptions, CostBasis, MethodCost> Cost)
{
    /// <summary>Of a method that samples nothing and costs next to nothing beside its baselines.</summary>
    public static MethodOutlook None { get; } = new(
        _ => null, (run, _) => run, (run, basis) => new MethodCost(new Dictionary<string, double>(), (_, _) => 0, 0, basis.Score(run.Backbone, run.Latents).Rate));

    /// <summary>A run's settings without what it trains beside itself for comparison.</summary>
    public Func<ExperimentOptions, ExperimentOptions> Alone { get; init; } = run => run;

    /// <summary>Why a run cannot be trained on data of these modalities; null where it can.</summary>
    public Func<ExperimentOptions, IReadOnlyList<Modality>, string?> Misfit { get; init; } = (_, _) => null;
}

/// <summary>What a method costs, in floating-point operations; an estimate for its most epochs.</summary>
/// <param name="Stages">Of its own stages, by name; what is small beside the others may be left out.</param>
/// <param name="Recovery">To recover what is missing of one utterance from an observed set.</param>
/// <param name="Rate">Operations per second that this machine does in its networks, measured.</param>
internal sealed record MethodCost(IReadOnlyDictionary<string, double> Stages, Func<SamplerOptions, ModalitySet, double> Recovery, double Answer, double Rate);
