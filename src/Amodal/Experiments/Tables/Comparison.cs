namespace Amodal.Experiments.Tables;

/// <summary>Puts results beside the thesis's numbers.</summary>
/// <param name="modalities">Names of the data's modalities.</param>
/// <param name="thesisData">MOSI or MOSEI: whose numbers ours are set beside.</param>
internal sealed class Comparison(Plan plan, IReadOnlyList<string> modalities, string thesisData)
{
    private readonly IReadOnlyList<(string Name, ThesisCase? Case)> _cases = [.. plan.Cases.Select(c => (c, ThesisCase.Resolve(c, modalities)))];

    /// <summary>A run's row in every case.</summary>
    public IEnumerable<ComparisonRow> Method(PlannedRow row, IReadOnlyList<ResultRow> results) =>
        Rows(row.Label, ComparisonPart.Method, row.Thesis, results);

    /// <summary>The numbers that the thesis has of a method that is not run here.</summary>
    public IEnumerable<ComparisonRow> ThesisOnly(PlannedRow row) => Present().Select(c => new ComparisonRow(
        row.Label, ComparisonPart.ThesisOnly, c.Protocol, c.Ours,
        [.. plan.Metrics.Select(m => new ComparisonCell(m, null, Number(c, row.Thesis, m)))])).Where(r => r.Cells.Any(c => c.Thesis is not null));

    /// <summary>The optimum, or a baseline, in every case.</summary>
    public IEnumerable<ComparisonRow> Other(string name, IReadOnlyList<ResultRow> results) =>
        Rows(name, name == BaselineNames.Optimum ? ComparisonPart.Optimum : ComparisonPart.Baseline, "", results);

    /// <summary>What the reader has to know of the cases.</summary>
    public IEnumerable<string> Notes()
    {
        var absent = _cases.Where(c => c.Case is null).Select(c => c.Name).ToList();
        if (absent.Count > 0)
        {
            yield return $"Left out, because this data ({string.Join(", ", modalities)}) does not have them: {string.Join(", ", absent)} (l, a, v: language, acoustic, vision).";
        }

        var different = Present().Where(c => !c.IsComparable).Select(c => c.Name).ToList();
        if (different.Count > 0 && plan.ThesisTables.Count > 0)
        {
            yield return $"Without the thesis's number, because over other modalities it is another quantity: {string.Join(", ", different)}.";
        }

        if (plan.ThesisTables.Count > 0)
        {
            yield return $"The thesis's numbers are its {thesisData} numbers: official split, one test set, no intervals. "
                + "A difference is marked where its number lies outside our 95 % interval; on other data or features than its own it says little.";
        }
    }

    /// <summary>Everything as a table for reports and terminals.</summary>
    public static ReportTable ToTable(Plan plan, IReadOnlyList<ComparisonRow> rows)
    {
        var hasThesis = rows.Any(r => r.Cells.Any(c => c.Thesis is not null));
        return new ReportTable(plan.Table.Title,
            ["row", "case", .. plan.Metrics.SelectMany(m => Headings(MetricStyle.Of(m).Short, hasThesis))],
            [.. rows.Where(r => r.Part is not (ComparisonPart.Baseline or ComparisonPart.Optimum) || IsSummary(r)).Select(r => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Words(r.Label + Suffix(r.Part)), ReportCell.Words(r.Case), .. r.Cells.SelectMany(c => Cells(c, hasThesis)),
            ])])
        {
            Note = plan.Table.Note,
        };
    }

    /// <summary>Averages and missing rates: of baselines, single observed sets would make the table longer than it can be read; they are in the files.</summary>
    private static bool IsSummary(ComparisonRow row) =>
        row.Protocol == "random" || row.Case is ProtocolEvaluator.AverageIncomplete or ProtocolEvaluator.AverageAll;

    private IEnumerable<ThesisCase> Present() => _cases.Select(c => c.Case).OfType<ThesisCase>();

    private IEnumerable<ComparisonRow> Rows(string label, ComparisonPart part, string thesis, IReadOnlyList<ResultRow> results)
    {
        var byCase = results.ToDictionary(r => (r.Protocol, r.Case));
        return Present().Where(c => byCase.ContainsKey((c.Protocol, c.Ours))).Select(c => new ComparisonRow(label, part, c.Protocol, c.Ours,
            [.. plan.Metrics.Select(m => new ComparisonCell(m, byCase[(c.Protocol, c.Ours)].Metrics[m], Number(c, thesis, m)))]));
    }

    private double? Number(ThesisCase c, string method, string metric) => method.Length > 0 && c.IsComparable
        && Reference.Find(plan.ThesisTables, thesisData, c.Protocol, c.Name, method) is { } n && n.Metrics.TryGetValue(metric, out var value) ? value : null;

    private static IEnumerable<string> Headings(string metric, bool hasThesis) => hasThesis ? [metric, "thesis", "difference"] : [metric];

    private static IEnumerable<ReportCell> Cells(ComparisonCell cell, bool hasThesis)
    {
        var style = MetricStyle.Of(cell.Metric);
        yield return ReportCell.Of(style, cell.Ours);
        if (hasThesis)
        {
            yield return new ReportCell(cell.Thesis is { } t ? style.Show(t) : "");
            yield return new ReportCell(cell.Difference is { } d ? style.ShowDifference(d) : "", IsMarked: cell.IsOutside);
        }
    }

    private static string Suffix(ComparisonPart part) => part switch
    {
        ComparisonPart.ThesisOnly => " (thesis only)",
        ComparisonPart.Baseline => " (baseline)",
        _ => "",
    };
}
