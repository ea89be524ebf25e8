using System.Globalization;
using System.Net;
using System.Text;

namespace Amodal.Evaluation.Reports;

/// <summary>Results as Markdown, for documents.</summary>
public static class MarkdownTable
{
    /// <summary>A table for every protocol and metric: methods down, cases across, intervals in brackets, the best of a column bold.</summary>
    /// <param name="rows">The results.</param>
    /// <param name="metrics">Which metrics, in this order; those that no row has are left out.</param>
    /// <param name="optimum">The method that is the Bayes optimum and does not compete, if any.</param>
    public static string Render(IReadOnlyList<ResultRow> rows, IReadOnlyList<string> metrics, string? optimum = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(metrics);
        return string.Join('\n', PivotTable.Of(rows, metrics, optimum).Select(Render));
    }

    /// <summary>Paired differences: method less rival, a column per case; those whose interval excludes zero are bold.</summary>
    public static string Render(IReadOnlyList<PairedDifference> differences)
    {
        ArgumentNullException.ThrowIfNull(differences);
        return string.Join('\n', differences.GroupBy(d => d.Metric).Select(metric =>
        {
            var style = MetricStyle.Of(metric.Key);
            var cases = metric.Select(d => d.Case).Distinct().ToList();
            var text = new StringBuilder($"**Method less rival, paired: {Escape(style.Heading)}**\n\n");
            text.Append("| method | rival |").AppendJoin("", cases.Select(c => $" {Escape(c)} |")).Append("\n| --- | --- |").AppendJoin("", cases.Select(_ => " ---: |")).Append('\n');
            foreach (var pair in metric.GroupBy(d => (d.Method, d.Rival)))
            {
                var byCase = pair.ToDictionary(d => d.Case, d => d.Difference);
                text.Append($"| {Escape(pair.Key.Method)} | {Escape(pair.Key.Rival)} |").AppendJoin("", cases.Select(c => $" {Cell(style, byCase.GetValueOrDefault(c))} |")).Append('\n');
            }

            return text.ToString();
        }));

        static string Cell(MetricStyle style, Estimate? e)
        {
            if (e is null)
            {
                return "";
            }

            var value = style.ShowDifference(e.Value);
            return $"{(e.Low > 0 || e.High < 0 ? $"**{value}**" : value)} ({style.ShowDifference(e.Low)} to {style.ShowDifference(e.High)})";
        }
    }

    /// <summary>How well latents are recovered.</summary>
    public static string Render(IReadOnlyList<LatentRecoveryRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var text = new StringBuilder("**Recovered latents against the true ones: error in standard deviations, correlation**\n\n"
            + "| method | recovered | observed | error | correlation | aligned error | aligned correlation | mean-fill error | linear error | linear correlation |\n| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (var r in rows)
        {
            text.Append($"| {Escape(r.Method)} | {Escape(r.Modality)} | {Escape(r.Observed)} |")
                .AppendJoin("", new[] { r.Error, r.Correlation, r.AlignedError, r.AlignedCorrelation, r.MeanFillError, r.LinearError, r.LinearCorrelation }.Select(x => string.Create(CultureInfo.InvariantCulture, $" {x:0.000} |"))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A table of another kind.</summary>
    public static string Render(ReportTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var text = new StringBuilder($"**{Escape(table.Title)}**\n\n");
        text.Append(table.Note.Length > 0 ? $"{Escape(table.Note)}\n\n" : "");
        text.Append('|').AppendJoin("", table.Headings.Select(h => $" {Escape(h)} |")).Append('\n');
        var isWords = table.Headings.Select((_, column) => table.Rows.All(r => r[column].IsWords));
        text.Append('|').AppendJoin("", isWords.Select(w => w ? " --- |" : " ---: |")).Append('\n');
        foreach (var row in table.Rows)
        {
            text.Append('|').AppendJoin("", row.Select(c => $" {Cell(c)} |")).Append('\n');
        }

        return text.ToString();

        static string Cell(ReportCell cell)
        {
            var small = cell.Small.Length > 0 ? $" ({Escape(cell.Small)})" : "";
            return $"{(cell.IsMarked ? $"**{Escape(cell.Text)}**" : Escape(cell.Text))}{small}";
        }
    }

    private static string Render(PivotTable table)
    {
        var text = new StringBuilder($"**{Escape(table.Protocol)} protocol: {Escape(table.Style.Heading)}**\n\n");
        text.Append("| method |").Append(string.Concat(table.Cases.Select(c => $" {Escape(table.Heading(c))} |"))).Append('\n');
        text.Append("| --- |").Append(string.Concat(table.Cases.Select(_ => " ---: |"))).Append('\n');
        foreach (var method in table.Methods)
        {
            text.Append($"| {Escape(method)} |").Append(string.Concat(table.Cases.Select(c => $" {Cell(table, method, c)} |"))).Append('\n');
        }

        return text.ToString();
    }

    private static string Cell(PivotTable table, string method, string observed)
    {
        if (table[method, observed] is not { } estimate)
        {
            return "";
        }

        var value = table.Style.Show(estimate.Value);
        return $"{(table.IsBest(method, observed) ? $"**{value}**" : value)} ({table.Style.ShowInterval(estimate)})";
    }

    private static string Escape(string text)
    {
        // HTML first: Markdown lets tags through. Then what has a meaning in a line of a table.
        var escaped = new StringBuilder();
        foreach (var c in WebUtility.HtmlEncode(text))
        {
            escaped.Append(char.IsControl(c) ? " " : c is '|' or '\\' or '`' or '*' or '_' or '[' or ']' ? $"\\{c}" : c);
        }

        return escaped.ToString();
    }
}
