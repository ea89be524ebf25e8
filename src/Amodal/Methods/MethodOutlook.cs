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

/// <summary>What the estimates of all methods start from: the shape of the data, and what networks cost on it. A training step counts as three forward passes.</summary>
internal sealed class CostBasis(DataShape data)
{
    /// <summary>Forward passes that a training step costs.</summary>
    public const double StepPerForward = 3;

    private readonly Dictionary<(BackboneOptions, LatentOptions), ScoreCost> _scores = [];

    public DataShape Data => data;

    /// <summary>How many modalities there are.</summary>
    public int Count => data.Modalities.Count;

    /// <summary>Score networks, measured once.</summary>
    public ScoreCost Score(BackboneOptions backbone, LatentOptions latents) =>
        _scores.TryGetValue((backbone, latents), out var cost) ? cost : _scores[(backbone, latents)] = ScoreCost.Measure(backbone, Shapes(latents));

    /// <summary>The latents of every modality.</summary>
    public IReadOnlyList<LatentShape> Shapes(LatentOptions latents) =>
        [.. data.Modalities.Select(m => new LatentShape(latents.Channels, m.Length - Math.Min(latents.Kernel, m.Length) + 1))];

    /// <summary>A pass through the fusion network.</summary>
    public double Fusion(ExperimentOptions run)
    {
        var (shapes, width) = (Shapes(run.Latents), run.Latents.Channels);
        var crossings = shapes.SelectMany((q, i) => shapes.Where((_, j) => j != i).Select(s => Layer(q.Length, s.Length, width))).Sum();
        var memories = shapes.Sum(s => Layer(s.Length, s.Length, width * (Count - 1)));
        return run.Fusion.Layers * (crossings + memories);

        static double Layer(long queries, long keys, long width) =>
            (2 * FlopCount.Linear(queries, width, width)) + FlopCount.Linear(keys, width, 2 * width) + FlopCount.Attention(queries, keys, width)
            + (2 * FlopCount.Linear(queries, width, 4 * width));
    }

    /// <summary>The stages of the baselines: two classifiers, and one that sees a single modality.</summary>
    public IReadOnlyDictionary<string, double> Baselines(ExperimentOptions run)
    {
        var one = run.Classifier.Epochs * ((StepPerForward * data.Train) + data.Valid) * Fusion(run);
        return MethodTraining.BaselineStages.Index().ToDictionary(s => s.Item, s => s.Index < 2 ? one : one / Count);
    }
}
