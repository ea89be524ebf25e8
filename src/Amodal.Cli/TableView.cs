namespace Amodal.Cli;

/// <summary>Tables of results on the terminal: what is too wide for it stands in several tables below each other.</summary>
internal static class TableView
{
    private const int Frame = 3; // a border and two spaces a column
    private const int WidestLabel = 32;

    public static void Print(Terminal terminal, ReportTable table)
    {
        var labels = Math.Max(1, table.Headings.TakeWhile((_, c) => table.Rows.Count > 0 && table.Rows.All(r => r[c].IsWords)).Count());
        var width = Enumerable.Range(0, table.Headings.Count).Select(c => Frame + Width(table, c, c < labels)).ToList();
        var room = terminal.Out.Profile.Width - 1 - width.Take(labels).Sum();
        var title = table.Title;
        foreach (var columns in Parts(width, labels, room))
        {
            Print(terminal, table, title, [.. Enumerable.Range(0, labels), .. columns]);
            title = "";
        }

        if (table.Note.Length > 0)
        {
            terminal.Out.WriteLine(table.Note);
        }
    }

    /// <summary>The columns after the labels, in parts that fit the room; a column that does not is a part of its own.</summary>
    private static IEnumerable<List<int>> Parts(List<int> width, int labels, int room)
    {
        var part = new List<int>();
        var used = 0;
        for (var c = labels; c < width.Count; c++)
        {
            if (part.Count > 0 && used + width[c] > room)
            {
                yield return part;
                (part, used) = ([], 0);
            }

            part.Add(c);
            used += width[c];
        }

        yield return part;
    }

    private static int Width(ReportTable table, int column, bool isLabel)
    {
        var heading = Broken(table.Headings[column]).Split(' ').Max(w => w.Length);
        var cells = table.Rows.Select(r => isLabel ? Math.Min(WidestLabel, r[column].Text.Length) : Math.Max(r[column].Text.Length + 1, r[column].Small.Length));
        return Math.Max(heading, cells.DefaultIfEmpty().Max());
    }

    private static void Print(Terminal terminal, ReportTable data, string title, List<int> columns)
    {
        var table = new Table().Border(TableBorder.Rounded);
        if (title.Length > 0)
        {
            table.Title(Markup.Escape(title));
        }

        foreach (var c in columns)
        {
            var column = new TableColumn(Markup.Escape(Broken(data.Headings[c])));
            table.AddColumn(data.Rows.Any(r => !r[c].IsWords) ? column.Centered() : column);
        }

        foreach (var row in data.Rows)
        {
            table.AddRow([.. columns.Select(c => Cell(row[c]))]);
        }

        terminal.Out.Write(table);
    }

    private static string Cell(ReportCell cell)
    {
        var text = Markup.Escape(cell.Text);
        return (cell.IsMarked ? $"[bold]{text}*[/]" : text) + (cell.Small.Length > 0 ? $"\n[dim]{Markup.Escape(cell.Small)}[/]" : "");
    }

    /// <summary>A heading that may break after '+'.</summary>
    private static string Broken(string heading) => heading.Replace("+", " + ", StringComparison.Ordinal);
}

/// <summary>Numbers in tables; what is not there is a dash.</summary>
internal static class NumberText
{
    public static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    public static string Spread(Quartiles? quartiles, double scale, string format) => quartiles is null
        ? "-" : $"{Number(scale * quartiles.Low, format)} to {Number(scale * quartiles.High, format)}";

    public static double Mebibytes(long bytes) => bytes / (1024.0 * 1024);
}
