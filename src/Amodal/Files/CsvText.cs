using CsvHelper;

namespace Amodal.Files;

/// <summary>
/// How tables are written as CSV: lines end in a line feed, texts are <see cref="CsvCell"/>s, and numbers are numbers, so that -0.5
/// stays one.
/// </summary>
internal static class CsvText
{
    private static readonly CsvWriterOptions _options = new() { NewLine = "\n" };

    /// <summary>A writer to a stream, which it leaves open.</summary>
    public static CsvWriter Create(Stream stream) => CsvWriter.Create(stream, _options, leaveOpen: true);

    public static void WriteTexts(CsvWriter csv, params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
        {
            csv.WriteField(CsvCell.Of(text));
        }
    }

    /// <summary>Writes a number so that reading it gives the same number; an empty field where there is none.</summary>
    public static void WriteNumber(CsvWriter csv, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            csv.WriteField(number, "R", CultureInfo.InvariantCulture);
        }
        else
        {
            csv.WriteField("");
        }
    }

    /// <summary>A number as tables show it, with its sign; null if the text is none.</summary>
    public static double? ParseNumber(string text) =>
        double.TryParse(text.Replace('\u2212', '-'), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
}

/// <summary>
/// Ids and names as cells of a CSV file: one that a spreadsheet would take for a formula gets an apostrophe before it, which spreadsheets hide.
/// So does one that begins with an apostrophe, so that taking one off gives every text again. Numbers are no such cells and stay as they are.
/// </summary>
internal static class CsvCell
{
    private const string Risky = "=+-@\t\r\n'";

    /// <summary>A text as it is written.</summary>
    public static string Of(string text) => text.Length > 0 && Risky.Contains(text[0], StringComparison.Ordinal) ? "'" + text : text;

    /// <summary>The text of a cell that was written so.</summary>
    public static string TextOf(string cell) => cell.StartsWith('\'') ? cell[1..] : cell;
}
