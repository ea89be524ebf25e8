using Amodal.Training.Imder;

namespace Amodal.Training;

/// <summary>Which stages of two experiments on the same data and threads come out the same.</summary>
public static class StageSharing
{
    /// <summary>The names of those stages, in order.</summary>
    public static IReadOnlyList<string> Between(ExperimentOptions a, ExperimentOptions b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Seed != b.Seed)
        {
            return [];
        }

        var shareFloors = ShareFloors(a, b);
        return
        [
            .. shareFloors ? MethodTraining.FloorStages : [],
            .. shareFloors && ShareScores(a, b) ? ScoreStages(a, b) : [],
            .. SharePretraining(a, b) ? [ImderTraining.Pretraining] : Array.Empty<string>(),
        ];
    }

    /// <summary>Latents are standardised after stage 1a, which does not see it.</summary>
    private static bool ShareFloors(ExperimentOptions a, ExperimentOptions b) =>
        a.Latents with { Standardise = b.Latents.Standardise } == b.Latents && a.Fusion == b.Fusion && a.Classifier == b.Classifier;

    private static bool ShareScores(ExperimentOptions a, ExperimentOptions b) =>
        (a.Method, b.Method) == (MethodKind.Amodal, MethodKind.Amodal) && a.Latents == b.Latents && a.Objective == b.Objective && a.Process == b.Process && a.Conditioning == b.Conditioning
        && a.Recovery == b.Recovery && a.Recovery != Diffusion.Recovery.None && a.Backbone == b.Backbone && a.Score.WithoutReflow() == b.Score.WithoutReflow();

    /// <summary>Stage 1b, and what is trained after it from it: reflow, and from both of them students.</summary>
    private static IEnumerable<string> ScoreStages(ExperimentOptions a, ExperimentOptions b)
    {
        var shareReflow = a.Score.Reflow == 0 ? b.Score.Reflow == 0 : a.Score == b.Score;
        return
        [
            "score",
            .. shareReflow && a.Score.Reflow > 0 ? ["reflow"] : Array.Empty<string>(),
            .. shareReflow && a.Distillation == b.Distillation ? DistillationRounds.Of(a.Distillation).Select(r => r.Stage) : [],
        ];
    }

    private static bool SharePretraining(ExperimentOptions a, ExperimentOptions b) =>
        (a.Method, b.Method) == (MethodKind.Imder, MethodKind.Imder) && a.Imder.Network == b.Imder.Network && a.Imder.Pretraining == b.Imder.Pretraining;
}
