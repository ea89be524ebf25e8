using System.Globalization;
using Amodal.Configuration;
using Amodal.Files;
using Amodal.Reproduction;
using Spectre.Console;

namespace Amodal.Cli;

/// <summary>The list of tables, and a reproduced one, on the terminal.</summary>
internal static class ReproductionView
{
    public static void List(Terminal terminal, DataShape data, int trainings, IReadOnlyList<string> overrides, string? json, CancellationToken stop)
    {
        var model = new CostModel(data);
        var entries = Catalogue.Tables.Select(name =>
        {
            stop.ThrowIfCancellationRequested();
            var (full, fast) = (TablePlan.Load(name, isFast: false, overrides), TablePlan.Load(name, isFast: true, overrides));
            return new Entry(name, full.Table.Title, full.Rows.Count, PlanCount.Of(full), model.Of(full, trainings), model.Of(fast, trainings));
        }).ToList();
        if (json is not null)
        {
            Write(terminal, json, JsonFile.ToText(entries));
        }

        if (json is null or not "-")
        {
            terminal.Out.Write(Table(entries));
            terminal.Out.MarkupLineInterpolated($"Estimates for {data.Train} / {data.Valid} / {data.Test} utterances of {string.Join(", ", data.Modalities.Select(m => $"{m.Name} ({m.Length} x {m.Width})"))}{(trainings > 1 ? $", {trainings} trainings of each run" : "")}: about; operations at the most epochs over the rate of one forward pass measured just now. Early stopping makes it less, a busy machine more, and tables that share runs cost them once.");
        }
    }

    public static void Print(Terminal terminal, ReproductionResult result, string? json)
    {
        if (json is not null)
        {
            Write(terminal, json, ReproductionFiles.ToJson(result));
        }

        if (json is null or not "-")
        {
            foreach (var table in result.Tables)
            {
                TableView.Print(terminal, table);
            }

            foreach (var note in result.Notes)
            {
                terminal.Out.MarkupLineInterpolated($"[dim]{note}[/]");
            }
        }
    }

    private static Table Table(IEnumerable<Entry> entries)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("table", "what it shows", "rows", "stage 1a / 1b / 2", "evaluations", "PFLOP", "here, about", "--fast");
        foreach (var e in entries)
        {
            table.AddRow(e.Name, Markup.Escape(e.Title), Text(e.Rows), $"{e.Count.Classifiers} / {e.Count.Scores} / {e.Count.Recoveries}", Text(e.Count.Evaluations),
                (e.Full.Flops / 1e15).ToString("0.00", CultureInfo.InvariantCulture), Text(e.Full.Duration), Text(e.Fast.Duration));
        }

        return table;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan t) => t switch
    {
        { TotalMinutes: < 1 } => Number(t.TotalSeconds, "s"),
        { TotalHours: < 2 } => Number(t.TotalMinutes, "min"),
        { TotalHours: < 48 } => Number(t.TotalHours, "h"),
        _ => Number(t.TotalDays, "days"),
    };

    private static string Number(double value, string unit) => string.Create(CultureInfo.InvariantCulture, $"{value:0} {unit}");

    private static void Write(Terminal terminal, string file, string json)
    {
        if (file == "-")
        {
            terminal.RawOut.WriteLine(json.TrimEnd());
        }
        else
        {
            AtomicFile.WriteText(file, json.TrimEnd() + Environment.NewLine);
        }
    }

    private sealed record Entry(string Name, string Title, int Rows, PlanCount Count, CostEstimate Full, CostEstimate Fast);
}
