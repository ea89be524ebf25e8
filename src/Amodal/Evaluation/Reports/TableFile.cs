namespace Amodal.Evaluation.Reports;

/// <summary>Tables as Markdown, LaTeX or CSV; the file's extension says which.</summary>
internal static class TableFile
{
    private static readonly Dictionary<string, TableFormat> _formats = new(StringComparer.OrdinalIgnoreCase)
    {
        [".md"] = TableFormat.Markdown,
        [".tex"] = TableFormat.Latex,
        [".csv"] = TableFormat.Csv,
    };

    /// <summary>The format that a file's extension names.</summary>
    public static TableFormat FormatOf(string path)
    {
        return _formats.TryGetValue(Path.GetExtension(path), out var format) ? format
            : throw new InputException(path, null, $"has an extension that no table is written in; give {string.Join(", ", _formats.Keys)}.");
    }

    /// <summary>The tables as one text.</summary>
    public static string Render(IReadOnlyList<ReportTable> tables, TableFormat format)
    {
        return format switch
        {
            TableFormat.Latex => LatexTable.Render(tables),
            TableFormat.Csv => Encoding.UTF8.GetString(Csv(tables)),
            _ => string.Join('\n', tables.Select(MarkdownTable.Render)),
        };
    }

    /// <summary>Writes a file in the format of its extension, whole or not at all.</summary>
    public static void Write(string path, IReadOnlyList<ReportTable> tables) => AtomicFile.WriteText(path, Render(tables, FormatOf(path)));

    /// <summary>Writes NAME.md, NAME.tex and NAME.csv.</summary>
    /// <param name="folder">Where to; it is made if it is not there.</param>
    /// <param name="name">The files' name without extension.</param>
    public static IReadOnlyList<string> WriteAll(string folder, string name, IReadOnlyList<ReportTable> tables)
    {
        List<string> paths = [.. _formats.Keys.Select(extension => Path.Combine(folder, name + extension))];
        paths.ForEach(path => Write(path, tables));
        return paths;
    }

    /// <summary>A line per cell: its table, its row by the words that begin it, its column, its number and interval, or its words.</summary>
    private static byte[] Csv(IReadOnlyList<ReportTable> tables)
    {
        using var bytes = new MemoryStream();
        using (var csv = CsvText.Create(bytes))
        {
            csv.WriteRecord((string[])["table", "row", "column", "value", "low", "high"]);
            foreach (var table in tables)
            {
                foreach (var row in table.Rows)
                {
                    var words = Math.Max(1, row.TakeWhile(c => c.IsWords).Count());
                    var label = string.Join(" / ", row.Take(words).Select(c => c.Text));
                    foreach (var (column, cell) in row.Index().Skip(words).Where(c => c.Item.Text.Length > 0))
                    {
                        CsvText.WriteTexts(csv, table.Title, label, table.Headings[column]);
                        Value(csv, cell);
                        CsvText.WriteNumber(csv, cell.Low);
                        CsvText.WriteNumber(csv, cell.High);
                        csv.EndRecord();
                    }
                }
            }
        }

        return bytes.ToArray();
    }

    private static void Value(CsvHelper.CsvWriter csv, ReportCell cell)
    {
        if ((cell.Value ?? CsvText.ParseNumber(cell.Text)) is { } value)
        {
            CsvText.WriteNumber(csv, value);
        }
        else
        {
            CsvText.WriteTexts(csv, cell.Text);
        }
    }
}

/// <summary>How tables are written to a file.</summary>
internal enum TableFormat
{
    /// <summary>Markdown, for documents and pages.</summary>
    Markdown,

    /// <summary>LaTeX with booktabs, for papers.</summary>
    Latex,

    /// <summary>CSV, for programs: a line per number.</summary>
    Csv,
}
