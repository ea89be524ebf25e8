namespace Amodal.Evaluation.Reports;

/// <summary>What the predictions of single utterances show: truth against prediction, calibration, confusion.</summary>
internal static class UtteranceCharts
{
    private const int MostDots = 1000;
    private const int Bins = 10;

    /// <summary>Prediction against truth and calibration, from all modalities and from incomplete sets; nothing without utterances.</summary>
    public static IReadOnlyList<Chart> Of(ReportData data)
    {
        var rows = data.Utterances;
        if (rows.Count == 0)
        {
            return [];
        }

        var colour = MethodColours.Find(ChartBuilder.Colours(data), data.Method) ?? 0;
        // Every k-th, so that the page stays small; the order in a file is not the order of labels.
        var step = 1 + ((rows.Count - 1) / MostDots);
        List<UtteranceResult> some = [.. rows.Where((_, i) => i % step == 0)];
        List<Chart> charts = [Dots("predictions-complete", "all observed", u => u.Complete)];
        if (rows.Any(u => u.Without.Count > 0))
        {
            charts.Add(Dots("predictions-incomplete", "mean over incomplete sets", u => u.Incomplete));
        }

        charts.Add(new Chart("calibration", "Calibration", "prediction, mean of a tenth", "truth, mean",
        [
            Bin("all observed", u => u.Complete, isDashed: false),
            .. rows.Any(u => u.Without.Count > 0) ? [Bin("incomplete sets", u => u.Incomplete, isDashed: true)] : Array.Empty<Chart.Line>(),
            Diagonal(rows.Select(u => u.Complete).Concat(rows.Select(u => u.Incomplete))),
        ])
        { IsSmall = true });
        return charts;

        Chart Dots(string name, string what, Func<UtteranceResult, double> prediction) => new(name, $"Prediction against truth, {what}", "truth", "prediction",
        [
            new Chart.Line(what, Chart.Form.Dots, [.. some.OrderBy(u => u.Truth).Select(u => At(u.Truth, prediction(u)))]) { Colour = colour },
            Diagonal(some.Select(u => u.Truth)),
        ])
        { IsSmall = true };

        Chart.Line Bin(string name, Func<UtteranceResult, double> prediction, bool isDashed)
        {
            var size = Math.Max(1, (rows.Count + Bins - 1) / Bins);
            var bins = rows.OrderBy(prediction).Chunk(size).Select(bin => At(bin.Average(prediction), bin.Average(u => u.Truth))).DistinctBy(p => p.X);
            return new Chart.Line(name, Chart.Form.Line, [.. bins]) { Colour = colour, IsDashed = isDashed };
        }
    }

    /// <summary>How often each class is predicted as each: (truth, predicted), and the classes' names.</summary>
    public static (IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<double>> Counts) Confusion(IReadOnlyList<UtteranceResult> rows, Func<UtteranceResult, double> prediction)
    {
        // Seven classes of the usual scale; of scales within -1 to 1 three.
        var end = rows.Any(u => Math.Abs(u.Truth) > 1) ? 3 : 1;
        double[][] counts = [.. Enumerable.Range(0, (2 * end) + 1).Select(_ => new double[(2 * end) + 1])];
        foreach (var u in rows)
        {
            counts[Class(u.Truth)][Class(prediction(u))]++;
        }

        return ([.. Enumerable.Range(-end, (2 * end) + 1).Select(c => c.ToString("+0;\u22120;0", System.Globalization.CultureInfo.InvariantCulture))], counts);

        int Class(double x) => (int)Math.Round(Math.Clamp(x, -end, end)) + end;
    }

    private static Chart.Point At(double x, double y) => new(x, y, y, y);

    /// <summary>Where prediction and truth are the same.</summary>
    private static Chart.Line Diagonal(IEnumerable<double> values)
    {
        var all = values.Where(double.IsFinite).DefaultIfEmpty().ToList();
        return new Chart.Line("prediction = truth", Chart.Form.Reference, [At(all.Min(), all.Min()), At(all.Max(), all.Max())]);
    }
}
