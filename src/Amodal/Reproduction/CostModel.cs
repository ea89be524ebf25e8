using Amodal.Alignment;
using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Training;

namespace Amodal.Reproduction;

/// <summary>
/// Estimates what tables cost: operations of every stage and evaluation at the most epochs, divided by the rate that a
/// short measurement of the score network gives. A training step counts as three forward passes.
/// </summary>
/// <param name="data">The data.</param>
public sealed class CostModel(DataShape data)
{
    private const double StepPerForward = 3;
    private readonly Dictionary<(BackboneOptions, LatentOptions), ScoreCost> _scores = [];

    /// <summary>The estimate for a table of which nothing is there yet.</summary>
    /// <param name="plan">The table.</param>
    /// <param name="trainings">Data files times training seeds.</param>
    public CostEstimate Of(TablePlan plan, int trainings = 1)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var (flops, seconds) = (0.0, 0.0);
        var runs = plan.Runs;
        for (var i = 0; i < runs.Count; i++)
        {
            var shared = PlanCount.Shared(runs, i);
            Add(runs[i], (shared.Contains("classifier") ? 0 : Classifiers(runs[i])) + (shared.Contains("score") ? 0 : Scores(runs[i])) + Stage2(runs[i]));
        }

        foreach (var row in plan.Rows.Where(r => r.Run is not null && runs.Count > 0).DistinctBy(r => (r.Run, r.Sampler)))
        {
            Add(row.Run!, Evaluation(row.Run!, row.Sampler!));
        }

        return new CostEstimate(flops * trainings, TimeSpan.FromSeconds(seconds * trainings));

        void Add(ExperimentOptions run, double more)
        {
            flops += more;
            seconds += more / Score(run).Rate;
        }
    }

    private int Count => data.Modalities.Count;

    /// <summary>The classifier and its two rivals; the one that sees a single modality is counted as a third.</summary>
    private double Classifiers(ExperimentOptions run) =>
        run.Classifier.Epochs * (StepPerForward * data.Train + data.Valid) * Fusion(run) * (2 + (1.0 / Count));

    private double Scores(ExperimentOptions run)
    {
        if (run.Recovery == Recovery.None)
        {
            return 0;
        }

        var score = Score(run);
        var forward = Count * (score.Flops + score.FlopsOfTwo) / 2;
        return run.Score.Epochs * (StepPerForward * data.Train + Math.Max(data.Valid, 512)) * forward;
    }

    private double Stage2(ExperimentOptions run)
    {
        var sets = (1 << Count) - 2;
        var drawn = run.Stage2.PatternsPerUtterance is > 0 and var p ? Math.Min(p, sets) : sets;
        var refreshes = run.Stage2.RefreshEvery == 0 ? 1 : Math.Ceiling(run.Stage2.Epochs / (double)run.Stage2.RefreshEvery);
        var recovered = ((double)drawn / sets * data.Train * refreshes) + data.Valid;
        var step = Fusion(run) + (run.Alignment.Enabled ? Count / 2.0 * Decoder(run) : 0);
        return (recovered * Recoveries(run, run.Sampler)) + (run.Stage2.Epochs * (StepPerForward * data.Train + ((sets + 1) * data.Valid)) * step);
    }

    private double Evaluation(ExperimentOptions run, SamplerOptions sampler) =>
        data.Test * (Recoveries(run, sampler) + (((1 << Count) - 1) * (Fusion(run) + (run.Alignment.Enabled ? Count / 2.0 * Decoder(run) : 0))));

    /// <summary>Operations to recover everything that is missing in every incomplete observed set of one utterance.</summary>
    private double Recoveries(ExperimentOptions run, SamplerOptions sampler)
    {
        if (run.Recovery == Recovery.None)
        {
            return 0;
        }

        var score = Score(run);
        return SamplingPlan.Create(sampler).Nfe * Patterns.Incomplete(Count).Sum(o => (Count - o.Count) * (o.Count == 1 ? score.Flops : score.FlopsOfTwo));
    }

    private double Fusion(ExperimentOptions run)
    {
        var shapes = Shapes(run);
        var width = run.Latents.Channels;
        var crossings = shapes.SelectMany((q, i) => shapes.Where((_, j) => j != i).Select(s => Layer(q.Length, s.Length, width))).Sum();
        var memories = shapes.Sum(s => Layer(s.Length, s.Length, width * (Count - 1)));
        return run.Fusion.Layers * (crossings + memories);

        static double Layer(long queries, long keys, long width) =>
            (2 * FlopCount.Linear(queries, width, width)) + FlopCount.Linear(keys, width, 2 * width) + FlopCount.Attention(queries, keys, width)
            + (2 * FlopCount.Linear(queries, width, 4 * width));
    }

    private double Decoder(ExperimentOptions run) => Shapes(run).Average(s => Decoder(run.Alignment, s));

    private static double Decoder(AlignmentOptions options, LatentShape shape) =>
        (2 * FlopCount.Linear(shape.Length, shape.Channels, options.Channels)) + (((2 * options.Blocks) + 1) * FlopCount.Linear(shape.Length, 3 * options.Channels, options.Channels));

    private ScoreCost Score(ExperimentOptions run)
    {
        var key = (run.Backbone, run.Latents);
        return _scores.TryGetValue(key, out var cost) ? cost : _scores[key] = ScoreCost.Measure(run.Backbone, Shapes(run));
    }

    private List<LatentShape> Shapes(ExperimentOptions run) =>
        [.. data.Modalities.Select(m => new LatentShape(run.Latents.Channels, m.Length - Math.Min(run.Latents.Kernel, m.Length) + 1))];
}
