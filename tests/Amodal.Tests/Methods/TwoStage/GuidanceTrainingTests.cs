using Amodal.Diffusion;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Files;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.TwoStage;

/// <summary>Guidance from the option to the evaluation.</summary>
public class GuidanceTrainingTests
{
    private static readonly ExperimentOptions _free = TinyRun.TinyOptions with
    {
        Score = TinyRun.TinyOptions.Score with { EmptyConditionRate = 0.3 },
        Sampler = new() { Kind = SamplerKind.Ddim, Nfe = 6, Guidance = 1 },
    };

    private static readonly ExperimentOptions _by = TinyRun.TinyOptions with
    {
        Sampler = new() { Kind = SamplerKind.Ddim, Nfe = 3, Guidance = 1, GuidedBy = GuidanceKind.Classifier },
    };

    [Fact]
    public void Classifier_free_guidance_trains_is_evaluated_and_costs_two_evaluations_a_step()
    {
        using var tiny = new TinyRun(_free, TinyRun.Uneven);
        tiny.Train();
        using var evaluator = tiny.Evaluator();
        TinyRun.AnswersAllButTheComplete(evaluator.Evaluate(new EvaluationOptions { Random = false }).Rows, "tiny");

        using var model = new TwoStageModel(TinyRun.Uneven, _free, 1);
        var (observed, plain) = (ModalitySet.Of(0, 2), _free.Sampler with { Nfe = 3, Guidance = 0 });
        var without = model.Scores.All[1].CountFlops([]);
        Assert.InRange(without, 1, model.Scores.All[1].CountFlops([0, 2]) - 1);
        Assert.Equal(model.Operations(plain, observed) + (3 * without), model.Operations(_free.Sampler, observed));
    }

    [Fact]
    public void Classifier_guidance_trains_goes_on_where_it_was_stopped_and_is_evaluated()
    {
        using var tiny = new TinyRun(_by, TinyRun.Uneven);
        using var unguided = TinyRun.Trained(TinyRun.Uneven);
        tiny.Train(reuse: unguided.Directory);
        using (var evaluator = tiny.Evaluator())
        {
            TinyRun.AnswersAllButTheComplete(evaluator.Evaluate(new EvaluationOptions { Random = false }).Rows, "tiny");
        }

        Assert.Equal(["score", "guide-label", "guide", "recovery"], tiny.Directory.ReadManifest().Stages.TakeLast(4));
        var half = new RunDirectory(tiny.Directory.Path + "-half");
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => new Trainer(_by, tiny.Data, half, CPU, new StopAt("guide", stop)).Train(resume: false, unguided.Directory, stop.Token));
        Assert.False(File.Exists(half.StageFile("guide")));
        new Trainer(_by, tiny.Data, half, CPU).Train(resume: true);
        // Within rounding, which this stage does not amplify; one with attention does, since some of its gradients are rounding alone.
        var (whole, parts) = (SafeTensors.Read(tiny.Directory.StageFile("guide")), SafeTensors.Read(half.StageFile("guide")));
        using var scope = NewDisposeScope();
        Assert.All(whole, w => Relative.Equal(w.Value, parts[w.Key], 1e-3));
    }

    [Fact]
    public void Classes_guide_as_scores_do_and_the_weight_is_what_moves_a_recovery()
    {
        var (random, classes) = (new StableRandom(1), new ClassTarget(["low", "middle", "high"]));
        using var model = new TwoStageModel(TinyRun.Even, _by, 1, classes);
        Draws.Fill(model.Guide!.Noisy, 2, std: 0.5);
        Draws.Fill(model.Guide.Label, 3, std: 0.5);
        model.MoveTo(CPU);
        using var scope = NewDisposeScope();
        Tensor[] latents = [.. model.Shapes.Select(s => Draws.Normal(random, 3, s.Channels, s.Length))];
        var (plain, weak, strong) = (Recovered(0), Recovered(0.001), Recovered(0.002));
        Assert.True(Draws.Distance(plain, weak) > 0);
        Relative.Equal((weak - plain) * 2, strong - plain, 0.02); // to first order
        // What is missing leads nowhere: the label is told from what is there.
        latents[1] = latents[1] * float.NaN;
        Assert.Equal(0, Draws.Distance(weak, Recovered(0.001)));
        latents[0] = -latents[0];
        Assert.True(Draws.Distance(weak, Recovered(0.001)) > 0);

        Tensor Recovered(double weight) => model.CreatePath(1, _by.Sampler with { Guidance = weight })
            .Recover(latents, Observation.Of(ModalitySet.Of(0, 2)), [1, 2, 3])[1];
    }

    [Fact]
    public void A_classifier_that_is_not_there_is_refused_and_so_is_its_export()
    {
        using var plain = new TwoStageModel(TinyRun.Even, TinyRun.TinyOptions, 1);
        Assert.Null(plain.Guide);
        Assert.Contains("train with sampler.guidedBy classifier", Assert.Throws<InputException>(() => plain.CreatePath(1, _by.Sampler)).Message, StringComparison.Ordinal);
        using var guided = new TwoStageModel(TinyRun.Even, _by, 1);
        Assert.Contains("no exported graph computes", Assert.Throws<InputException>(() => ModelExporter.Export(guided, 1, "nowhere")).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists("nowhere"));
        Assert.InRange(guided.Operations(_by.Sampler, ModalitySet.Of(0, 2))!.Value, 1 + plain.Operations(_by.Sampler with { Guidance = 0 }, ModalitySet.Of(0, 2))!.Value, long.MaxValue);
        Assert.Contains("classifier guidance of weight 1", EvaluationFacts.SamplerText(Recovery.Separate, _by.Sampler), StringComparison.Ordinal);
        Assert.Equal(_by.Sampler.Nfe, SamplingPlan.Create(_by.Sampler).Nfe);
    }

    [Fact]
    public void Score_networks_are_the_same_whatever_guides_them_and_what_is_trained_on_recoveries_is_not()
    {
        Assert.Equal("score", StageKeys.Shared(_free, _free with { Sampler = _free.Sampler with { Guidance = 2 } })[^1]);
        Assert.Equal("score", StageKeys.Shared(_by, TinyRun.TinyOptions)[^1]);
        Assert.Equal("guide", StageKeys.Shared(_by, _by with { Sampler = _by.Sampler with { Guidance = 2 } })[^1]);
        Assert.DoesNotContain("uid", Amodal.Configuration.JsonFile.ToLine(new SamplerOptions()), StringComparison.Ordinal); // keys of before stay
    }

    private sealed class StopAt(string stage, CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == stage)
            {
                stop.Cancel();
            }
        }
    }
}
