using Amodal.Diffusion;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Methods.TwoStage;
using Amodal.Runs;
using Amodal.Tests.Training;

namespace Amodal.Tests.Methods.TwoStage;

/// <summary>Objective flow from the option to the evaluation.</summary>
public class FlowTrainingTests
{
    [Theory]
    [InlineData(Recovery.Separate)]
    [InlineData(Recovery.Joint)]
    public void A_flow_trains_recovers_and_is_evaluated(Recovery recovery)
    {
        using var tiny = new TinyRun(TinyRun.FlowOptions with { Recovery = recovery }, TinyRun.Uneven);
        tiny.Train();
        // A network that answers 0 has loss 2 per modality; three of them, whose skip soon learns a part of it.
        Assert.InRange(tiny.Directory.ReadCurves(tiny.Directory.ReadManifest())["score"][^1].ValidLoss, 1, 6.5);
        using var evaluator = tiny.Evaluator();
        TinyRun.AnswersAllButTheComplete(evaluator.Evaluate(new EvaluationOptions { Random = false }).Rows, "tiny");
    }

    [Fact]
    public void A_sampler_of_the_other_objective_is_refused()
    {
        using var flow = new TwoStageModel(TinyRun.Even, TinyRun.FlowOptions, 1);
        var fault = Assert.Throws<InputException>(() => flow.CreatePath(1, new SamplerOptions { Kind = SamplerKind.Ddim, Nfe = 4 }));
        Assert.Contains("ddim, which follows a score, but the networks were trained with objective flow; choose flow-euler", fault.Message, StringComparison.Ordinal);
        using var score = new TwoStageModel(TinyRun.Even, TinyRun.TinyOptions, 1);
        Assert.Contains("choose another", Assert.Throws<InputException>(() => score.CreatePath(1, TinyRun.FlowOptions.Sampler)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_objective_is_part_of_what_makes_score_networks_the_same()
    {
        Assert.DoesNotContain("score", StageKeys.Shared(TinyRun.FlowOptions, TinyRun.TinyOptions));
        Assert.Contains("score", StageKeys.Shared(TinyRun.FlowOptions, TinyRun.FlowOptions with { Sampler = new() { Kind = SamplerKind.FlowEuler, Nfe = 1 } }));
    }
}
