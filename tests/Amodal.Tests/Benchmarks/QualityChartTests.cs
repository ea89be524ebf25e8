using Amodal.Benchmarks;
using Amodal.Evaluation;
using Amodal.Training;

namespace Amodal.Tests.Benchmarks;

public class QualityChartTests
{
    [Fact]
    public void A_run_that_was_evaluated_is_a_point()
    {
        var folder = Directory.CreateTempSubdirectory("amodal-chart-").FullName;
        try
        {
            var run = Path.Combine(folder, "run");
            Directory.CreateDirectory(Path.Combine(run, "report"));
            ResultFile.Write(Path.Combine(run, "report", "results.json"), new RunEvaluationResult([], [Row("optimum", 0.9), Row("ours", 0.75), Row("majority", 0.5)], [], [], []));
            var rows = new[] { Timed("run", 1, 0.01), Timed("run", 32, 0.064), Timed("never-evaluated", 32, 1) };
            var runs = new Dictionary<string, string> { ["run"] = run, ["never-evaluated"] = folder };

            var series = QualityChart.Create(rows, runs)!.Series.Single();
            Assert.Equal("run (torch)", series.Name);
            Assert.Equal((2, 75, 74, 76), series.Points.Select(p => (p.X, p.Y, p.Low, p.High)).Single()); // 64 ms for 32 utterances

            Assert.Equal([Path.Combine(folder, "quality-against-time.png"), Path.Combine(folder, "quality-against-time.svg")], QualityChart.Write(folder, rows, runs));
            Assert.Equal([0x89, (byte)'P'], File.ReadAllBytes(Path.Combine(folder, "quality-against-time.png"))[..2]);
            Assert.Contains("<svg", File.ReadAllText(Path.Combine(folder, "quality-against-time.svg")), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Without_an_evaluation_there_is_no_chart() =>
        Assert.Empty(QualityChart.Write(Path.GetTempPath(), [Timed("preset", 32, 1)], new Dictionary<string, string>()));

    private static BenchRow Timed(string name, int batch, double seconds) =>
        new(name, "torch", BenchTask.Recovery, 1, batch, 1) { Samples = [new(1, seconds)] };

    private static ResultRow Row(string method, double accuracy) => new(
        method, "fixed", ProtocolEvaluator.AverageIncomplete, 10, new Dictionary<string, Estimate> { [Metrics.Acc2NonZero] = new(accuracy, accuracy - 0.01, accuracy + 0.01) });
}
