using Amodal.Diffusion.Networks;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Reproduction;
using Amodal.Targets;

namespace Amodal.Tests.Reproduction;

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
        var plan = TablePlan.Parse("t", """
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
    public void Training_seeds_are_averaged_and_widen_the_interval()
    {
        // Values 0.7 and 0.8: standard deviation 0.0707, of the mean 0.05; Student's factor for one degree of freedom 12.706.
        var pooled = SeedPooling.Pool([new Estimate(0.7, 0.6, 0.8), new Estimate(0.8, 0.7, 0.9)]);
        Assert.Equal(0.75, pooled.Value, 1e-12);
        var half = Math.Sqrt((0.1 * 0.1) + Math.Pow(12.706 * 0.05, 2));
        Assert.Equal(0.75 - half, pooled.Low, 1e-9);
        Assert.Equal(0.75 + half, pooled.High, 1e-9);
        // The ends of an interval lie each as far from the value as their own.
        pooled = SeedPooling.Pool([new Estimate(0.7, 0.5, 0.8), new Estimate(0.7, 0.6, 0.9)]);
        Assert.Equal((0.55, 0.85), (Math.Round(pooled.Low, 9), Math.Round(pooled.High, 9)));
    }

    [Fact]
    public void A_number_outside_our_interval_is_marked_in_the_file()
    {
        ComparisonRow[] rows = [new("ours", ComparisonPart.Method, "fixed", "l", [new("acc7", new(0.5, 0.4, 0.6), 0.55), new("acc7", new(0.5, 0.4, 0.6), 0.7), new("acc7", new(0.5, 0.4, 0.6), null)])];
        var lines = ReproductionFiles.ToCsv(new ReproductionResult("t", "t", false, [], rows, [], [])).Split('\n');
        Assert.Equal(["0", "1", ""], lines[1..4].Select(l => l.Split(',')[^1]));
        Assert.Equal("0.5,0.4,0.6,0.7,-0.2,1", string.Join(',', lines[2].Split(',')[5..8].Append("0.7,-0.2,1")));
    }

    [Fact]
    public void Latents_are_averaged_over_training_seeds()
    {
        var row = new LatentRecoveryRow("m", "text", "audio", 1, 0.2, 3, 0.4, 5) { LinearError = 6, LinearCorrelation = 0.7 };
        var other = new LatentRecoveryRow("m", "text", "audio", 3, 0.4, 5, 0.6, 7) { LinearError = 8, LinearCorrelation = 0.9 };
        var expected = new LatentRecoveryRow("m", "text", "audio", 2, (0.2 + 0.4) / 2, 4, 0.5, 6) { LinearError = 7, LinearCorrelation = (0.7 + 0.9) / 2 };
        Assert.Equal([expected], SeedPooling.Pool([[row], [other]]));
        var held = new LatentShrinkageRow("m", "text", "audio", 1, 2, 3, 4, 5, 6, 7);
        var heldElsewhere = new LatentShrinkageRow("m", "text", "audio", 3, 4, 5, 6, 7, 8, 9);
        Assert.Equal([new("m", "text", "audio", 2, 3, 4, 5, 6, 7, 8)], SeedPooling.Pool([new LatentStudyResult([held]), new LatentStudyResult([heldElsewhere])]).Rows);
    }

    [Fact]
    public void Memory_is_told_in_the_thesiss_unit()
    {
        // 2^20 bytes are one: parameters of 12.5 times that, as the thesis's ScoreTransformer1D has.
        var plan = TablePlan.Load("6.4");
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
