namespace Amodal.Cli;

/// <summary>The list of experiments, what they cost, and what one made, on the terminal.</summary>
internal static class ExperimentView
{
    public static void List(Terminal terminal, IReadOnlyList<Plan> plans)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("experiment", "what it shows", "rows");
        plans.ToList().ForEach(p => table.AddRow(p.Name, Markup.Escape(p.Table.Title), Text(p.Rows.Count)));
        terminal.Out.Write(table);
        terminal.Message("What one costs here: amodal experiment plan NAME. Make it: amodal experiment run NAME --data FILE -o FOLDER");
    }

    public static void Plan(
        Terminal terminal, IEnumerable<Func<bool, Plan>> plans, DataShape data, int trainings, bool json, string? file, CancellationToken stop, DataSet? trial = null)
    {
        var model = new CostModel(data, trial, stop);
        var experiments = terminal.WithProgress(bars => plans.Select(plan =>
        {
            stop.ThrowIfCancellationRequested();
            var (full, fast) = (plan(false), plan(true));
            return new Entry(full.Name, full.Table.Title, full.Rows.Count, new Count(full.Runs.Count, full.Stages.CountBy(s => s.Stage).ToDictionary(), full.Evaluations.Count), model.Of(full, trainings, done => bars.Show("costs", done)), model.Of(fast, trainings, done => bars.Show("costs with --fast", done)));
        }).ToList());
        Write(file, () => Terminal.JsonText(new { experiments }));
        if (json)
        {
            terminal.Json(new { experiments });
            return;
        }

        terminal.Out.Write(Table(experiments));
        terminal.Out.MarkupLineInterpolated($"Estimates for {data.Train} / {data.Valid} / {data.Test} utterances of {string.Join(", ", data.Modalities.Select(m => $"{m.Name} ({m.Length} x {m.Width})"))}{(trainings > 1 ? $", {trainings} trainings of each run" : "")}: about; operations at the most epochs over the rate of one forward pass measured just now. Early stopping makes it less, a busy machine more, and tables that share runs cost them once.");
    }

    public static void Print(Terminal terminal, ExperimentResult result, bool json, string? file)
    {
        Write(file, () => ExperimentFiles.ToJson(result));
        if (json)
        {
            terminal.RawOut.WriteLine(ExperimentFiles.ToJson(result).TrimEnd());
            return;
        }

        foreach (var table in result.Tables)
        {
            TableView.Print(terminal, table);
        }

        foreach (var note in result.Notes)
        {
            terminal.Out.MarkupLineInterpolated($"[dim]{note}[/]");
        }
    }

    private static Table Table(IEnumerable<Entry> entries)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("experiment", "what it shows", "rows", "runs", "stages", "evaluations", "PFLOP", "here, about", "--fast");
        foreach (var e in entries)
        {
            table.AddRow(e.Name, Markup.Escape(e.Title), Text(e.Rows), Text(e.Count.Runs), Text(e.Count.Stages.Values.Sum()), Text(e.Count.Evaluations),
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

    private static void Write(string? file, Func<string> json)
    {
        if (file is not null)
        {
            AtomicFile.WriteText(file, json().TrimEnd() + Environment.NewLine);
        }
    }

    private sealed record Entry(string Name, string Title, int Rows, Count Count, CostEstimate Full, CostEstimate Fast);

    /// <summary>What is trained, each stage once for all runs that share it, and evaluated, of one data file and one training seed.</summary>
    private sealed record Count(int Runs, IReadOnlyDictionary<string, int> Stages, int Evaluations);
}
