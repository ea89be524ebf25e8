using Amodal.Data.Inspection;

namespace Amodal.Cli;

/// <summary>What is in a data set, as tables.</summary>
internal static class DataView
{
    public static void Print(Terminal terminal, DataReport report)
    {
        terminal.Out.MarkupLineInterpolated($"[bold]{report.Source}[/]  content {report.Digest[..16]}");
        if (report.Labels is { } labels)
        {
            terminal.Out.MarkupLineInterpolated($"labels: {labels}");
        }

        terminal.Out.Write(report.Splits.All(s => s.Labels.Classes is not null) ? Classes(report) : Labels(report));
        terminal.Out.Write(Modalities(report));
        foreach (var oddity in report.Oddities)
        {
            terminal.Out.MarkupLineInterpolated($"[yellow]![/] {oddity}");
        }
    }

    private static Table Classes(DataReport report)
    {
        var names = report.Splits[0].Labels.Classes!.Keys.ToList();
        var table = new Table().Border(TableBorder.Rounded).AddColumns(["split", "utterances", "videos", .. names.Select(Markup.Escape)]);
        foreach (var s in report.Splits)
        {
            table.AddRow([s.Name, Text(s.Count), Text(s.Videos), .. names.Select(name => $"{s.Labels.Classes![name]} ({Percent((double)s.Labels.Classes[name] / s.Count)})")]);
        }

        return table;
    }

    private static Table Labels(DataReport report)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumns("split", "utterances", "videos", "label min", "mean", "max", "std", "negative", "zero", "positive");
        foreach (var s in report.Splits)
        {
            table.AddRow(s.Name, Text(s.Count), Text(s.Videos), Text(s.Labels.Min), Text(s.Labels.Mean), Text(s.Labels.Max), Text(s.Labels.StandardDeviation),
                Percent(s.Labels.Negative), Percent(s.Labels.Zero), Percent(s.Labels.Positive));
        }

        return table;
    }

    private static Table Modalities(DataReport report)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumns("modality", "split", "shape", "steps", "min", "max", "NaN/inf", "constant columns", "all-zero rows", "padding");
        foreach (var (m, s) in report.Modalities.SelectMany((m, i) => report.Splits.Select(s => (s.Modalities[i], s))))
        {
            table.AddRow(Markup.Escape(m.Name), s.Name, string.Join(" x ", m.Shape),
                $"{m.Lengths.Min} to {m.Lengths.Max}, mean {m.Lengths.Mean.ToString("F1", CultureInfo.InvariantCulture)}{(m.Lengths.FromFile ? "" : " (measured)")}",
                Text(m.Min), Text(m.Max), m.NonFiniteReplaced.ToString(CultureInfo.InvariantCulture),
                m.ConstantColumns.Count == 0 ? "0" : $"{m.ConstantColumns.Count} ({string.Join(", ", m.ConstantColumns.Take(5))}{(m.ConstantColumns.Count > 5 ? ", ..." : "")})",
                Text(m.AllZeroRows), m.Padding.ToString().ToLowerInvariant());
        }

        return table;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + " %";
}
