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
