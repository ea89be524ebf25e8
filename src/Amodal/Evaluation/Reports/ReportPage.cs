using System.Globalization;
using System.Net;
using System.Text;

namespace Amodal.Evaluation.Reports;

/// <summary>The report as one HTML page without scripts, fonts or pictures from elsewhere.</summary>
internal sealed class ReportPage
{
    private static readonly string[] _openMetrics = ["acc2_nonzero", "mae"];
    private static readonly string[] _tableMetrics = ["acc2_nonzero", "f1_nonzero_weighted", "acc7", "mae", "corr"];

    private readonly StringBuilder _page = new();
    private readonly ReportData _data;

    private ReportPage(ReportData data) => _data = data;

    /// <summary>The page's text.</summary>
    public static string Render(ReportData data) => new ReportPage(data).Render();

    private string Render()
    {
        // The policy holds even if a name from a file should ever slip through unencoded.
        _page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Append($"<title>{Html(_data.Title)}</title>\n<style>{ReportStyle.Css}</style>\n</head>\n<body>\n");
        Head();
        Tables();
        Protocol("fixed", "Fixed protocol: every observed set", ChartBuilder.ByPattern(_data));
        Protocol("random", "Random protocol: by missing rate", ChartBuilder.ByMissingRate(_data));
        foreach (var other in _data.Rows.Select(r => r.Protocol).Distinct().Where(p => p is not ("fixed" or "random")))
        {
            Protocol(other, $"Protocol: {other}", null);
        }

        Nfe();
        Differences();
        LatentRecovery();
        LatentFigures();
        LearningCurves();
        Everything();
        _page.Append("<footer>")
            .Append(_data.Rows.Count > 0 ? $"Values with {(_data.Intervals.Length > 0 ? Html(_data.Intervals) : "95 % intervals")}; the best of a column is marked, the optimum does not compete. " : "")
            .Append("Pictures stand beside this page as PNG files.</footer>\n</body>\n</html>\n");
        return _page.ToString();
    }

    private void Head()
    {
        _page.Append($"<header><h1>{Html(_data.Title)}</h1>");
        _page.Append(_data.Subtitle.Length > 0 ? $"<p class=\"lead\">{Html(_data.Subtitle)}</p>" : "");
        if (_data.Facts.Count > 0)
        {
            _page.Append("<dl>").AppendJoin("", _data.Facts.Select(f => $"<div><dt>{Html(f.Name)}</dt><dd>{Html(f.Value)}</dd></div>")).Append("</dl>");
        }

        _page.Append("</header>\n");
        if (_data.Notes.Count > 0)
        {
            _page.Append("<section class=\"notes\"><h2>Notes</h2><ul>").AppendJoin("", _data.Notes.Select(n => $"<li>{Html(n)}</li>")).Append("</ul></section>\n");
        }
    }

    private void Tables()
    {
        foreach (var table in _data.Tables)
        {
            _page.Append($"<section><h2>{Html(table.Title)}</h2>\n").Append(table.Note.Length > 0 ? $"<p>{Html(table.Note)}</p>\n" : "");
            Table(table.Headings, [], table.Rows.Select(row => ("", row.Select(Cell))));
            _page.Append("</section>\n");
        }
    }

    private static string Cell(ReportCell cell, int column)
    {
        var (name, attributes) = column == 0 ? ("th", " scope=\"row\"") : ("td", cell.IsMarked ? " class=\"best\"" : cell.IsWords ? " class=\"text\"" : "");
        var small = cell.Small.Length > 0 ? $"<small>{Html(cell.Small)}</small>" : "";
        return $"<{name}{attributes}>{Html(cell.Text)}{small}</{name}>";
    }

    private void Protocol(string protocol, string heading, Chart? chart)
    {
        var rows = _data.Rows.Where(r => r.Protocol == protocol).ToList();
        if (rows.Count == 0)
        {
            return;
        }

        _page.Append($"<section><h2>{Html(heading)}</h2>\n").Append(_data.Intervals.Length > 0 ? $"<p>Beside each value its interval: {Html(_data.Intervals)}.</p>\n" : "").Append(chart is null ? "" : SvgChart.Render(chart));
        var present = rows.SelectMany(r => r.Metrics.Keys).ToHashSet();
        var metrics = _tableMetrics.Where(present.Contains).ToList();
        foreach (var table in PivotTable.Of(rows, metrics.Count > 0 ? metrics : MetricStyle.Order(present), _data.Optimum))
        {
            var isOpen = _openMetrics.Contains(table.Metric) || metrics.Count == 0;
            _page.Append($"<details{(isOpen ? " open" : "")}><summary>{Html(table.Style.Heading)}</summary>");
            Pivot(table);
            _page.Append("</details>\n");
        }

        _page.Append("</section>\n");
    }

    private void Pivot(PivotTable table)
    {
        string Count(string observed) => table.Counts.TryGetValue(observed, out var n) ? $"<small>n = {n}</small>" : "";
        Table(["method", .. table.Cases.Select(table.Heading)], ["", .. table.Cases.Select(Count)], table.Methods.Select(method =>
            (method == table.Optimum ? "optimum" : "", (IEnumerable<string>)
            [
                $"<th scope=\"row\">{Html(method)}</th>",
                .. table.Cases.Select(c => table[method, c] is { } e
                    ? $"<td class=\"{(table.IsBest(method, c) ? "best" : "")}{(PivotTable.IsAverage(c) ? " average" : "")}\">{table.Style.Show(e.Value)}<small>{table.Style.ShowInterval(e)}</small></td>"
                    : "<td>–</td>"),
            ])));
    }

    private void Nfe()
    {
        if (_data.NfeCurve.Count == 0)
        {
            return;
        }

        _page.Append("<section><h2>Accuracy and cost of sampling</h2>\n");
        _page.Append(ChartBuilder.ByNfe(_data) is { } chart ? SvgChart.Render(chart) : "");
        var style = MetricStyle.Of("acc2_nonzero");
        Table(["method", "NFE", "ACC2, %", "MAE", "latent error", "seconds"], [], _data.NfeCurve.Select(p => ("", (IEnumerable<string>)
        [
            $"<th scope=\"row\">{Html(p.Method)}</th>",
            $"<td>{p.Nfe}</td>",
            $"<td>{style.Show(p.Acc2.Value)}<small>{style.ShowInterval(p.Acc2)}</small></td>",
            $"<td>{Number(p.Mae.Value, "0.000")}</td>",
            $"<td>{Number(p.LatentError, "0.000")}</td>",
            $"<td>{Number(p.Seconds, "0.0")}</td>",
        ])));
        _page.Append("</section>\n");
    }

    private void Differences()
    {
        if (_data.Differences.Count == 0)
        {
            return;
        }

        _page.Append("<section><h2>Paired differences</h2>\n<p>First method less second, on the same utterances and masks; "
            + $"marked where the interval excludes zero. {(_data.Intervals.Length > 0 ? $"{Html(_data.Intervals)}." : "")}</p>\n");
        Table(["methods", "case", "metric", "difference"], [], _data.Differences.Select(d =>
        {
            var style = MetricStyle.Of(d.Metric);
            var isClear = d.Difference.Low > 0 || d.Difference.High < 0;
            return ("", (IEnumerable<string>)
            [
                $"<th scope=\"row\">{Html(d.Method)} − {Html(d.Rival)}</th>",
                $"<td class=\"text\">{Html(d.Case)}</td>",
                $"<td class=\"text\">{Html(style.Heading)}</td>",
                $"<td{(isClear ? " class=\"best\"" : "")}>{style.ShowDifference(d.Difference.Value)}"
                    + $"<small>{style.ShowDifference(d.Difference.Low)} to {style.ShowDifference(d.Difference.High)}</small></td>",
            ]);
        }));
        _page.Append("</section>\n");
    }

    private void LatentRecovery()
    {
        if (_data.LatentRecovery.Count == 0)
        {
            return;
        }

        _page.Append("<section><h2>Recovery of the latents</h2>\n<p>Root mean square error in standard deviations of the latent "
            + "and correlation with the truth, as sampled and after the alignment decoder, over all steps that are not padding. "
            + "Linear is ridge regression from the observed latents, fitted on train: what a line can tell. One sample from the true "
            + "conditional has more error than its mean, its spread counts too: where the mean correlates with the truth by r, a "
            + "perfect sample does by r squared.</p>\n");
        Table(["method", "recovered", "observed", "error", "correlation", "aligned error", "aligned correlation", "mean-fill error", "linear error", "linear correlation"], [], _data.LatentRecovery.Select(r => ("", (IEnumerable<string>)
        [
            $"<th scope=\"row\">{Html(r.Method)}</th>",
            $"<td class=\"text\">{Html(r.Modality)}</td>",
            $"<td class=\"text\">{Html(r.Observed)}</td>",
            $"<td>{Number(r.Error, "0.000")}</td>",
            $"<td>{Number(r.Correlation, "0.000")}</td>",
            $"<td>{Number(r.AlignedError, "0.000")}</td>",
            $"<td>{Number(r.AlignedCorrelation, "0.000")}</td>",
            $"<td>{Number(r.MeanFillError, "0.000")}</td>",
            $"<td>{(r.LinearError is { } error ? Number(error, "0.000") : "")}</td>",
            $"<td>{(r.LinearCorrelation is { } correlation ? Number(correlation, "0.000") : "")}</td>",
        ])));
        _page.Append("</section>\n");
    }

    private void LatentFigures()
    {
        if (_data.LatentFigures.Count == 0)
        {
            return;
        }

        _page.Append("<section><h2>Recovered beside true latents</h2>\n<p>Each panel is one t-SNE embedding of true latents (circles) and "
            + "recovered ones (crosses) of the same utterances. The numbers are measured on the latents themselves. <b>SW</b>: sliced Wasserstein "
            + "distance, 0 is best, beside what chance leaves of it. <b>MMD²</b>: unbiased, 0 is best. <b>kNN</b>: the share of a true latent's nearest true ones "
            + "that its recovered one is near to as well, 1 is best. <b>mix</b>: the share of neighbours from the other set, about a half is best; 0 means that the sets lie apart, or one is drawn together or scattered. "
            + "<b>KL</b>: what the picture leaves out.</p>\n");
        foreach (var figure in _data.LatentFigures)
        {
            _page.Append($"<figure>{LatentFigureSvg.Render(figure, isFile: false)}</figure>\n");
            Table(["panel", "sampler", "NFE", "decoder", "recovered", "SW", "MMD²", "kNN", "mix", "KL"], [], figure.Panels.SelectMany(p => p.Modalities.Select(m => ("", (IEnumerable<string>)
            [
                $"<th scope=\"row\">{Html(p.Label)}</th>",
                $"<td class=\"text\">{Html(p.Sampler)}</td>",
                $"<td>{p.Nfe}</td>",
                $"<td class=\"text\">{(p.Aligned ? "with" : "without")}</td>",
                $"<td class=\"text\">{Html(m.Name)}</td>",
                $"<td>{Number(m.Distances.SlicedWasserstein, "0.000")}<small>chance {Number(m.Distances.SlicedWassersteinChance, "0.000")}</small></td>",
                $"<td>{Number(m.Distances.Mmd, "0.000")}</td>",
                $"<td>{Number(m.Distances.NeighbourOverlap, "0.000")}<small>chance {Number(m.Distances.NeighbourOverlapChance, "0.000")}</small></td>",
                $"<td>{Number(m.Distances.NeighbourMixing, "0.000")}</td>",
                $"<td>{Number(p.Divergence, "0.00")}</td>",
            ]))));
        }

        _page.Append("</section>\n");
    }

    private void LearningCurves()
    {
        var charts = ChartBuilder.LearningCurves(_data);
        if (charts.Count > 0)
        {
            _page.Append("<section><h2>Learning curves</h2>\n<div class=\"grid\">").AppendJoin("", charts.Select(SvgChart.Render)).Append("</div></section>\n");
        }
    }

    private void Everything()
    {
        if (_data.Rows.Count == 0)
        {
            return;
        }

        var metrics = MetricStyle.Order(_data.Rows.SelectMany(r => r.Metrics.Keys));
        _page.Append("<section><details><summary>All rows and metrics</summary>");
        Table(["method", "protocol", "case", "n", .. metrics], [], _data.Rows.Select(r => ("", (IEnumerable<string>)
        [
            $"<th scope=\"row\">{Html(r.Method)}</th>",
            $"<td class=\"text\">{Html(r.Protocol)}</td>",
            $"<td class=\"text\">{Html(r.Case)}</td>",
            $"<td>{r.Count}</td>",
            .. metrics.Select(m => r.Metrics.TryGetValue(m, out var e)
                ? $"<td>{MetricStyle.Of(m).Show(e.Value)}<small>{MetricStyle.Of(m).ShowInterval(e)}</small></td>"
                : "<td>–</td>"),
        ])));
        _page.Append("</details></section>\n");
    }

    /// <summary>A table that scrolls by itself when the window is narrow; cells come encoded, headings do not.</summary>
    private void Table(IReadOnlyList<string> headings, IReadOnlyList<string> below, IEnumerable<(string Style, IEnumerable<string> Cells)> rows)
    {
        _page.Append("<div class=\"scroll\"><table><thead><tr>");
        for (var i = 0; i < headings.Count; i++)
        {
            // Long names of observed sets may break after each '+'.
            _page.Append($"<th scope=\"col\">{Html(headings[i]).Replace("+", "+<wbr>", StringComparison.Ordinal)}{below.ElementAtOrDefault(i)}</th>");
        }

        _page.Append("</tr></thead><tbody>\n");
        foreach (var (style, cells) in rows)
        {
            _page.Append(style.Length > 0 ? $"<tr class=\"{style}\">" : "<tr>").AppendJoin("", cells).Append("</tr>\n");
        }

        _page.Append("</tbody></table></div>");
    }

    private static string Number(double value, string format) =>
        double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "n/a";

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
