using Amodal.Data;
using Amodal.Diffusion.Networks;
using Amodal.Experiments;
using Amodal.Latents;
using Amodal.Methods;
using Amodal.Randomness;
using Amodal.Runs;
using Amodal.Tests.Training;

namespace Amodal.Tests.Experiments;

public class CostModelTests
{
    private static readonly DataShape _data = new([new("text", 6, 2), new("audio", 6, 2), new("vision", 6, 2)], Train: 100, Valid: 20, Test: 50);

    [Fact]
    public void A_method_that_samples_nothing_costs_what_its_baselines_do()
    {
        // Their networks at the rate that a short measurement gives: minutes, and no matter of ages.
        var cost = new CostModel(_data).Of(Plan.Load("recovery-pays"));
        Assert.InRange(cost.Duration, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(30));
    }

    [Fact]
    public void Stages_whose_operations_are_not_counted_are_tried_where_there_are_data()
    {
        // Every stage of each method but the classifiers that all share, an epoch of each.
        using var tiny = new TinyRun(TinyRun.TinyOptions, TinyRun.Even);
        var plan = Plan.Compare(["ridge-fill", "mmin"], Protocols.Fixed, null, overrides: ["classifier.epochs=10"]);
        foreach (var run in plan.Runs)
        {
            var seconds = StageTrial.Seconds(run, tiny.Data, default);
            Assert.Equal(StageKeys.Of(run).Keys.Except(MethodTraining.BaselineStages), seconds.Keys.Except([MethodTraining.Statistics]));
            Assert.All(seconds.Values, s => Assert.InRange(s, 1e-9, 1e5));
        }

        var shape = DataShape.Of(tiny.Data);
        var (with, without) = (new CostModel(shape, tiny.Data), new CostModel(shape));
        Assert.Equal(with.Of(plan).Flops, without.Of(plan).Flops); // they are seconds, not operations
        Assert.Equal(2, with.Of(plan, trainings: 2).Duration / with.Of(plan).Duration, 1e-3); // tried once

        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => new CostModel(shape, tiny.Data, stop.Token).Of(plan));
    }

    [Fact]
    public void Evaluation_costs_a_pass_for_every_missing_modality_of_every_set_and_step()
    {
        var shapes = Enumerable.Repeat(new LatentShape(32, 4), 3).ToArray();
        using var network = BackboneFactory.Create(Plan.Parse("t", Grid("ddim", 10)).Runs[0].Backbone, shapes, 0, new StableRandom(0));
        // Three sets lack two modalities, which one other tells of; three lack one, which two tell of. What conditions cost once is in both.
        var perStep = (3 * 2 * Step([1])) + (3 * Step([1, 2]));
        long Step(int[] given) => network.CountFlops(given) - network.CountPreparationFlops(given);
        Assert.Equal(10.0 * 50 * perStep, Flops(Grid("ddim", 20)) - Flops(Grid("ddim", 10)), tolerance: 1);
        // Ten predictor-corrector steps of two evaluations each.
        Assert.Equal(0, Flops(Grid("predictor-corrector", 20)) - Flops(Grid("ddim", 20)), tolerance: 1);
    }

    [Fact]
    public void Every_target_is_counted_with_its_own_shape()
    {
        // Of 2, 6 and 20 steps: what the first target costs says nothing of the others.
        var uneven = new DataShape([new("text", 2, 2), new("audio", 6, 2), new("vision", 20, 2)], Train: 100, Valid: 20, Test: 50);
        var plan = Plan.Parse("t", Grid("ddim", 10));
        LatentShape[] shapes = [new(32, 1), new(32, 4), new(32, 18)];
        var perStep = 0L;
        for (var target = 0; target < 3; target++)
        {
            using var network = BackboneFactory.Create(plan.Runs[0].Backbone, shapes, target, new StableRandom(0));
            int[] others = [.. Enumerable.Range(0, 3).Where(m => m != target)];
            // Each of the others alone, where two are missing, and both, where the target alone is.
            foreach (var given in new[] { [others[0]], [others[1]], others })
            {
                perStep += network.CountFlops(given) - network.CountPreparationFlops(given);
            }
        }

        var model = new CostModel(uneven);
        var more = model.Of(Plan.Parse("t", Grid("ddim", 20))).Flops - model.Of(plan).Flops;
        Assert.Equal(10.0 * 50 * perStep, more, tolerance: 1e-6 * more);
    }

    [Fact]
    public void Reflow_and_students_are_counted()
    {
        const string Student = ", evaluations: 1, teacherSteps: 4, backbone: { width: 16, blocks: 1 } }";
        var run = Plan.Parse("t", Flow("", "distillation: { method: consistency, epochs: 10" + Student)).Runs[0];
        var (teacher, student) = (Step(run.Backbone), Step(run.Distillation.Backbone));
        // Reflow trains the networks once more, on pairs that they sample: four of each utterance, and one for validation.
        var reflow = Flops(Flow(", reflow: true, reflowPairs: 4, reflowNfe: 10")) - Flops(Flow(""));
        Assert.Equal(teacher * ((30 * ((3 * 100) + 512)) + (((100 * 4) + 20) * 10)), reflow, 1e-6 * reflow);
        // An epoch of consistency: the student's step, an evaluation of each; 20 utterances are validated in one step.
        var consistency = Epochs("consistency");
        Assert.Equal(10 * ((100 * ((3 * student) + teacher + student)) + (20 * student)), consistency, 1e-6 * consistency);
        // From four steps to two, and from two to one: the second round's teacher is the first one's student.
        var progressive = Epochs("progressive");
        Assert.Equal(10 * ((100 * (2 * 3 * student)) + (100 * 2 * (teacher + student)) + (20 * (2 + 1) * student)), progressive, 1e-6 * progressive);

        static double Epochs(string method) => Flops(Flow("", $"distillation: {{ method: {method}, epochs: 20{Student}")) - Flops(Flow("", $"distillation: {{ method: {method}, epochs: 10{Student}"));
    }

    /// <summary>One evaluation of all three networks, given the two others.</summary>
    private static double Step(BackboneOptions options)
    {
        var shapes = Enumerable.Repeat(new LatentShape(32, 4), 3).ToArray();
        using var network = BackboneFactory.Create(options, shapes, 0, new StableRandom(0));
        return 3.0 * network.CountFlops([1, 2]);
    }

    private static string Flow(string score, string more = "") => $$"""
        base: cpu-speed
        settings:
          backbone: { width: 16, blocks: 1 }
          objective: flow
          sampler: { kind: flow-euler, nfe: 4 }
          score: { epochs: 30{{score}} }
          {{more}}
        rows:
          one:

        """;

    [Fact]
    public void A_figure_is_of_one_training()
    {
        var figure = Plan.Parse("t", "kind: figure\n" + Grid("ddim", 10));
        Assert.Equal(new CostModel(_data).Of(figure).Flops, new CostModel(_data).Of(figure, trainings: 5).Flops);
    }

    [Fact]
    public void What_is_shared_costs_once_and_repeated_trainings_cost_again()
    {
        var one = new CostModel(_data).Of(Plan.Parse("t", Grid("ddim", 10)));
        var more = new CostModel(_data).Of(Plan.Parse("t", Grid("ddim", 10) + "  again: { sampler: { kind: ddim, nfe: 10 } }\n  other: { settings: { alignment: { enabled: false } }, sampler: { kind: ddim, nfe: 10 } }\n"));
        Assert.True(more.Flops > one.Flops);
        // Stages 1a and 1b serve both runs.
        var other = Flops(Grid("ddim", 10).Replace("settings: {", "settings: { alignment: { enabled: false },", StringComparison.Ordinal));
        var run = Plan.Parse("t", Grid("ddim", 10)).Runs[0];
        var classifiers = Classifiers(_data, run.Classifier.Epochs);
        var scores = run.Score.Epochs * ((3 * 100) + 512) * Step(run.Backbone);
        Assert.Equal(classifiers + scores, one.Flops + other - more.Flops, 1e-6 * more.Flops);
        var model = new CostModel(_data); // which measures its rate once
        var (single, five) = (model.Of(Plan.Parse("t", Grid("ddim", 10))), model.Of(Plan.Parse("t", Grid("ddim", 10)), trainings: 5));
        Assert.Equal(5 * one.Flops, five.Flops, 1e-9 * five.Flops);
        Assert.Equal(5, five.Duration / single.Duration, 5 * (1 / (double)single.Duration.Ticks)); // to a tick
    }

    [Fact]
    public void A_step_costs_three_passes_and_validation_one() =>
        Assert.Equal(((3 * 100) + 320.0) / ((3 * 100) + 20), Classifiers(_data with { Valid = 320 }, 10) / Classifiers(_data, 10), 1e-6);

    /// <summary>So many epochs of stage 1a.</summary>
    private static double Classifiers(DataShape data, int epochs)
    {
        var model = new CostModel(data);
        return Of(2 * epochs) - Of(epochs);

        double Of(int count) => model.Of(Plan.Parse("t", Grid("ddim", 10), overrides: [$"classifier.epochs={count}"])).Flops;
    }

    [Fact]
    public void Without_diffusion_nothing_is_sampled()
    {
        var without = Grid("ddim", 10).Replace("settings: {", "settings: { recovery: none,", StringComparison.Ordinal);
        Assert.Equal(Flops(without), Flops(without.Replace("nfe: 10", "nfe: 1000", StringComparison.Ordinal)));
        Assert.True(Flops(without) < Flops(Grid("ddim", 10)));
    }

    private static double Flops(string grid) => new CostModel(_data).Of(Plan.Parse("t", grid)).Flops;

    private static string Grid(string sampler, int nfe) => $$"""
        base: cpu-speed
        settings: { backbone: { width: 16, blocks: 1 } }
        rows:
          one: { sampler: { kind: {{sampler}}, nfe: {{nfe}} } }

        """;
}
