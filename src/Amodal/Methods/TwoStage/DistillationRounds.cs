namespace Amodal.Methods.TwoStage;

/// <summary>The stages of a distillation: one, or one for each halving of the steps, each with a checkpoint of its own.</summary>
internal static class DistillationRounds
{
    /// <summary>Name of the stage whose result is the student.</summary>
    public const string Last = "distillation";

    /// <summary>The stages' names with the student's steps in each, in order; none without distillation.</summary>
    public static IReadOnlyList<(string Stage, int Steps)> Of(DistillationOptions options) => options.Method switch
    {
        DistillationMethod.None => [],
        DistillationMethod.Progressive => [.. Halvings(options).Select(steps => (steps == options.Evaluations ? Last : $"{Last}-{steps}", steps))],
        _ => [(Last, options.Evaluations)],
    };

    private static IEnumerable<int> Halvings(DistillationOptions options)
    {
        for (var steps = options.TeacherSteps / 2; steps >= options.Evaluations; steps /= 2)
        {
            yield return steps;
        }
    }
}
