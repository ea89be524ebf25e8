namespace Amodal.Methods;

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
