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
    public void Latex_has_rules_marks_and_intervals() => Assert.Equal("""
        % needs \usepackage{booktabs}
        \begin{table}
          \centering
          \caption{A \textbar{} \textless{}b\textgreater{}}
          \begin{tabular}{lr}
            \toprule
            row & value \\
            \midrule
            x\textless{}y & \textbf{1.0} {\footnotesize (0 to 2)} \\
            z &  \\
            \bottomrule
          \end{tabular}
          \par\smallskip{\footnotesize Mind the {*}gap{*}.}
        \end{table}

        """, TableFile.Render([_table], TableFormat.Latex));

    [Theory]
    [InlineData(@"50 %_of #1 & $x^2~{y}\z", @"50 \%\_of \#1 \& \$x\textasciicircum{}2\textasciitilde{}\{y\}\textbackslash{}z")]
    [InlineData("[a]*`\"\n", "{[}a{]}{*}\\textasciigrave{}\\char34{} ")]
    [InlineData("\u22121.5 to +2", "$-$1.5 to +2")]
    [InlineData("a---b ''c'' d,,e", "a-{}-{}-b '{}'c'{}' d,{},e")]
    public void Latex_takes_names_as_text(string name, string expected) => Assert.Equal(expected, LatexTable.Escape(name));

    [Fact]
    public void Csv_has_a_line_per_number_and_runs_no_formula()
    {
        var table = new ReportTable("=1+1", ["method", "@case", "text"],
        [
            [ReportCell.Words("-3g5y"), new ReportCell("\u22120.5", "\u22121.0 to 0.0") { Value = -0.5, Low = -1, High = 0 }, new ReportCell("+2.5")],
            [ReportCell.Words("a,\"b\""), new ReportCell(""), ReportCell.Words("=cmd()")],
        ]);
        Assert.Equal(""""
            table,row,column,value,low,high
            '=1+1,'-3g5y,'@case,-0.5,-1,0
            '=1+1,'-3g5y,text,2.5,,
            '=1+1,"a,""b""",text,'=cmd(),,

            """", TableFile.Render([table], TableFormat.Csv));
    }

    [Fact]
    public void The_extension_says_how_a_table_is_written()
    {
        using var folder = new Data.TemporaryFolder();
        Assert.Equal(["t.md", "t.tex", "t.csv"], TableFile.WriteAll(folder.Name, "t", [_table]).Select(Path.GetFileName));
        Assert.StartsWith("**A", File.ReadAllText(Path.Combine(folder.Name, "t.md")), StringComparison.Ordinal);
        Assert.StartsWith("% needs", File.ReadAllText(Path.Combine(folder.Name, "t.tex")), StringComparison.Ordinal);
        Assert.StartsWith("table,row", File.ReadAllText(Path.Combine(folder.Name, "t.csv")), StringComparison.Ordinal);
        Assert.Equal(TableFormat.Latex, TableFile.FormatOf("T.TEX"));
        Assert.Contains(".tex", Assert.Throws<InputException>(() => TableFile.FormatOf("t.docx")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_shows_them_first_encoded()
    {
        var page = ReportPage.Render(new ReportData { Tables = [_table], Rows = MadeUpReport.Make().Rows });
        Assert.Contains("<h2>A | &lt;b&gt;</h2>", page, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\">x&lt;y</th><td class=\"best\">1.0<small>0 to 2</small></td>", page, StringComparison.Ordinal);
        Assert.True(page.IndexOf("x&lt;y", StringComparison.Ordinal) < page.IndexOf("Fixed protocol", StringComparison.Ordinal));
    }
}
