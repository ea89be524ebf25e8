namespace Amodal.Cli;

/// <summary>Evaluation with its progress, and what it found on the terminal.</summary>
internal static class EvaluationView
{
    public static RunEvaluationResult Evaluate(
        Terminal terminal, RunEvaluator evaluator, EvaluationOptions options, SamplerOptions? sampler, IReadOnlyList<int> nfeCurve,
        CancellationToken stop, RunEvaluator? against = null) =>
        terminal.WithProgress(bars => evaluator.Evaluate(options, sampler, nfeCurve, (what, done) => bars.Show(what, done), stop, against));

    /// <summary>The summary, and one short table; or all tables instead of it.</summary>
    public static void Print(Terminal terminal, RunEvaluationResult result, bool withTables = false)
    {
        foreach (var line in result.Summary()?.Lines ?? [])
        {
            terminal.Out.WriteLine(line);
        }

        foreach (var table in withTables ? ResultFile.ToTables([result], averagesOnly: true) : [ResultFile.ToShortTable(result)])
        {
            terminal.Out.WriteLine();
            TableView.Print(terminal, table);
        }
    }

    /// <summary>How the method stands against its baselines, and the warning if there is one.</summary>
    public static void PrintVerdict(Terminal terminal, RunEvaluationResult result)
    {
        if (result.Summary() is { } summary)
        {
            terminal.Out.WriteLine(summary.Verdict);
            if (summary.Warning is { } warning)
            {
                terminal.Out.WriteLine(warning);
            }
        }
    }

    /// <summary>Results and report as files.</summary>
    /// <returns>Why there is no report, to be thrown when the results are printed, too; null where there is one.</returns>
    public static Exception? WriteReport(Terminal terminal, string folder, RunEvaluator evaluator, RunEvaluationResult result)
    {
        var failure = ReportWriter.WriteWithResults(folder, made => ResultFile.Write(Path.Combine(made, "results.json"), result), () => evaluator.ToReport(result));
        if (failure is null)
        {
            terminal.Message($"The report is in {Path.Combine(folder, ReportWriter.FileName)}.");
        }

        return failure;
    }

    /// <summary>Ends a command whose work is done with what could not be.</summary>
    public static void Throw(Exception? failure)
    {
        if (failure is not null)
        {
            throw failure;
        }
    }
}
