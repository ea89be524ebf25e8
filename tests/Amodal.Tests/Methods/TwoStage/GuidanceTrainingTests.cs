using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Tests.Training;
using Amodal.Training;

namespace Amodal.Tests.Methods.TwoStage;

/// <summary>Guidance from the option to the evaluation.</summary>
public class GuidanceTrainingTests
{
    private static readonly ExperimentOptions _free = TinyRun.TinyOptions with
    {
        Score = TinyRun.TinyOptions.Score with { EmptyConditionRate = 0.3 },
        Sampler = new() { Kind = SamplerKind.Ddim, Nfe = 6, Guidance = 1 },
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
    public void Score_networks_are_the_same_whatever_guides_them_and_what_is_trained_on_recoveries_is_not()
    {
        Assert.Equal("score", StageKeys.Shared(_free, _free with { Sampler = _free.Sampler with { Guidance = 2 } })[^1]);
        Assert.DoesNotContain("uidance", Amodal.Configuration.JsonFile.ToLine(new SamplerOptions()), StringComparison.Ordinal); // keys of before stay
    }
}
