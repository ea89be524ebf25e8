namespace Amodal.Evaluation.Reports;

/// <summary>A table of a report that none of the usual parts covers.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Headings">Of the columns.</param>
/// <param name="Rows">The cells, row by row.</param>
public sealed record ReportTable(string Title, IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<ReportCell>> Rows)
{
    /// <summary>What to know before reading it.</summary>
    public string Note { get; init; } = "";
}
