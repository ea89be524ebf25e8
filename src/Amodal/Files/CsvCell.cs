namespace Amodal.Files;

/// <summary>
/// Ids and names as cells of a CSV file: one that a spreadsheet would take for a formula gets an apostrophe before it, which spreadsheets hide.
/// So does one that begins with an apostrophe, so that taking one off gives every text again. Numbers are no such cells and stay as they are.
/// </summary>
public static class CsvCell
{
    private const string Risky = "=+-@\t\r\n'";

    /// <summary>A text as it is written.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 0 && Risky.Contains(text[0], StringComparison.Ordinal) ? "'" + text : text;
    }

    /// <summary>The text of a cell that was written so.</summary>
    public static string TextOf(string cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return cell.StartsWith('\'') ? cell[1..] : cell;
    }
}
