using System.Net;

namespace Amodal.Evaluation.Reports;

/// <summary>Results as Markdown, for documents.</summary>
internal static class MarkdownTable
{
    /// <summary>A table for every protocol and metric: methods and cases, intervals in brackets, what is best beyond chance bold.</summary>
    /// <param name="metrics">Which metrics, in this order; those that no row has are left out.</param>
    /// <param name="optimum">The method that is the Bayes optimum and does not compete, if any.</param>
    public static string Render(IReadOnlyList<ResultRow> rows, IReadOnlyList<string> metrics, string? optimum = null) =>
        TableFile.Render(ResultTables.Of(rows, metrics, optimum), TableFormat.Markdown);

    /// <summary>A table of another kind.</summary>
    public static string Render(ReportTable table)
    {
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
