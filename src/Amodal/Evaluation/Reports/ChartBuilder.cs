namespace Amodal.Evaluation.Reports;

/// <summary>Makes the charts of a report from its data; charts without data are left out.</summary>
internal static class ChartBuilder
{
    /// <summary>The colour of every method of a report but the optimum, which is drawn in the colour of the text.</summary>
    public static IReadOnlyDictionary<string, int> Colours(ReportData data) =>
        MethodColours.Of(data.Rows.Select(r => r.Method).Where(m => m != data.Optimum).OrderBy(m => m != data.Method));

    public static Chart? ByObservedSet(ReportData data)
    {
        if (ShareOf(data.Rows, data.NfeCurve) is not { } metric || PivotTable.Of(data.Rows, [metric.Name], data.Optimum).FirstOrDefault(t => t.Protocol == "fixed") is not { } table)
        {
            return null;
        }

        var colours = Colours(data);
        // Bars of more sets than three modalities have cannot be told apart: averages, and all observed.
        List<string> cases = table.IsTall ? [.. table.Cases.Where((c, i) => PivotTable.IsAverage(c) || (i > 0 && PivotTable.IsAverage(table.Cases[i - 1])))] : [.. table.Cases];
        var series = table.Methods.OrderBy(m => m == data.Optimum).Select(method => new Chart.Line(method,
            method == data.Optimum ? Chart.Form.Mark : Chart.Form.Bar,
            [.. cases.Select((c, i) => Point(i, table[method, c]))])
        {
            Colour = colours.TryGetValue(method, out var colour) ? colour : null,
        });
        return NotEmpty(new Chart("by-observed-set", $"{table.Style.Name} by observed set", "observed", table.Style.Short, [.. series])
        {
            Categories = [.. cases.Select(table.Heading)],
        });
    }

    public static Chart? ByMissingRate(ReportData data)
    {
        if (ShareOf(data.Rows, data.NfeCurve) is not { } metric || PivotTable.Of(data.Rows, [metric.Name], data.Optimum).FirstOrDefault(t => t.Protocol == "random") is not { } table)
        {
            return null;
        }

        var colours = Colours(data);
        var series = table.Methods.OrderBy(m => m == data.Optimum).Select(method => new Chart.Line(method,
            method == data.Optimum ? Chart.Form.Reference : Chart.Form.Line,
            [.. table.Cases.Where(c => MissingRate(c) is not null).Select(c => Point(MissingRate(c)!.Value, table[method, c])).OrderBy(p => p.X)])
        {
            Colour = colours.TryGetValue(method, out var colour) ? colour : null,
        });
        return NotEmpty(new Chart("by-missing-rate", $"{table.Style.Name} by missing rate", "missing rate", table.Style.Short, [.. series]));
    }

    public static Chart? ByNfe(ReportData data) => ShareOf(data.Rows, data.NfeCurve) is not { } metric || MetricStyle.Of(metric.Name) is not { } style ? null : NotEmpty(
        new Chart("by-nfe", $"{style.Name} by network evaluations", "network evaluations per missing modality (logarithmic)", style.Short,
            [.. data.NfeCurve.GroupBy(p => p.Method).Select(g =>
                new Chart.Line(g.Key, Chart.Form.Line, [.. g.Where(p => p.Nfe > 0).OrderBy(p => p.Nfe).Select(p => Point(p.Nfe, p.Metrics.GetValueOrDefault(metric.Name)))])
                {
                    Colour = MethodColours.Find(Colours(data), g.Key),
                })])
        {
            IsLogX = true,
        });

    public static IReadOnlyList<Chart> LearningCurves(ReportData data) =>
        [.. data.Curves.Select((curve, i) => NotEmpty(new Chart($"learning-{i + 1}-{Slug(curve.Stage)}", curve.Stage, "epoch", "loss",
            [
                new Chart.Line("train", Chart.Form.Line, [.. curve.Points.Select(p => new Chart.Point(p.Epoch, p.Train, p.Train, p.Train))]) { Colour = MethodColours.Soft, IsDashed = true },
                new Chart.Line("validation", Chart.Form.Line, [.. curve.Points.Select(p => new Chart.Point(p.Epoch, p.Valid, p.Valid, p.Valid))]) { Colour = MethodColours.Ink, IsDashed = false },
            ])
        {
            IsSmall = true,
        })).OfType<Chart>()];

    /// <summary>The rate of a case such as "MR=0.3".</summary>
    internal static double? MissingRate(string observed) =>
        observed.StartsWith("MR=", StringComparison.Ordinal)
        && double.TryParse(observed.AsSpan(3), NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) ? rate : null;

    /// <summary>The metric that charts show: the first share among the lead metrics.</summary>
    internal static Metric? ShareOf(IEnumerable<ResultRow> rows, IEnumerable<NfePoint> curve) => Metric.Used(rows.SelectMany(r => r.Metrics.Keys).Concat(curve.SelectMany(p => p.Metrics.Keys)), MetricUse.Lead)
        .Select(Metric.Of).FirstOrDefault(m => m.IsShare);

    private static Chart.Point Point(double x, Estimate? estimate) => estimate is null
        ? new Chart.Point(x, double.NaN, double.NaN, double.NaN)
        : new Chart.Point(x, 100 * estimate.Value, 100 * estimate.Low, 100 * estimate.High);

    private static Chart? NotEmpty(Chart chart) => chart.IsEmpty ? null : chart;

    /// <summary>A name from outside as a part of a file name.</summary>
    private static string Slug(string text) =>
        string.Concat(text.ToLowerInvariant().Take(40).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
}
