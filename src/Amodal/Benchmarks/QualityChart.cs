namespace Amodal.Benchmarks;

/// <summary>
/// Quality against time as PNG and SVG: a point per run whose quality is known for what was timed, with the same sampler and
/// as many network evaluations.
/// </summary>
internal static class QualityChart
{
    /// <summary>The files' name without extension.</summary>
    public const string FileName = "quality-against-time";

    /// <summary>Writes the chart of the runs that have a result of `amodal evaluate`.</summary>
    /// <returns>The paths written, none where nothing is known of any run; and which runs are left out, and why.</returns>
    public static (IReadOnlyList<string> Files, IReadOnlyList<string> Notes) Write(
        string folder, IReadOnlyList<BenchRow> rows, IReadOnlyDictionary<string, string> runs)
    {
        var (chart, notes) = Create(rows, runs);
        if (chart is null)
        {
            return ([], notes);
        }

        var (png, svg) = (Path.Combine(folder, FileName + ".png"), Path.Combine(folder, FileName + ".svg"));
        var bytes = ChartDrawing.Png(chart);
        AtomicFile.Write(png, stream => stream.Write(bytes));
        AtomicFile.WriteText(svg, ChartDrawing.Svg(chart));
        return ([png, svg], notes);
    }

    internal static (Chart? Chart, IReadOnlyList<string> Notes) Create(IReadOnlyList<BenchRow> rows, IReadOnlyDictionary<string, string> runs)
    {
        var timed = rows.Where(r => r.Task == BenchTask.Recovery && r.Seconds is not null && runs.ContainsKey(r.Name)).ToList();
        var found = timed.Select(r => r.Name).Distinct().ToDictionary(name => name, name => Results(runs[name]));
        var known = timed.Where(r => found[r.Name] is not null).ToList();
        var notes = new List<string>();
        if (known.Count == 0)
        {
            return (null, notes);
        }

        // The batch of the published comparison where it was measured, else the largest; the fewest missing modalities and threads.
        const int Usual = 32;
        var batch = known.Any(r => r.Batch == Usual) ? Usual : known.Max(r => r.Batch);
        var missing = known.Min(r => r.Missing);
        var threads = known.Min(r => r.Threads);
        var metric = known.SelectMany(r => ChartBuilder.ShareOf(found[r.Name]!.Rows, []) is { } share ? new[] { share } : []).FirstOrDefault();
        if (metric is null)
        {
            return (null, notes);
        }

        var series = new List<Chart.Line>();
        var data = new HashSet<string>();
        foreach (var row in known.Where(r => (r.Batch, r.Missing, r.Threads) == (batch, missing, threads)))
        {
            var results = found[row.Name]!;
            if (Quality(results, row, metric.Name) is { } quality)
            {
                series.Add(new Chart.Line($"{row.Name} ({row.Engine})", Chart.Form.Line, [Point(row, quality)]));
                data.Add(Fact(results, "data digest") ?? "");
            }
            else
            {
                notes.Add($"{row.Name} is not in the chart: it was timed with {row.Sampling ?? "a sampler that is not known"}, and evaluated with "
                    + $"{Fact(results, EvaluationFacts.Sampler) ?? "one that is not known"}. Evaluate it so, and it will be.");
            }
        }

        if (data.Count > 1)
        {
            notes.Add("The runs in the chart were evaluated on different data: their accuracies are not to be compared.");
        }

        var title = $"{MetricStyle.Of(metric.Name).Name} of incomplete sets against time, batch {batch}, {threads} thread{(threads == 1 ? "" : "s")}";
        return (series.Count == 0 ? null : new Chart(FileName, title, $"milliseconds per utterance to recover {missing} (logarithmic)", MetricStyle.Of(metric.Name).Short, series)
        {
            IsLogX = true,
        }, notes);
    }

    private static Chart.Point Point(BenchRow row, Estimate quality) => new(
        Math.Round(1000 / row.UtterancesPerSecond!.Value, 3), 100 * quality.Value, 100 * quality.Low, 100 * quality.High);

    private static RunEvaluationResult? Results(string run) =>
        Path.Combine(run, "report", "results.json") is var file && File.Exists(file) ? ResultFile.Read(file) : null;

    /// <summary>
    /// What was measured with the sampler and the evaluations that the row was timed with, single precision and one sample: the
    /// run's own row, or else a point of its curve over evaluations. Null where neither is.
    /// </summary>
    private static Estimate? Quality(RunEvaluationResult results, BenchRow row, string metric)
    {
        var (sampler, single) = (Fact(results, EvaluationFacts.Sampler), OptionNames.Of(Precision.Float32));
        if (row.Sampling is null || sampler is null || (Fact(results, "precision") ?? single) != single)
        {
            return null;
        }

        if (sampler == row.Sampling)
        {
            // The run's own row stands first of those of the average over incomplete sets that no baseline and no optimum made.
            return results.Rows
                .FirstOrDefault(r => r.Case == ProtocolEvaluator.AverageIncomplete && r.Method != BaselineNames.Optimum && BaselineNames.Of(r.Method) is null)
                ?.Metrics.GetValueOrDefault(metric);
        }

        // The curve is of the sampler that was evaluated, at other numbers of evaluations; averaged samples are a third part of the text.
        return sampler.Split(", ") is [var theirs, _] && row.Sampling.Split(", ") is [var ours, _] && theirs == ours
            ? results.NfeCurve.FirstOrDefault(p => p.Nfe == row.Nfe)?.Metrics.GetValueOrDefault(metric) : null;
    }

    private static string? Fact(RunEvaluationResult results, string name) => results.Facts.FirstOrDefault(f => f.Name == name)?.Value;
}
