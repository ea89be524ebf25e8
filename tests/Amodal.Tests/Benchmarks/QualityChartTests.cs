using Amodal.Benchmarks;
using Amodal.Evaluation;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Data;

namespace Amodal.Tests.Benchmarks;

public sealed class QualityChartTests : IDisposable
{
    private const string Ddim60 = "ddim, 60 network evaluations per missing modality";
    private const string Ddim5 = "ddim, 5 network evaluations per missing modality";
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_run_that_was_evaluated_is_a_point()
    {
        var rows = new[] { Timed("run", 1, 0.01), Timed("run", 32, 0.064), Timed("never-evaluated", 32, 1) };
        var runs = new Dictionary<string, string> { ["run"] = Evaluated("run", Ddim60), ["never-evaluated"] = _folder.Name };

        var (chart, notes) = QualityChart.Create(rows, runs);
        var series = chart!.Series.Single();
        Assert.Equal("run (torch)", series.Name);
        Assert.Equal((2, 75, 74, 76), series.Points.Select(p => (p.X, p.Y, p.Low, p.High)).Single()); // 64 ms for 32 utterances
        Assert.Equal([2], chart.XTicks(count: 8)); // one point is named on its axis
        Assert.Contains("batch 32, 1 thread", chart.Title, StringComparison.Ordinal);
        Assert.Empty(notes);

        var (png, svg) = (Path.Combine(_folder.Name, "quality-against-time.png"), Path.Combine(_folder.Name, "quality-against-time.svg"));
        Assert.Equal([png, svg], QualityChart.Write(_folder.Name, rows, runs).Files);
        Assert.Equal([0x89, (byte)'P'], File.ReadAllBytes(png)[..2]);
        Assert.Contains("<svg", File.ReadAllText(svg), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("heun, 5 network evaluations per missing modality", "float32")] // another sampler, of which the curve is
    [InlineData("ddim, 60 network evaluations per missing modality, 4 samples averaged", "float32")]
    [InlineData("ddim, 5 network evaluations per missing modality", "bfloat16")]
    public void A_run_that_was_evaluated_otherwise_than_timed_is_left_out_and_named(string sampler, string precision)
    {
        var runs = new Dictionary<string, string> { ["run"] = Evaluated("run", sampler, precision, curve: 5) };
        var (chart, notes) = QualityChart.Create([Timed("run", 32, 0.064, Ddim5, 5)], runs);
        Assert.Null(chart);
        Assert.Contains(Ddim5, Assert.Single(notes), StringComparison.Ordinal);
        Assert.Contains(sampler, notes[0], StringComparison.Ordinal);
        Assert.Empty(QualityChart.Write(_folder.Name, [Timed("run", 32, 0.064, Ddim5, 5)], runs).Files);
    }

    [Fact]
    public void Fewer_evaluations_have_the_quality_of_the_curve()
    {
        var runs = new Dictionary<string, string> { ["run"] = Evaluated("run", Ddim60, curve: 5), ["without-curve"] = Evaluated("without-curve", Ddim60) };
        var (chart, notes) = QualityChart.Create([Timed("run", 32, 0.064, Ddim5, 5), Timed("without-curve", 32, 0.064, Ddim5, 5)], runs);
        Assert.Equal((60, 58, 62), chart!.Series.Single().Points.Select(p => (Math.Round(p.Y, 9), Math.Round(p.Low, 9), Math.Round(p.High, 9))).Single());
        Assert.Contains("without-curve", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Points_share_batch_missing_modalities_and_threads_and_different_data_are_said()
    {
        var runs = new Dictionary<string, string> { ["a"] = Evaluated("a", Ddim60), ["b"] = Evaluated("b", Ddim60, digest: "other") };
        var rows = new[] { Timed("a", 8, 0.08), Timed("b", 8, 0.16), Timed("a", 4, 1), Timed("a", 8, 1) with { Missing = 2 }, Timed("a", 8, 1) with { Threads = 2 }, Timed("a", 8, 1) with { Task = BenchTask.Path } };
        var (chart, notes) = QualityChart.Create(rows, runs);
        Assert.Equal([10, 20], chart!.Series.Select(s => s.Points.Single().X));
        Assert.Contains("different data", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_evaluation_there_is_no_chart() =>
        Assert.Empty(QualityChart.Write(Path.GetTempPath(), [Timed("preset", 32, 1)], new Dictionary<string, string>()).Files);

    public void Dispose() => _folder.Dispose();

    /// <summary>A run directory with a report: accuracy 0.75, and 0.6 at the budget of its curve.</summary>
    private string Evaluated(string name, string sampler, string precision = "float32", int? curve = null, string digest = "data")
    {
        var run = Path.Combine(_folder.Name, name);
        Directory.CreateDirectory(Path.Combine(run, "report"));
        ResultFile.Write(Path.Combine(run, "report", "results.json"), new RunEvaluationResult(
            [new("sampler", sampler), new("precision", precision), new("data digest", digest)], [Row("optimum", 0.9), Row("ours", 0.8) with { Case = ProtocolEvaluator.AverageAll }, Row("ours", 0.75), Row("majority", 0.5)], [], [],
            curve is { } nfe ? [new NfePoint("ours (ddim)", nfe, new Dictionary<string, Estimate> { [ScoreTarget.Acc2NonZero] = new(0.6, 0.58, 0.62) }, 1, 1)] : []));
        return run;
    }

    private static BenchRow Timed(string name, int batch, double seconds, string sampling = Ddim60, int nfe = 60) =>
        new(name, "torch", BenchTask.Recovery, 1, batch, 1) { Samples = [new(1, seconds)], Sampling = sampling, Nfe = nfe };

    private static ResultRow Row(string method, double accuracy) => new(
        method, "fixed", ProtocolEvaluator.AverageIncomplete, 10, new Dictionary<string, Estimate> { [ScoreTarget.Acc2NonZero] = new(accuracy, accuracy - 0.01, accuracy + 0.01) });
}
