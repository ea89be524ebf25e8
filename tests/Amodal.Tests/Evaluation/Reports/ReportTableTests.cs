using Amodal.Evaluation.Reports;

namespace Amodal.Tests.Evaluation.Reports;

public class ReportTableTests
{
    private static readonly ReportTable _table = new(
        "A | <b>",
        ["row", "value"],
        [[ReportCell.Words("x<y"), new ReportCell("1.0", "0 to 2", IsMarked: true)], [ReportCell.Words("z"), new ReportCell("")]])
    {
        Note = "Mind the *gap*.",
    };

    [Fact]
    public void Markdown_has_marks_and_intervals_and_no_tags() => Assert.Equal("""
        **A \| &lt;b&gt;**

        Mind the \*gap\*.

        | row | value |
        | --- | ---: |
        | x&lt;y | **1.0** (0 to 2) |
        | z |  |

        """, MarkdownTable.Render(_table));

    [Fact]
    public void The_page_shows_them_first_encoded()
    {
        var page = ReportPage.Render(new ReportData { Tables = [_table], Rows = MadeUpReport.Make().Rows });
        Assert.Contains("<h2>A | &lt;b&gt;</h2>", page, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\">x&lt;y</th><td class=\"best\">1.0<small>0 to 2</small></td>", page, StringComparison.Ordinal);
        Assert.True(page.IndexOf("x&lt;y", StringComparison.Ordinal) < page.IndexOf("Fixed protocol", StringComparison.Ordinal));
    }
}
