using System.Globalization;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Files;
using Amodal.Training;
using Spectre.Console;

namespace Amodal.Cli;

/// <summary>Evaluation with its progress, and its tables on the terminal.</summary>
internal static class EvaluationView
{
    public static RunEvaluationResult Evaluate(
        Terminal terminal, IRunEvaluator evaluator, EvaluationOptions options, SamplerOptions sampler, IReadOnlyList<int> nfeCurve,
        CancellationToken stop, IRunEvaluator? against = null) =>
        terminal.WithProgress(bars => evaluator.Evaluate(options, sampler, nfeCurve, (what, done) => bars.Show(what, done), stop, against));

    public static void Print(Terminal terminal, RunEvaluationResult result)
    {
        var intervals = result.Intervals?.Text ?? "95 % intervals";
        foreach (var protocol in result.Rows.GroupBy(r => r.Protocol))
        {
            Print(terminal, $"{protocol.Key} protocol, ACC2 in % (non-zero labels), {intervals}", protocol, Metrics.Acc2NonZero, 100, "F1");
            Print(terminal, $"{protocol.Key} protocol, mean absolute error, {intervals}", protocol.Where(r => IsSummary(r.Case)), Metrics.Mae, 1, "F3");
        }

        if (result.Differences.Count == 0)
        {
            return; // an exported model has no rivals beside it
        }

        var differences = new Table().Border(TableBorder.Rounded).Title($"method less rival, paired, {intervals}")
            .AddColumns("rival", "case", "ACC2, points", "MAE");
        foreach (var pair in result.Differences.GroupBy(d => (d.Rival, d.Case)))
        {
            var byMetric = pair.ToDictionary(d => d.Metric, d => d.Difference);
            differences.AddRow(pair.Key.Rival, Markup.Escape(pair.Key.Case), Text(byMetric[Metrics.Acc2NonZero], 100, "F1"), Text(byMetric[Metrics.Mae], 1, "F3"));
        }

        terminal.Out.Write(differences);
    }

    public static void WriteReport(Terminal terminal, string folder, IRunEvaluator evaluator, RunEvaluationResult result)
    {
        AtomicFolder.Write(folder, made =>
        {
            ResultFile.Write(Path.Combine(made, "results.json"), result);
            ReportWriter.Write(made, evaluator.ToReport(result));
        });
        terminal.Message($"The report is in {Path.Combine(folder, "report.html")}.");
    }

    private static bool IsSummary(string name) => name.StartsWith("average", StringComparison.Ordinal) || name.StartsWith("MR=", StringComparison.Ordinal);

    private static void Print(Terminal terminal, string title, IEnumerable<ResultRow> rows, string metric, double scale, string format)
    {
        var all = rows.ToList();
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(title)).AddColumn("method");
        foreach (var name in all.Select(r => r.Case).Distinct())
        {
            table.AddColumn(new TableColumn(Markup.Escape(name.Replace("+", " + ", StringComparison.Ordinal))).Centered());
        }

        foreach (var method in all.GroupBy(r => r.Method))
        {
            table.AddRow([Markup.Escape(method.Key), .. method.Select(r => Text(r.Metrics[metric], scale, format))]);
        }

        terminal.Out.Write(table);
    }

    private static string Text(Estimate e, double scale, string format)
    {
        return $"{Number(e.Value)}{(e.Spread is { } spread ? $" \u00b1 {Number(spread)}" : "")}\n[dim]{Number(e.Low)} .. {Number(e.High)}[/]";

        string Number(double x) => (x * scale).ToString(format, CultureInfo.InvariantCulture);
    }
}
