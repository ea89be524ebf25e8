using Amodal.Alignment;
using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Training;
using Amodal.Training.Imder;

namespace Amodal.Reproduction;

/// <summary>
/// Estimates what tables cost: operations of every stage and evaluation at the most epochs, divided by the rate that a
/// short measurement of the score network gives. A training step counts as three forward passes.
/// </summary>
/// <param name="data">The data.</param>
public sealed class CostModel(DataShape data)
{
    private const double StepPerForward = 3;
    private const double SecondsPerEmbedding = 10; // t-SNE of a panel of 500 utterances on a core
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
            var method = runs[i].Method == MethodKind.Imder ? Imder(runs[i].Imder) : (shared.Contains("score") ? 0 : Scores(runs[i])) + Stage2(runs[i]);
            Add(runs[i], (shared.Contains("classifier") ? 0 : Classifiers(runs[i])) + method);
        }

        foreach (var row in plan.Rows.Where(r => r.Run is not null && runs.Count > 0).DistinctBy(r => (r.Run, r.Sampler)))
        {
            Add(row.Run!, Use(plan.Table.Kind, row));
        }

        seconds += plan.Table.Kind == TableKind.Figure ? plan.Rows.Count * SecondsPerEmbedding / trainings : 0; // of the first run only
        return new CostEstimate(flops * trainings, TimeSpan.FromSeconds(seconds * trainings));

        void Add(ExperimentOptions run, double more)
        {
            flops += more;
            seconds += more / (run.Method == MethodKind.Imder ? Score(run.Imder) : Score(run)).Rate;
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

    /// <summary>What is done with a trained row.</summary>
    private double Use(TableKind kind, PlannedRow row) => kind switch
    {
        TableKind.Figure => Math.Min(new LatentFigureOptions().Utterances, data.Test) * SamplingPlan.Create(row.Sampler!).Nfe * (Count - 1) * Score(row.Run!).Flops,
        TableKind.Latents => Evaluation(row.Run!, row.Sampler!) + (Math.Min(LatentStudy.MostUtterances, data.Test) * Recoveries(row.Run!, row.Sampler!)),
        _ => Evaluation(row.Run!, row.Sampler!),
    };

    private double Evaluation(ExperimentOptions run, SamplerOptions sampler) =>
        data.Test * (Recoveries(run, sampler) + (((1 << Count) - 1) * (Fusion(run) + (run.Alignment.Enabled ? Count / 2.0 * Decoder(run) : 0))));

    /// <summary>
    /// IMDer, end to end: at its nominal rate of 0.3 half of an epoch misses one or two modalities, which are sampled in
    /// every step; then come the score losses and the fusion, which are small beside it. Its epochs have no limit as
    /// published; those of three times its patience are counted.
    /// </summary>
    private double Imder(ImderExperimentOptions options)
    {
        var score = Score(options);
        var nfe = options.Training.Nfe > 0 ? options.Training.Nfe : options.Sampler.Nfe;
        var sampled = nfe * ((score.Flops * 2) + score.FlopsOfTwo) / 4;
        return Math.Min(options.Training.Epochs, 3 * options.Training.Patience) * ((data.Train * (sampled + (StepPerForward * Count * score.FlopsOfTwo))) + (data.Valid * sampled));
    }

    /// <summary>Operations to recover everything that is missing in every incomplete observed set of one utterance.</summary>
    private double Recoveries(ExperimentOptions run, SamplerOptions sampler)
    {
        if (run.Recovery == Recovery.None)
        {
            return 0;
        }

        var score = run.Method == MethodKind.Imder ? Score(run.Imder) : Score(run);
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

    private ScoreCost Score(ExperimentOptions run) => Score(run.Backbone, run.Latents);

    /// <summary>IMDer's network is the U-Net, eight times as wide at its deepest level as its latents have channels.</summary>
    private ScoreCost Score(ImderExperimentOptions options) => Score(
        BackboneOptions.Thesis(BackboneKind.Unet) with { Width = 8 * options.Network.Channels, Heads = options.Network.Heads, TimeWidth = options.Network.TimeWidth },
        new LatentOptions { Channels = options.Network.Channels, Kernel = options.Network.Kernel });

    private ScoreCost Score(BackboneOptions backbone, LatentOptions latents) =>
        _scores.TryGetValue((backbone, latents), out var cost) ? cost : _scores[(backbone, latents)] = ScoreCost.Measure(backbone, Shapes(latents));

    private List<LatentShape> Shapes(ExperimentOptions run) => Shapes(run.Latents);

    private List<LatentShape> Shapes(LatentOptions latents) =>
        [.. data.Modalities.Select(m => new LatentShape(latents.Channels, m.Length - Math.Min(latents.Kernel, m.Length) + 1))];
}
