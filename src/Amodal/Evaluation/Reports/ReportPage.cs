using System.Net;
using System.Security.Cryptography;

namespace Amodal.Evaluation.Reports;

/// <summary>The report as one HTML page without fonts or pictures from elsewhere, and with one script, which sorts a table.</summary>
internal sealed class ReportPage
{
    private const int MostUtterances = 400;

    // Sorts a table's rows by the column whose heading is pressed: by number where cells have one, else by text.
    private const string SortScript = """
        document.querySelectorAll('table.sort').forEach(t=>{const hs=[...t.tHead.rows[0].cells];hs.forEach((h,i)=>h.firstChild.addEventListener('click',()=>{
        const up=h.getAttribute('aria-sort')!=='ascending';hs.forEach(o=>o.removeAttribute('aria-sort'));h.setAttribute('aria-sort',up?'ascending':'descending');
        const key=r=>{const v=r.cells[i].getAttribute('data-v');return v===null?r.cells[i].textContent:Number(v)};
        const by=(a,b)=>{const x=key(a),y=key(b);return (typeof x==='number'?x-y:x.localeCompare(y))*(up?1:-1)};
        t.tBodies[0].append(...[...t.tBodies[0].rows].sort(by))}))});
        """;

    private readonly StringBuilder _page = new();
    private readonly ReportData _data;
    private readonly IReadOnlyDictionary<string, int> _colours;

    private ReportPage(ReportData data) => (_data, _colours) = (data, ChartBuilder.Colours(data));

    /// <summary>The page's text.</summary>
    public static string Render(ReportData data) => new ReportPage(data).Render();

    private string Render()
    {
        // The policy holds even if a name from a file should ever slip through unencoded: of scripts, only ours runs.
        var script = _data.Utterances.Count > 0 || _data.Tables.Any(t => t.IsSorted) ? $" script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(SortScript)))}';" : "";
        _page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';{script} style-src 'unsafe-inline'; img-src data:\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Append($"<title>{Html(_data.Title)}</title>\n<style>{ReportStyle.Css}</style>\n</head>\n<body>\n");
        Head();
        Tables();
        Protocol("fixed", "Fixed protocol: every observed set", ChartBuilder.ByObservedSet(_data));
        Protocol("random", "Random protocol: by missing rate", ChartBuilder.ByMissingRate(_data));
        foreach (var other in _data.Rows.Select(r => r.Protocol).Distinct().Where(p => p is not ("fixed" or "random")))
        {
            Protocol(other, $"Protocol: {other}", null);
        }

        Differences();
        Plain(_data.Effects.Count > 0 ? ResultTables.Of(_data.Effects, Unit) : null);
        Plain(_data.Certainty.Count > 0 ? ResultTables.Of(_data.Certainty) : null);
        Confusions();
        Utterances();
        Nfe();
        LatentRecovery();
        LatentFigures();
        LearningCurves();
        Everything();
        if (_data.Rows.Count > 0)
        {
            Words();
        }

        _page.Append("<footer>")
            .Append(_data.Rows.Count > 0 ? $"Beside each value: {(_data.Intervals.Length > 0 ? Html(_data.Intervals) : "95 % intervals")}. A method is marked where it is better than every other by more than chance; the optimum does not compete. A method has one colour on this page and in all its pictures. " : "")
            .Append("Pictures stand beside this page as PNG files, tables as Markdown, LaTeX and CSV.</footer>\n")
            .Append(script.Length > 0 ? $"<script>{SortScript}</script>\n" : "").Append("</body>\n</html>\n");
        return _page.ToString();
    }

    private void Head()
    {
        _page.Append($"<header><h1>{Html(_data.Title)}</h1>");
        _page.Append(_data.Subtitle.Length > 0 ? $"<p class=\"lead\">{Html(_data.Subtitle)}</p>" : "");
        if (_data.Summary is { } summary)
        {
            _page.Append("<div class=\"summary\">")
                .AppendJoin("", summary.Lines.Select(l => $"<p{(l == summary.Warning ? " class=\"warn\"" : "")}>{Html(l)}</p>")).Append("</div>");
        }

        _page.Append("</header>\n");
        if (_data.Notes.Count > 0)
        {
            _page.Append("<section class=\"notes\"><h2>Notes</h2><ul>").AppendJoin("", _data.Notes.Select(n => $"<li>{Html(n)}</li>")).Append("</ul></section>\n");
        }

        if (_data.Facts.Count > 0)
        {
            _page.Append("<section><h2>What was evaluated</h2><dl>")
                .AppendJoin("", _data.Facts.Select(f => $"<div><dt>{Html(f.Name)}</dt><dd>{Html(f.Value)}</dd></div>")).Append("</dl></section>\n");
        }
    }

    private void Tables()
    {
        _data.Tables.ToList().ForEach(Plain);
        _page.Append(_data.Ranking is { } ranking ? RankingDrawing.Figure(ranking) : "").AppendJoin("", _data.Charts.Select(ChartDrawing.Figure));
    }

    private static string Cell(ReportCell cell, int column)
    {
        var (name, attributes) = column == 0 ? ("th", " scope=\"row\"") : ("td", (cell.IsMarked ? " class=\"best\"" : cell.IsWords ? " class=\"text\"" : "") + (cell.Value is { } value ? $" data-v=\"{Raw(value)}\"" : ""));
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

        _page.Append($"<section><h2>{Html(heading)}</h2>\n").Append(chart is null ? "" : ChartDrawing.Figure(chart));
        _page.Append(Unit.Length > 0 ? $"<p>{Html(Unit)}</p>\n" : "");
        var present = rows.SelectMany(r => r.Metrics.Keys).ToHashSet();
        var metrics = Metric.Used(present, MetricUse.Table);
        foreach (var table in PivotTable.Of(rows, metrics.Count > 0 ? metrics : Metric.Ordered(present), _data.Optimum, _data.Differences))
        {
            var isOpen = IsLead(table.Metric) || metrics.Count == 0;
            _page.Append($"<details{(isOpen ? " open" : "")}><summary>{Html(table.Style.Heading)}</summary>");
            Pivot(table);
            _page.Append("</details>\n");
        }

        _page.Append("</section>\n");
    }

    private void Pivot(PivotTable table)
    {
        string Count(string observed) => table.Counts.TryGetValue(observed, out var n) ? $"<small>n = {n}</small>" : "";
        string Value(string method, string observed) => table[method, observed] is { } e
            ? $"<td class=\"{(table.IsBest(method, observed) ? "best" : "")}{(PivotTable.IsAverage(observed) ? " average" : "")}\">{table.Style.Show(e.Value)}<small>{table.Style.ShowInterval(e)}</small></td>"
            : "<td>–</td>";
        if (table.IsTall)
        {
            Table(["observed", .. table.Methods], [], table.Cases.Select(c =>
                ("", (IEnumerable<string>)[$"<th scope=\"row\">{Html(table.Heading(c))}{Count(c)}</th>", .. table.Methods.Select(m => Value(m, c))])));
            return;
        }

        Table(["method", .. table.Cases.Select(table.Heading)], ["", .. table.Cases.Select(Count)], table.Methods.Select(method =>
            (method == table.Optimum ? "optimum" : "", (IEnumerable<string>)[$"<th scope=\"row\">{Named(method)}</th>", .. table.Cases.Select(c => Value(method, c))])));
    }

    /// <summary>A method with its colour before it.</summary>
    private string Named(string method) => (_colours.TryGetValue(method, out var colour) ? $"<span class=\"swatch s{colour}\"></span>" : "") + Html(method);

    private static bool IsLead(string metric) => Metric.Of(metric).Use == MetricUse.Lead;

    private string Unit => ResultTables.Sentence(_data.Intervals);

    private void Nfe()
    {
        if (_data.NfeCurve.Count == 0)
        {
            return;
        }

        _page.Append("<section><h2>Accuracy and cost of sampling</h2>\n");
        _page.Append(ChartBuilder.ByNfe(_data) is { } chart ? ChartDrawing.Figure(chart) : "");
        List<(string Name, MetricStyle Style)> metrics = [.. ResultTables.MetricsOf(_data.NfeCurve).Select(m => (m, MetricStyle.Of(m)))];
        Table(["method", "NFE", .. metrics.Select(m => m.Style.Short), "latent error", "seconds"], [], _data.NfeCurve.Select(p => ("", (IEnumerable<string>)
        [
            $"<th scope=\"row\">{Html(p.Method)}</th>",
            $"<td>{p.Nfe}</td>",
            .. metrics.Select(m => p.Metrics.GetValueOrDefault(m.Name) is { } e
                ? $"<td>{m.Style.Show(e.Value)}{(m.Style.IsPercent ? $"<small>{m.Style.ShowInterval(e)}</small>" : "")}</td>" : "<td>–</td>"),
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

        _page.Append("<section><h2>Paired differences</h2>\n<p>First method less second, on the same utterances and masks. "
            + "<span class=\"gain\">▲ better</span> and <span class=\"loss\">▼ worse</span> where the interval excludes zero; "
            + $"<span class=\"chance\">≈</span> where it does not: no more than chance. {Html(Unit)}</p>\n");
        foreach (var metric in _data.Differences.GroupBy(d => d.Metric))
        {
            var style = MetricStyle.Of(metric.Key);
            var cases = metric.Select(d => d.Case).Distinct().OrderBy(c => !ResultTables.IsSummary(c)).ToList();
            var pairs = metric.GroupBy(d => (d.Method, d.Baseline)).ToDictionary(g => g.Key, g => g.ToDictionary(d => d.Case, d => d.Difference));
            string Cell((string, string) pair, string observed) => pairs[pair].TryGetValue(observed, out var e) ? Difference(style, e) : "<td>–</td>";
            string Name((string Method, string Baseline) pair) => $"{Html(pair.Method)} − {Named(pair.Baseline)}";
            _page.Append($"<details{(IsLead(metric.Key) ? " open" : "")}><summary>{Html(style.Heading)}</summary>");
            if (cases.Count > pairs.Count && cases.Count > 9)
            {
                Table(["case", .. pairs.Keys.Select(p => $"{p.Method} − {p.Baseline}")], [], cases.Select(c =>
                    ("", (IEnumerable<string>)[$"<th scope=\"row\">{Html(c)}</th>", .. pairs.Keys.Select(p => Cell(p, c))])));
            }
            else
            {
                Table(["methods", .. cases], [], pairs.Keys.Select(p => ("", (IEnumerable<string>)[$"<th scope=\"row\">{Name(p)}</th>", .. cases.Select(c => Cell(p, c))])));
            }

            _page.Append("</details>\n");
        }

        _page.Append("</section>\n");
    }

    /// <summary>A difference by colour and by sign: gain, loss, or no more than chance; neither where there is no interval.</summary>
    private static string Difference(MetricStyle style, Estimate e)
    {
        if (!e.HasInterval)
        {
            return $"<td>{style.ShowDifference(e.Value)}<small>{style.ShowDifferences(e)}</small></td>";
        }

        var (name, sign) = !e.ExcludesZero ? ("chance", "≈") : e.Value > 0 == style.IsHigherBetter ? ("gain", "▲") : ("loss", "▼");
        return $"<td class=\"{name}\">{sign} {style.ShowDifference(e.Value)}<small>{style.ShowDifferences(e)}</small></td>";
    }

    private void Plain(ReportTable? table)
    {
        if (table is not null)
        {
            _page.Append($"<section><h2>{Html(table.Title)}</h2>\n").Append(table.Note.Length > 0 ? $"<p>{Html(table.Note)}</p>\n" : "");
            Table(table.Headings, [], table.Rows.Select(row => ("", row.Select(Cell))), table.IsSorted);
            _page.Append("</section>\n");
        }
    }

    private void Utterances()
    {
        if (_data.Utterances.Count == 0)
        {
            return;
        }

        var modalities = UtteranceFile.Modalities(_data);
        _page.Append($"<section><h2>Single utterances</h2>\n<p>Predictions of {Html(_data.Method)}.</p><div class=\"grid\">")
            .AppendJoin("", UtteranceCharts.Of(_data).Select(ChartDrawing.Figure)).Append("</div>\n");
        Show("all observed", u => u.Complete);
        for (var m = 0; m < modalities.Count; m++)
        {
            var place = m;
            Show($"{modalities[m]} missing", u => u.Without[place]);
        }

        void Show(string what, Func<UtteranceResult, double> prediction)
        {
            var (classes, counts) = UtteranceCharts.Confusion(_data.Utterances, prediction);
            Confusion(what, classes, counts, isOpen: what == "all observed");
        }

        // The largest errors first: those are looked at. The file beside the page has all.
        var rows = _data.Utterances.OrderByDescending(u => Math.Abs(u.Complete - u.Truth)).Take(MostUtterances).ToList();
        var all = rows.Count < _data.Utterances.Count ? $"The {rows.Count} of {_data.Utterances.Count} with the largest errors; all are in {ReportWriter.UtterancesName}. " : "";
        _page.Append($"<h3>Utterances</h3><p>{all}The largest error first; press a heading to sort by it. The range is from the lowest to the highest prediction over the incomplete observed sets.</p>\n");
        IEnumerable<string> spread = _data.Utterances.Any(u => u.Spread is not null) ? ["spread over seeds"] : [];
        Table(["utterance", "truth", "all observed", .. spread, "error", "incomplete, mean", "range", .. modalities.Select(m => $"{m} missing")], [], rows.Select(u => ("", (IEnumerable<string>)
        [
            u.Transcript is { Length: > 0 } said ? $"<th scope=\"row\" class=\"said\">{Html(said)}<small>{Html(u.Id)}</small></th>" : $"<th scope=\"row\" class=\"said\">{Html(u.Id)}</th>",
            Sorted(u.Truth), Sorted(u.Complete), .. spread.Select(_ => Sorted(u.Spread ?? 0)), Sorted(Math.Abs(u.Complete - u.Truth)), Sorted(u.Incomplete),
            $"<td data-v=\"{Raw(u.High - u.Low)}\">{Number(u.Low, "0.00")} to {Number(u.High, "0.00")}</td>",
            .. modalities.Select((_, m) => Sorted(u.Without[m])),
        ])), isSorted: true);
        _page.Append("</section>\n");
    }

    private static string Sorted(double value) => $"<td data-v=\"{Raw(value)}\">{Number(value, "0.00")}</td>";

    private static string Raw(double value) => double.IsFinite(value) ? value.ToString("0.######", CultureInfo.InvariantCulture) : "0";

    private void Confusions()
    {
        if (_data.Confusions.Count > 0)
        {
            _page.Append($"<section><h2>Which classes are taken for which</h2>\n<p>Predictions of {Html(_data.Method)}.</p>");
            foreach (var (i, table) in _data.Confusions.Index())
            {
                Confusion($"{(table.Label is { } label ? $"{label}, " : "")}{ResultTables.CaseOf(table)}", table.Classes, table.Counts, isOpen: i == 0);
            }

            _page.Append("</section>\n");
        }
    }

    private void Confusion(string what, IReadOnlyList<string> classes, IReadOnlyList<IReadOnlyList<double>> counts, bool isOpen)
    {
        _page.Append($"<details{(isOpen ? " open" : "")}><summary>Confusion, {Html(what)}</summary><p>Truth down, prediction across; the share is of the row.</p>");
        Table(["truth", .. classes], [], classes.Select((name, row) =>
        {
            var total = counts[row].Sum();
            return ("", (IEnumerable<string>)
            [
                $"<th scope=\"row\">{Html(name)}</th>",
                .. counts[row].Select((count, c) => $"<td class=\"heat{(c == row ? " right" : "")}\" style=\"--w: {Number(total == 0 ? 0 : count / total, "0.00")}\">"
                    + $"{Number(count, "0.#")}<small>{(total == 0 ? "–" : Number(100 * count / total, "0") + " %")}</small></td>"),
            ]);
        }));
        _page.Append("</details>\n");
    }

    private void Words() => _page.Append("<section><details><summary>Glossary</summary><dl class=\"glossary\">")
        .AppendJoin("", Glossary.Entries.Select(e => $"<div><dt>{Html(e.Term)}</dt><dd>{Html(e.Text)}</dd></div>")).Append("</dl></details></section>\n");

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
            _page.Append($"<figure>{LatentFigureDrawing.Element(figure)}</figure>\n");
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
            _page.Append("<section><h2>Learning curves</h2>\n<div class=\"grid\">").AppendJoin("", charts.Select(ChartDrawing.Figure)).Append("</div></section>\n");
        }
    }

    private void Everything()
    {
        if (_data.Rows.Count == 0)
        {
            return;
        }

        var metrics = Metric.Ordered(_data.Rows.SelectMany(r => r.Metrics.Keys));
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
    private void Table(IReadOnlyList<string> headings, IReadOnlyList<string> below, IEnumerable<(string Style, IEnumerable<string> Cells)> rows, bool isSorted = false)
    {
        _page.Append(isSorted ? "<div class=\"scroll tall\"><table class=\"sort\"><thead><tr>" : "<div class=\"scroll\"><table><thead><tr>");
        for (var i = 0; i < headings.Count; i++)
        {
            // Long names of observed sets may break after each '+'.
            var heading = Html(headings[i]).Replace("+", "+<wbr>", StringComparison.Ordinal);
            _page.Append($"<th scope=\"col\">{(isSorted ? $"<button>{heading}</button>" : heading)}{below.ElementAtOrDefault(i)}</th>");
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
