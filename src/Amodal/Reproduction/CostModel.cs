using Amodal.Alignment;
using Amodal.Diffusion;
using Amodal.Diffusion.Distillation;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Latents;
using Amodal.Methods.Baselines;
using Amodal.Methods.Imder;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Training;

namespace Amodal.Reproduction;

/// <summary>
/// Estimates what tables cost: operations of every stage and evaluation at the most epochs, divided by the rate that a
/// short measurement of the score network gives. A training step counts as three forward passes. It is no bound: training
/// stops early, and what is not a network's is not counted.
/// </summary>
/// <param name="data">The data.</param>
public sealed class CostModel(DataShape data)
{
    private const double StepPerForward = 3;
    private const int LeastValidSamples = 512; // a small split is passed over several times
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
        trainings = plan.Table.Kind == TableKind.Figure ? 1 : trainings; // a figure is of the first run
        for (var i = 0; i < runs.Count; i++)
        {
            var shared = PlanCount.Shared(runs, i);
            var method = runs[i].Method == MethodKind.Imder ? Imder(runs[i].Imder) : ScoreStages(runs[i], shared) + Stage2(runs[i]);
            Add(runs[i], (shared.Contains("classifier") ? 0 : Classifiers(runs[i])) + method);
        }

        foreach (var row in plan.Rows.Where(r => r.Run is not null && runs.Count > 0).DistinctBy(r => (r.Run, r.Sampler)))
        {
            Add(row.Run!, Use(plan.Table, row));
        }

        seconds += plan.Table.Kind == TableKind.Figure ? plan.Rows.Count * SecondsPerEmbedding : 0;
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

    /// <summary>Stage 1b, reflow and the students, less what another run has trained just so.</summary>
    private double ScoreStages(ExperimentOptions run, IReadOnlyList<string> shared)
    {
        if (run.Recovery == Recovery.None)
        {
            return 0;
        }

        var step = Score(run).Step;
        var epochs = run.Score.Epochs * ((StepPerForward * data.Train) + Math.Max(data.Valid, LeastValidSamples)) * step;
        var reflow = run.Score.Reflow * (epochs + (((data.Train * run.Score.ReflowPairs) + data.Valid) * run.Score.ReflowNfe * step));
        return (shared.Contains("score") ? 0 : epochs) + (shared.Contains("reflow") ? 0 : reflow)
            + DistillationRounds.Of(run.Distillation).Where(r => !shared.Contains(r.Stage)).Sum(r => Distillation(run, r.Steps));
    }

    /// <summary>
    /// A round: the student's step, and what it is held against, which is two evaluations of the teacher or, in consistency
    /// distillation, one of the teacher and one of the student; the teacher of later rounds is a student. Validation samples from both.
    /// </summary>
    private double Distillation(ExperimentOptions run, int steps)
    {
        var options = run.Distillation;
        var (student, teacher) = (Student(run).Step, Score(run).Step);
        var isFirst = steps == DistillationRounds.Of(options)[0].Steps;
        var target = options.Method == DistillationMethod.Progressive ? 2 * (isFirst ? teacher : student) : teacher + student;
        var valid = Math.Min(data.Valid, LeastValidSamples);
        return (options.Epochs * ((data.Train * ((StepPerForward * student) + target)) + (valid * steps * student))) + (valid * options.TeacherSteps * teacher);
    }

    private double Stage2(ExperimentOptions run)
    {
        var sets = (1 << Count) - 2;
        var drawn = run.Stage2.SetsPerUtterance is > 0 and var p ? Math.Min(p, sets) : sets;
        var refreshes = run.Stage2.RefreshEvery == 0 ? 1 : Math.Ceiling(run.Stage2.Epochs / (double)run.Stage2.RefreshEvery);
        var recovered = ((double)drawn / sets * data.Train * refreshes) + data.Valid;
        var step = Fusion(run) + (run.Alignment.Enabled ? Count / 2.0 * Decoder(run) : 0);
        return (recovered * Recoveries(run, RunMethod.Sampler(run))) + (run.Stage2.Epochs * (StepPerForward * data.Train + (sets * data.Valid)) * step);
    }

    /// <summary>What is done with a trained row.</summary>
    private double Use(TableOptions table, PlannedRow row) => table.Kind switch
    {
        TableKind.Figure => Math.Min(new LatentFigureOptions().Utterances, data.Test) * RecoveryOf(row.Run!, row.Sampler!,
            ModalitySet.Of(new ModalityRoles([.. data.Modalities.Select(m => m.Name)]).Of(table.Observed) ?? 0)),
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
        var sampled = nfe * ((score.OfOne * 2) + (score.Step / Count)) / 4;
        return Math.Min(options.Training.Epochs, 3 * options.Training.Patience) * ((data.Train * (sampled + (StepPerForward * score.Step))) + (data.Valid * sampled));
    }

    /// <summary>Operations to recover everything that is missing in every incomplete observed set of one utterance.</summary>
    private double Recoveries(ExperimentOptions run, SamplerOptions sampler) => Patterns.Incomplete(Count).Sum(observed => RecoveryOf(run, sampler, observed));

    private double RecoveryOf(ExperimentOptions run, SamplerOptions sampler, ModalitySet observed)
    {
        if (run.Recovery == Recovery.None)
        {
            return 0;
        }

        var isImder = run.Method == MethodKind.Imder;
        return RecoveryFlops.Count(Count, observed, isImder ? Recovery.Separate : run.Recovery, isImder ? Conditioning.Independent : run.Conditioning,
            SamplingPlan.Create(sampler).Nfe, (isImder ? Score(run.Imder) : Student(run)).Of);
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

    /// <summary>The networks that recover: the students where there are some.</summary>
    private ScoreCost Student(ExperimentOptions run) => run.Distillation.IsEnabled ? Score(run.Distillation.Backbone, run.Latents) : Score(run);

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
