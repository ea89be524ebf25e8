namespace Amodal.Evaluation.Reports;

/// <summary>How tables are written to a file.</summary>
public enum TableFormat
{
    /// <summary>Markdown, for documents and pages.</summary>
    Markdown,

    /// <summary>LaTeX with booktabs, for papers.</summary>
    Latex,

    /// <summary>CSV, for programs: a line per number.</summary>
    Csv,
}
