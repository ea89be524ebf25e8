using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Files;
using Amodal.Training;

namespace Amodal.Benchmarks;

/// <summary>Quality against time: a point per run that was evaluated, as PNG and SVG.</summary>
public static class QualityChart
{
    /// <summary>The files' name without extension.</summary>
    public const string FileName = "quality-against-time";

    /// <summary>Writes the chart of the runs that have a result of `amodal evaluate`.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="rows">Rows of a benchmark.</param>
    /// <param name="runs">Run directories by the name that their rows have.</param>
    /// <returns>The paths written; none where no run was evaluated.</returns>
    /// <exception cref="InputException">A file cannot be read or written.</exception>
    public static IReadOnlyList<string> Write(string folder, IReadOnlyList<BenchRow> rows, IReadOnlyDictionary<string, string> runs)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(runs);
        if (Create(rows, runs) is not { IsEmpty: false } chart)
        {
            return [];
        }

        var (png, svg) = (Path.Combine(folder, FileName + ".png"), Path.Combine(folder, FileName + ".svg"));
        var bytes = PngChart.Render(chart);
        AtomicFile.Write(png, stream => stream.Write(bytes));
        AtomicFile.WriteText(svg, PngChart.RenderSvg(chart));
        return [png, svg];
    }

    internal static Chart? Create(IReadOnlyList<BenchRow> rows, IReadOnlyDictionary<string, string> runs)
    {
        var timed = rows.Where(r => r.Task == BenchTask.Recovery && r.Seconds is not null && runs.ContainsKey(r.Name)).ToList();
        if (timed.Count == 0)
        {
            return null;
        }

        // The batch of the published comparison where it was measured, else the largest; the fewest missing modalities.
        const int Usual = 32;
        var batch = timed.Any(r => r.Batch == Usual) ? Usual : timed.Max(r => r.Batch);
        var missing = timed.Min(r => r.Missing);
        var series = timed.Where(r => (r.Batch, r.Missing) == (batch, missing)).DistinctBy(r => (r.Name, r.Engine))
            .Select(r => (Row: r, Quality: Quality(runs[r.Name]))).Where(p => p.Quality is not null)
            .Select(p => new Chart.Line($"{p.Row.Name} ({p.Row.Engine})", Chart.Form.Line, [Point(p.Row, p.Quality!)]));
        return new Chart(FileName, $"ACC2 of incomplete sets against time, batch {batch}", $"milliseconds per utterance to recover {missing} (logarithmic)", "ACC2, %", [.. series])
        {
            IsLogX = true,
        };
    }

    private static Chart.Point Point(BenchRow row, Estimate quality) => new(
        Math.Round(1000 / row.UtterancesPerSecond!.Value, 3), 100 * quality.Value, 100 * quality.Low, 100 * quality.High);

    /// <summary>The run's own row stands first of those of the average over incomplete sets that no floor and no optimum made.</summary>
    private static Estimate? Quality(string run)
    {
        var file = Path.Combine(run, "report", "results.json");
        return !File.Exists(file) ? null : ResultFile.Read(file).Rows
            .FirstOrDefault(r => r.Case == ProtocolEvaluator.AverageIncomplete && r.Method != RunEvaluator.OptimumName && !ModelEvaluation.FloorNames.Contains(r.Method))
            ?.Metrics.GetValueOrDefault(Metrics.Acc2NonZero);
    }
}
