using Amodal.Evaluation;
using Amodal.Evaluation.Reports;

namespace Amodal.Tests.Evaluation.Reports;

public class TableTests
{
    private static readonly ResultRow[] _rows =
    [
        Row("a", "average-all", 0.8, 1.25), Row("a", "text", 0.7004, 1.0), Row("a", "audio", 0.6, 1.5), Row("a", "average-incomplete", 0.65, 1.25),
        Row("b", "text", 0.6996, 0.5), Row("b", "audio", 0.55, 1.6),
        Row("best possible", "text", 0.9, 0.1),
    ];

    [Fact]
    public void Markdown_has_methods_down_and_cases_across_with_what_is_best_beyond_chance_bold()
    {
        Assert.Equal("""
            **fixed protocol: ACC2, negative against positive, % (higher is better)**

            | method | text | audio | average of 1 (incomplete) | average of 2 (all) |
            | --- | ---: | ---: | ---: | ---: |
            | a | 70.0 (69.0 to 71.0) | **60.0** (59.0 to 61.0) | 65.0 (64.0 to 66.0) | 80.0 (79.0 to 81.0) |
            | b | 70.0 (69.0 to 71.0) | 55.0 (54.0 to 56.0) |  |  |
            | best possible | 90.0 (89.0 to 91.0) |  |  |  |

            **fixed protocol: MAE (lower is better)**

            | method | text | audio | average of 1 (incomplete) | average of 2 (all) |
            | --- | ---: | ---: | ---: | ---: |
            | a | 1.000 (0.990 to 1.010) | **1.500** (1.490 to 1.510) | 1.250 (1.240 to 1.260) | 1.250 (1.240 to 1.260) |
            | b | **0.500** (0.490 to 0.510) | 1.600 (1.590 to 1.610) |  |  |
            | best possible | 0.100 (0.090 to 0.110) |  |  |  |

            """, MarkdownTable.Render(_rows, ["acc2_nonzero", "absent", "mae"], optimum: "best possible"));
    }

    [Theory]
    [InlineData(0.01, 0.001, 0.02, true)] // the intervals overlap, but the pairs tell them apart
    [InlineData(0.01, -0.001, 0.02, false)] // the interval holds chance
    [InlineData(double.NaN, double.NaN, double.NaN, false)]
    public void Best_is_what_the_paired_difference_tells_from_every_other(double difference, double low, double high, bool isMarked)
    {
        ResultRow[] rows = [Row("a", "text", 0.71, 1), Row("b", "text", 0.70, 1)];
        Estimate estimate = new(difference, low, high);
        foreach (var pair in new[] { new PairedDifference("a", "b", "text", "acc2_nonzero", estimate), new PairedDifference("b", "a", "text", "acc2_nonzero", new(-difference, -high, -low)) })
        {
            var table = ResultTables.Of(rows, ["acc2_nonzero"], differences: [pair]).Single();
            Assert.Equal((isMarked, false), (table.Rows[0][1].IsMarked, table.Rows[1][1].IsMarked));
        }
    }

    [Fact]
    public void A_third_method_that_cannot_be_told_from_the_first_takes_the_mark_away()
    {
        ResultRow[] rows = [Row("a", "text", 0.71, 1), Row("b", "text", 0.60, 1), Row("c", "text", 0.705, 1)];
        var table = ResultTables.Of(rows, ["acc2_nonzero"], differences: [new PairedDifference("a", "b", "text", "acc2_nonzero", new(0.11, 0.1, 0.12))]).Single();
        Assert.DoesNotContain(table.Rows, r => r[1].IsMarked);
    }

    [Fact]
    public void Many_cases_stand_down_averages_first_and_then_by_how_many_modalities_are_missing()
    {
        string[] sets = ["a", "b", "c", "d", "a+b", "a+c", "a+d", "b+c", "b+d", "c+d", "a+b+c", "a+b+d", "a+c+d", "b+c+d", "a+b+c+d"];
        string[] cases = [.. sets, "average-incomplete", "average-all", "average-missing-1", "average-missing-2", "average-missing-3"];
        var table = ResultTables.Of([.. cases.Select(c => Row("m", c, 0.5, 1))], ["mae"]).Single();
        Assert.Equal(["observed", "m"], table.Headings);
        Assert.Equal(["average of 15 (all)", "average of 14 (incomplete)", "average, 1 missing", "average, 2 missing", "average, 3 missing", "a+b+c+d", "a+b+c"],
            table.Rows.Take(7).Select(r => r[0].Text));
        Assert.Equal("d", table.Rows[^1][0].Text);
    }

    [Fact]
    public void Markdown_takes_names_as_text()
    {
        var text = MarkdownTable.Render([new ResultRow("<b>|*x*\n", "fixed", "a|b", 1, new Dictionary<string, Estimate> { ["mae"] = new(1, 1, 1) })], ["mae"]);
        Assert.Contains("| &lt;b&gt;\\|\\*x\\*  | 1.000 (1.000 to 1.000) |", text, StringComparison.Ordinal);
        Assert.Contains("| method | a\\|b |", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0.93, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1.0 })]
    [InlineData(40, 83, new[] { 40.0, 50, 60, 70, 80, 90 })]
    [InlineData(-0.3, 0.1, new[] { -0.3, -0.2, -0.1, 0, 0.1 })]
    public void Ticks_are_round_and_enclose(double low, double high, double[] expected)
    {
        var ticks = Chart.Ticks(low, high);
        Assert.Equal(expected.Length, ticks.Count);
        Assert.All(expected.Zip(ticks), t => Assert.Equal(t.First, t.Second, 1e-9));
    }

    [Theory]
    [InlineData(new[] { 0.03, 0.5, 7 }, new[] { 0.03, 0.5, 7 })] // a few are named themselves
    [InlineData(new[] { 0.03, 0.031, 0.032, 0.04, 0.06, 0.15, 0.3, 0.7, 2.5 }, new[] { 0.05, 0.1, 0.2, 0.5, 1, 2 })]
    [InlineData(new[] { 1.0, 2, 3, 4, 5, 6, 7, 8, 10 }, new[] { 1.0, 2, 5, 10 })]
    public void Many_places_on_a_logarithmic_axis_are_named_by_round_numbers(double[] places, double[] expected)
    {
        var chart = new Chart("c", "c", "x", "y", [new Chart.Line("l", Chart.Form.Line, [.. places.Select(x => new Chart.Point(x, 1, 1, 1))])]) { IsLogX = true };
        var ticks = chart.XTicks(count: 8);
        Assert.Equal(expected.Length, ticks.Count);
        Assert.All(expected.Zip(ticks), t => Assert.Equal(t.First, t.Second, 1e-9));
    }

    [Theory]
    [InlineData("MR=0.3", 0.3)]
    [InlineData("MR=x", null)]
    [InlineData("text", null)]
    public void Missing_rates_are_read_from_the_case(string observed, double? rate) => Assert.Equal(rate, ChartBuilder.MissingRate(observed));

    private static ResultRow Row(string method, string observed, double accuracy, double error) =>
        new(method, "fixed", observed, 10, new Dictionary<string, Estimate>
        {
            ["acc2_nonzero"] = new(accuracy, accuracy - 0.01, accuracy + 0.01),
            ["mae"] = new(error, error - 0.01, error + 0.01),
        });
}
