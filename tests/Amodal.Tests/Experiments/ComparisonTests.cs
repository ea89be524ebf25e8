using Amodal.Diffusion.Networks;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Experiments;
using Amodal.Experiments.Tables;
using Amodal.Targets;

namespace Amodal.Tests.Experiments;

public class ComparisonTests
{
    [Theory]
    [InlineData(0.80, 0.78, 0.82, 0.81, -0.01, false)]
    [InlineData(0.80, 0.78, 0.82, 0.85, -0.05, true)]
    [InlineData(0.80, 0.78, 0.82, 0.75, 0.05, true)]
    public void The_difference_is_ours_less_the_thesiss_and_marked_outside_the_interval(double ours, double low, double high, double thesis, double difference, bool outside)
    {
        var cell = new ComparisonCell(ScoreTarget.Acc2NonZero, new Estimate(ours, low, high), thesis);
        Assert.Equal(difference, cell.Difference!.Value, 1e-12);
        Assert.Equal(outside, cell.IsOutside);
    }

    [Fact]
    public void Without_ours_or_the_thesiss_there_is_no_difference()
    {
        Assert.Null(new ComparisonCell("mae", null, 1).Difference);
        Assert.Null(new ComparisonCell("mae", new(1, 0, 2), null).Difference);
        Assert.False(new ComparisonCell("mae", new(1, 0, 2), null).IsOutside);
    }

    [Fact]
    public void Results_stand_beside_the_numbers_of_their_table()
    {
        var plan = Plan.Parse("t", """
            thesis: "6.12"
            cases: average of seven, v
            rows:
              Ours: { thesis: Full }
              Other: { thesis: w/o diffusion, thesisOnly: true }
            """);
        var comparison = new Comparison(plan, ["text", "audio"], "MOSI");
        ResultRow[] results = [Row("average-all", 0.7)];
        var row = Assert.Single(comparison.Method(plan.Rows[0], results));
        Assert.Null(row.Cells[0].Thesis); // over two modalities an average of three cases is another quantity
        Assert.Equal(3, comparison.Notes().Count());
        Assert.Contains(comparison.Notes(), n => n.Contains("Left out", StringComparison.Ordinal) && n.Contains(": v (", StringComparison.Ordinal));

        comparison = new Comparison(plan, ["text", "audio", "vision"], "MOSEI");
        row = Assert.Single(comparison.Method(plan.Rows[0], results));
        Assert.Equal(0.761, row.Cells[0].Thesis!.Value, 1e-9);
        Assert.Equal(0.7 - 0.761, row.Cells[0].Difference!.Value, 1e-9);
        var theirs = Assert.Single(comparison.ThesisOnly(plan.Rows[1]));
        Assert.Equal((ComparisonPart.ThesisOnly, 0.746), (theirs.Part, Math.Round(theirs.Cells[0].Thesis!.Value, 4)));

        var text = MarkdownTable.Render(Comparison.ToTable(plan, [row, theirs]));
        Assert.Contains("| Ours | average-all | 70.0 (60.0 to 80.0) | 76.1 | −6.1 |", text, StringComparison.Ordinal);
        Assert.Contains("| Other (thesis only) | average-all |  | 74.6 |  |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_outside_our_interval_is_marked_in_the_file()
    {
        ComparisonRow[] rows = [new("ours", ComparisonPart.Method, "fixed", "l", [new("acc7", new(0.5, 0.4, 0.6), 0.55), new("acc7", new(0.5, 0.4, 0.6), 0.7), new("acc7", new(0.5, 0.4, 0.6), null)])];
        var lines = ExperimentFiles.ToCsv(new ExperimentResult("t", "t", false, [], rows, [], [])).Split('\n');
        Assert.Equal(["0", "1", ""], lines[1..4].Select(l => l.Split(',')[^1]));
        Assert.Equal("0.5,0.4,0.6,0.7,-0.2,1", string.Join(',', lines[2].Split(',')[5..8].Append("0.7,-0.2,1")));
    }

    [Fact]
    public void Sums_of_latents_are_pooled_over_folds_and_training_seeds()
    {
        LatentStudy Of(double factor) => new([new LatentStudy.Line(1, 1, [factor, 2, 4, 3, 5], [2 * factor, 2, 4, 1, 5])]);
        var row = Assert.Single(LatentStudy.Rows([Of(1), Of(3)], ["text", "audio"]));
        Assert.Equal(("audio", "text"), (row.Modality, row.Observed));
        Assert.Equal((1.5, 2.5, 4.0 / 8, 8.0 / 8, 0.5), (row.Slope, row.TrueSlope, row.SpreadRatio, 2 * row.Predicted, row.AlignedSlope));
    }

    [Fact]
    public void Memory_is_told_in_the_thesiss_unit()
    {
        // 2^20 bytes are one: parameters of 12.5 times that, as the thesis's ScoreTransformer1D has.
        var plan = Plan.Load("6.4");
        var profile = new BackboneProfile(new BackboneOptions(), 3_200_000, 2_000_000_000, 0, 125 * (1 << 20) / 10, null, [new ForwardTime(1, 7), new ForwardTime(32, 70)]);
        var cells = EfficiencyTable.Row(plan.Rows.Single(r => r.Thesis.StartsWith("ScoreTransformer1D", StringComparison.Ordinal)), profile).Cells.ToDictionary(c => c.Metric);
        Assert.Equal((12.5, 12.5), (cells["memory_MB"].Ours!.Value, cells["memory_MB"].Thesis));
        Assert.Equal((3.2, 3.2), (cells["parameters_M"].Ours!.Value, cells["parameters_M"].Thesis));
        Assert.Equal((2, 1.04), (cells["flops_G"].Ours!.Value, cells["flops_G"].Thesis));
        Assert.Equal((7, 13.1), (cells["inference_ms"].Ours!.Value, cells["inference_ms"].Thesis));
        Assert.Null(cells["training_hours"].Ours);
    }

    private static ResultRow Row(string name, double value) =>
        new("method", "fixed", name, 10, Target.Score.Metrics.ToDictionary(m => m.Name, _ => new Estimate(value, value - 0.1, value + 0.1)));
}
