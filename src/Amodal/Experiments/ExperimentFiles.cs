namespace Amodal.Experiments;

/// <summary>The files of an experiment: Markdown, LaTeX, CSV, JSON and an HTML report.</summary>
internal static class ExperimentFiles
{
    private const int Format = 1;

    /// <summary>Writes table.md, table.tex, table.csv, table.json and report.html with its pictures: all of them, or, where the report fails, the tables without it (<see cref="ReportWriter.WriteWithResults"/>).</summary>
    /// <param name="folder">Where to; it is made if it is not there.</param>
    /// <returns>Why there is no report, and where the tables are; null where there is one.</returns>
    public static Exception? Write(string folder, ExperimentResult result)
    {
        return ReportWriter.WriteWithResults(folder, made =>
        {
            AtomicFile.WriteText(Path.Combine(made, "table.md"), ToMarkdown(result));
            TableFile.Write(Path.Combine(made, "table.tex"), result.Tables);
            AtomicFile.WriteText(Path.Combine(made, "table.csv"), ToCsv(result));
            AtomicFile.WriteText(Path.Combine(made, "table.json"), ToJson(result));
        }, () => ToReport(result));
    }

    /// <summary>As Markdown: the tables, then facts and notes.</summary>
    public static string ToMarkdown(ExperimentResult result)
    {
        var text = new StringBuilder($"# {result.Table}{(result.IsFast ? " (fast)" : "")}\n\n");
        text.AppendJoin('\n', result.Tables.Select(MarkdownTable.Render)).Append('\n');
        text.AppendJoin('\n', result.Facts.Select(f => $"- {f.Name}: {f.Value}")).Append("\n\n");
        return text.AppendJoin("", result.Notes.Select(n => $"{n}\n\n")).ToString().TrimEnd() + "\n";
    }

    /// <summary>As CSV: a line per row, case and metric; empty where there is no number. Shares are from 0 to 1.</summary>
    public static string ToCsv(ExperimentResult result)
    {
        using var bytes = new MemoryStream();
        using (var csv = CsvText.Create(bytes))
        {
            csv.WriteRecord((string[])["row", "part", "protocol", "case", "metric", "value", "low", "high", "thesis", "difference", "outside"]);
            foreach (var (row, c) in result.Rows.SelectMany(r => r.Cells.Select(c => (r, c))))
            {
                CsvText.WriteTexts(csv, row.Label, OptionNames.Of(row.Part), row.Protocol, row.Case, c.Metric);
                foreach (var number in (double?[])[c.Ours?.Value, c.Ours?.Low, c.Ours?.High, c.Thesis, c.Difference])
                {
                    CsvText.WriteNumber(csv, number);
                }

                csv.WriteField(c.Difference is null ? "" : c.IsOutside ? "1" : "0");
                csv.EndRecord();
            }
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>As one JSON document.</summary>
    public static string ToJson(ExperimentResult result) => JsonFile.ToText(Format, result) + "\n";

    private static ReportData ToReport(ExperimentResult result) => new()
    {
        Title = $"Amodal: {result.Table}{(result.IsFast ? " (fast)" : "")}",
        Subtitle = result.Title,
        Facts = result.Facts,
        Tables = result.Tables,
        Rows = result.Results,
        Optimum = result.Rows.FirstOrDefault(r => r.Part == ComparisonPart.Optimum)?.Label,
        Differences = [.. result.Pairs.Where(p => Metric.Of(p.Metric).Use == MetricUse.Lead)],
        LatentRecovery = result.LatentRecovery,
        LatentFigures = result.Figures,
        Charts = result.Charts,
        Ranking = result.Leaderboard?.Ranking,
        Notes = result.Notes,
    };
}
