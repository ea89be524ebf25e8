namespace Amodal.Runs;

/// <summary>The baselines of a run as methods.</summary>
public static class RunBaselines
{
    /// <summary>The baselines of a run, and what its method trained beside itself, in the order of tables; none where the run has none. They do not own the run.</summary>
    public static IReadOnlyList<IMethod> Of(TrainedRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var (networks, modalities) = (run.Baselines, run.Manifest.Modalities);
        return !run.HasBaselines ? [] : [.. BaselineMethods.Of(networks, modalities).Select(b => (b.Name, b.Answer, Certainty: (CertaintyAnswer?)null)).Concat(run.Rivals).Select(b => new AnswerMethod(
            run,
            new MethodCard(BaselineNames.TitleOf(b.Name, [.. modalities.Select(m => m.Name)], networks.Primary), modalities) { Source = run.Directory.Path, Target = run.Target, Seed = (ulong)run.Options.Seed },
            b.Answer,
            b.Certainty))];
    }
}
