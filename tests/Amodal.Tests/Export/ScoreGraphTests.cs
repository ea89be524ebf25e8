using Amodal.Diffusion.Networks;
using Amodal.Export.Graphs;
using Amodal.Latents;
using static TorchSharp.torch;

namespace Amodal.Tests.Export;

/// <summary>Every backbone's graph, in ONNX Runtime, against the network in torch.</summary>
public class ScoreGraphTests
{
    private static readonly LatentShape[] Uneven = [new(3, 5), new(2, 1), new(4, 7), new(3, 2)];
    private static readonly LatentShape[] Even = [new(16, 12), new(16, 12), new(16, 12)];
    private static readonly BackboneOptions Small = new() { Width = 32, Blocks = 3, Heads = 2, MlpWidth = 24, TimeWidth = 8 };

    public static TheoryData<BackboneKind> Kinds => [.. Enum.GetValues<BackboneKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public void It_answers_as_the_network_for_every_batch_and_pattern(BackboneKind kind)
    {
        foreach (var (shapes, target) in new[] { (Uneven, 0), (Uneven, 2), (Uneven, 1), (Even, 1) })
        {
            using var trial = new ScoreTrial(Small with { Kind = kind }, shapes, target, hasNoisy: false);
            trial.Check([[]]); // nothing is given
            trial.Check([trial.Others]);
            trial.Check([trial.Others[..1], trial.Others[1..], trial.Others, []]);
            trial.Check([.. Enumerable.Repeat(trial.Others[1..], 7)]);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void It_knows_noisy_conditions_where_the_recovery_is_joint(BackboneKind kind)
    {
        using var trial = new ScoreTrial(Small with { Kind = kind }, Uneven, 0, hasNoisy: true);
        trial.Check([trial.Others, trial.Others[..1]], noisy: [trial.Others[0]]);
        trial.Check([trial.Others, trial.Others], noisy: trial.Others);
        trial.Check([trial.Others], noisy: []);
    }

    public static TheoryData<BackboneKind> KindsWithEmptyConditions => [.. Enum.GetValues<BackboneKind>().Where(ScoreGraph.AllowsEmptyConditions)];

    [Theory, MemberData(nameof(KindsWithEmptyConditions))]
    public void Conditions_that_nobody_has_may_be_empty_where_it_says_so(BackboneKind kind)
    {
        using var trial = new ScoreTrial(Small with { Kind = kind }, Uneven, 0, hasNoisy: false);
        trial.Check([[2], [2]], emptyWhereAbsent: true);
        trial.Check([[1, 3], [3]], emptyWhereAbsent: true);
        trial.Check([[3]], emptyWhereAbsent: true);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void In_int8_it_answers_nearly_as_the_network(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        LatentShape[] shapes = [new(16, 12), new(16, 12), new(16, 12)];
        var options = Small with { Kind = kind, Width = kind == BackboneKind.Unet ? 512 : 64, MlpWidth = 96 };
        using var trial = new ScoreTrial(options, shapes, 1, hasNoisy: false, Precision.Int8);
        var (inputs, expected) = trial.Draw([[0, 2], [2], [0]]);
        var relative = ((trial.Run(inputs)["raw"] - expected).norm() / expected.norm()).item<float>();
        Assert.InRange(relative, 1e-4f, 0.05f); // of 127 steps a number is off by half a one; and not by nothing, or nothing was quantised
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_thesis_s_widths_agree_too(BackboneKind kind)
    {
        LatentShape[] thesis = [new(32, 48), new(32, 48), new(32, 48)];
        using var trial = new ScoreTrial(BackboneOptions.Thesis(kind) with { Blocks = 2 }, thesis, 0, hasNoisy: false);
        trial.Check([[1, 2], [2]]);
    }
}
