using Amodal.Runs;
using Amodal.Training;

namespace Amodal.Reproduction;

/// <summary>What a table needs when nothing of it is there yet, for one data file and one training seed.</summary>
/// <param name="Classifiers">Trainings of stage 1a.</param>
/// <param name="Scores">Trainings of stage 1b.</param>
/// <param name="Recoveries">Trainings of stage 2, or of a baseline: the runs.</param>
/// <param name="Evaluations">Runs through the protocols.</param>
public sealed record PlanCount(int Classifiers, int Scores, int Recoveries, int Evaluations)
{
    /// <summary>Counts the trainings and evaluations of a table.</summary>
    public static PlanCount Of(TablePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var runs = plan.Runs;
        return new PlanCount(
            Trainings(runs, "classifier"), Trainings([.. runs.Where(r => r.Method == MethodKind.Amodal && r.Recovery != Diffusion.Recovery.None)], "score"), runs.Count,
            runs.Count == 0 ? 0 : plan.Rows.Where(r => r.Run is not null).DistinctBy(r => (r.Run, r.Sampler)).Count());
    }

    /// <summary>The stages that a run takes over from one before it.</summary>
    internal static IReadOnlyList<string> Shared(IReadOnlyList<ExperimentOptions> runs, int index) =>
        index == 0 ? [] : runs.Take(index).Select(r => StageKeys.Shared(r, runs[index])).MaxBy(s => s.Count)!;

    private static int Trainings(IReadOnlyList<ExperimentOptions> runs, string stage) =>
        Enumerable.Range(0, runs.Count).Count(i => !Shared(runs, i).Contains(stage));
}
