namespace Amodal.Evaluation.Reports;

/// <summary>A cell of a <see cref="ReportTable"/>. Its texts may hold anything; they are encoded when written.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Small">An addition in small print, such as an interval.</param>
/// <param name="IsMarked">Whether it stands out.</param>
/// <param name="IsWords">Whether it holds words, which stand to the left, and no number.</param>
public sealed record ReportCell(string Text, string Small = "", bool IsMarked = false, bool IsWords = false)
{
    /// <summary>A cell of words.</summary>
    public static ReportCell Words(string text) => new(text, IsWords: true);
}
