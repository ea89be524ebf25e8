namespace Amodal.Methods.TwoStage;

/// <summary>What can be said of the two-stage method before it is trained.</summary>
internal static class TwoStageOutlook
{
    private const int LeastValidSamples = 512; // a small split is passed over several times

    public static MethodOutlook Of { get; } = new(Sampler, (run, sampler) => run with { Sampler = sampler }, Cost) { Misfit = Misfit };

    private static SamplerOptions Sampler(ExperimentOptions run) => run.Distillation.IsEnabled ? run.Distillation.SamplerOf(run.Objective) : run.Sampler;

    private static string? Misfit(ExperimentOptions run, IReadOnlyList<Modality> modalities) =>
        run.Conditioning == Conditioning.Shared && run.Recovery != Recovery.None && modalities.Select(m => m.Length).Distinct().Count() > 1
            ? "shared conditioning gives target and condition the same noise, and needs modalities of one length" : null;

    private static MethodCost Cost(ExperimentOptions run, CostBasis basis)
    {
        var score = basis.Score(run.Backbone, run.Latents);
        var student = run.Distillation.IsEnabled ? basis.Score(run.Distillation.Backbone, run.Latents) : score;
        var answer = basis.Fusion(run) + (run.Alignment.Enabled ? basis.Count / 2.0 * basis.Shapes(run.Latents).Average(s => Decoder(run.Alignment, s)) : 0);
        var stages = run.Recovery == Recovery.None ? [] : ScoreStages(run, basis, score, student);
        stages["recovery"] = Stage2();
        return new MethodCost(stages, RecoveryOf, answer, score.Rate);

        double RecoveryOf(SamplerOptions sampler, ModalitySet observed) => run.Recovery == Recovery.None ? 0
            : RecoveryFlops.Count(basis.Count, observed, run.Recovery, run.Conditioning, sampler, (m, given) => student.Of(m, given) is var cost && sampler.IsGuidedByClassifier
                ? (cost.Evaluation + ClassifierGuide.CountFlops(basis.Shapes(run.Latents)[m], run), cost.Preparation) : cost);

        double Stage2()
        {
            var (options, data, sets) = (run.Stage2, basis.Data, (1 << basis.Count) - 2);
            var drawn = options.SetsPerUtterance is > 0 and var p ? Math.Min(p, sets) : sets;
            var refreshes = options.RefreshEvery == 0 ? 1 : Math.Ceiling(options.Epochs / (double)options.RefreshEvery);
            var recovered = ((double)drawn / sets * data.Train * refreshes) + data.Valid;
            return (recovered * Patterns.Incomplete(basis.Count).Sum(o => RecoveryOf(Sampler(run), o)))
                + (options.Epochs * ((CostBasis.StepPerForward * data.Train) + (sets * data.Valid)) * answer);
        }
    }

    private static Dictionary<string, double> ScoreStages(ExperimentOptions run, CostBasis basis, ScoreCost score, ScoreCost student)
    {
        var data = basis.Data;
        var epochs = run.Score.Epochs * ((CostBasis.StepPerForward * data.Train) + Math.Max(data.Valid, LeastValidSamples)) * score.Step;
        var pairs = ((data.Train * run.Score.ReflowPairs) + data.Valid) * run.Score.ReflowNfe * score.Step;
        var stages = DistillationRounds.Of(run.Distillation).ToDictionary(r => r.Stage, r => Distillation(run.Distillation, r.Steps, data, student.Step, score.Step));
        stages["guide-label"] = run.Sampler.IsGuidedByClassifier
            ? run.Classifier.Epochs * ((CostBasis.StepPerForward * data.Train) + (((1 << basis.Count) - 2) * data.Valid)) * basis.Fusion(run) : 0;
        (stages["score"], stages["reflow"]) = (epochs, run.Score.Reflow ? epochs + pairs : 0);
        return stages;
    }

    /// <summary>
    /// A round: the student's step, and what it is held against, which is two evaluations of the teacher or, in consistency
    /// distillation, one of the teacher and one of the student; the teacher of later rounds is a student. Validation samples from both.
    /// </summary>
    private static double Distillation(DistillationOptions options, int steps, DataShape data, double student, double teacher)
    {
        var isFirst = steps == DistillationRounds.Of(options)[0].Steps;
        var target = options.Method == DistillationMethod.Progressive ? 2 * (isFirst ? teacher : student) : teacher + student;
        var valid = Math.Min(data.Valid, LeastValidSamples);
        return (options.Epochs * ((data.Train * ((CostBasis.StepPerForward * student) + target)) + (valid * steps * student))) + (valid * options.TeacherSteps * teacher);
    }

    private static double Decoder(AlignmentOptions options, LatentShape shape) =>
        (2 * FlopCount.Linear(shape.Length, shape.Channels, options.Channels)) + (((2 * options.Blocks) + 1) * FlopCount.Linear(shape.Length, 3 * options.Channels, options.Channels));
}
