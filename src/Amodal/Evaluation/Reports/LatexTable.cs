namespace Amodal.Evaluation.Reports;

/// <summary>Tables as LaTeX with booktabs.</summary>
internal static class LatexTable
{
    /// <summary>The tables as floats, to be read by <c>\input</c>.</summary>
    public static string Render(IReadOnlyList<ReportTable> tables) =>
        "% needs \\usepackage{booktabs}\n" + string.Join('\n', tables.Select(Render));

    /// <summary>Text that LaTeX prints as it is, whatever it holds.</summary>
    internal static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var (i, c) in text.Index())
        {
            escaped.Append(c switch
            {
                '-' or '\'' or ',' when i > 0 && text[i - 1] == c => $"{{}}{c}", // two would become one sign
                '\\' => "\\textbackslash{}",
                '{' or '}' or '_' or '%' or '&' or '#' or '$' => $"\\{c}",
                '^' => "\\textasciicircum{}",
                '~' => "\\textasciitilde{}",
                '<' => "\\textless{}",
                '>' => "\\textgreater{}",
                '|' => "\\textbar{}",
                '`' => "\\textasciigrave{}",
                '"' => "\\char34{}", // a shorthand in German texts
                '[' or ']' or '*' => $"{{{c}}}", // after the end of a row they would be an option
                '\u2212' => "$-$",
                '\u2013' => "--",
                '\u00B2' => "$^2$",
                '\u00D7' => "$\\times$",
                _ when char.IsControl(c) => " ",
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }

    private static string Render(ReportTable table)
    {
        var columns = string.Concat(table.Headings.Select((_, column) => table.Rows.All(r => r[column].IsWords) ? 'l' : 'r'));
        var text = new StringBuilder($"\\begin{{table}}\n  \\centering\n  \\caption{{{Escape(table.Title)}}}\n  \\begin{{tabular}}{{{columns}}}\n    \\toprule\n    ");
        text.AppendJoin(" & ", table.Headings.Select(Escape)).Append(" \\\\\n    \\midrule\n");
        foreach (var row in table.Rows)
        {
            text.Append("    ").AppendJoin(" & ", row.Select(Cell)).Append(" \\\\\n");
        }

        text.Append("    \\bottomrule\n  \\end{tabular}\n");
        text.Append(table.Note.Length > 0 ? $"  \\par\\smallskip{{\\footnotesize {Escape(table.Note)}}}\n" : "");
        return text.Append("\\end{table}\n").ToString();
    }

    private static string Cell(ReportCell cell)
    {
        var value = cell.IsMarked ? $"\\textbf{{{Escape(cell.Text)}}}" : Escape(cell.Text);
        return value + (cell.Small.Length > 0 ? $" {{\\footnotesize ({Escape(cell.Small)})}}" : "");
    }
}
