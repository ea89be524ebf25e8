namespace Amodal.Evaluation.Reports;

/// <summary>
/// One metric under one protocol. Methods down, cases across and averages last; where there are too many cases for that,
/// cases down and methods across: averages first, then sets by how many modalities they lack.
/// </summary>
internal sealed class PivotTable
{
    private const int MostAcross = 9; // the seven sets of three modalities and two averages

    private readonly Dictionary<(string Method, string Case), Estimate> _cells = [];
    private readonly Dictionary<string, string> _best = [];

    private PivotTable(
        string protocol, string metric, IReadOnlyList<ResultRow> rows, string? optimum, ILookup<(string Case, string Metric), PairedDifference> differences)
    {
        (Protocol, Metric, Style, Optimum) = (protocol, metric, MetricStyle.Of(metric), optimum);
        Methods = [.. rows.Select(r => r.Method).Distinct()];
        var cases = rows.Select(r => r.Case).Distinct().ToList();
        IsTall = cases.Count > MostAcross || cases.Any(c => MissingCount(c) is not null);
        Cases = IsTall
            ? [.. cases.OrderBy(c => !IsAverage(c)).ThenBy(c => c != AverageAll).ThenBy(c => c != AverageIncomplete).ThenByDescending(c => IsAverage(c) ? 0 : c.Count('+'))]
            : [.. cases.OrderBy(IsAverage).ThenBy(c => c == AverageAll)];
        Counts = rows.GroupBy(r => r.Case).Where(g => g.Select(r => r.Count).Distinct().Count() == 1).ToDictionary(g => g.Key, g => g.First().Count);
        foreach (var row in rows.Where(r => r.Metrics.ContainsKey(metric)))
        {
            _cells[(row.Method, row.Case)] = row.Metrics[metric];
        }

        foreach (var group in _cells.Where(c => c.Key.Method != optimum && double.IsFinite(c.Value.Value)).GroupBy(c => c.Key.Case))
        {
            var sign = Style.IsHigherBetter ? 1 : -1;
            var first = group.MaxBy(c => sign * c.Value.Value);
            var others = group.Where(c => c.Key.Method != first.Key.Method).ToList();
            if (others.Count > 0 && others.All(r => IsClear(first.Key.Method, first.Value, r.Key.Method, r.Value, differences[(group.Key, metric)])))
            {
                _best[group.Key] = first.Key.Method;
            }
        }
    }

    public const string AverageIncomplete = ProtocolEvaluator.AverageIncomplete;

    public const string AverageAll = ProtocolEvaluator.AverageAll;

    public string Protocol { get; }

    public string Metric { get; }

    public MetricStyle Style { get; }

    public string? Optimum { get; }

    /// <summary>Whether cases stand down and methods across.</summary>
    public bool IsTall { get; }

    public IReadOnlyList<string> Methods { get; }

    public IReadOnlyList<string> Cases { get; }

    /// <summary>Utterances of each case, where all methods agree on them.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; }

    public Estimate? this[string method, string observed] => _cells.GetValueOrDefault((method, observed));

    /// <summary>
    /// Whether the method is better in this case than every other by more than chance explains: by their paired difference
    /// where it is known, else by intervals that lie apart. The optimum does not compete.
    /// </summary>
    public bool IsBest(string method, string observed) => _best.TryGetValue(observed, out var best) && best == method;

    /// <summary>A case as a heading: averages say of how many sets.</summary>
    public string Heading(string observed)
    {
        var sets = Cases.Count(c => !IsAverage(c));
        return observed switch
        {
            AverageIncomplete => sets > 1 ? $"average of {sets - 1} (incomplete)" : "average, incomplete",
            AverageAll => sets > 1 ? $"average of {sets} (all)" : "average, all",
            _ when MissingCount(observed) is { } count => $"average, {count} missing",
            _ => observed,
        };
    }

    public static bool IsAverage(string observed) => observed is AverageIncomplete or AverageAll || MissingCount(observed) is not null;

    /// <summary>Of how many missing modalities a case is the average; null of others.</summary>
    public static int? MissingCount(string observed) =>
        observed.StartsWith(ProtocolEvaluator.AverageMissing, StringComparison.Ordinal)
        && int.TryParse(observed.AsSpan(ProtocolEvaluator.AverageMissing.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    /// <summary>The tables of the metrics, protocol by protocol; metrics that no row has are left out.</summary>
    public static IEnumerable<PivotTable> Of(
        IReadOnlyList<ResultRow> rows, IReadOnlyList<string> metrics, string? optimum, IReadOnlyList<PairedDifference>? differences = null)
    {
        var byCase = (differences ?? []).ToLookup(d => (d.Case, d.Metric));
        return from protocol in rows.GroupBy(r => r.Protocol)
               from metric in metrics
               where protocol.Any(r => r.Metrics.ContainsKey(metric))
               select new PivotTable(protocol.Key, metric, [.. protocol], optimum, byCase);
    }

    /// <summary>The same as cells, for files and the terminal.</summary>
    public ReportTable ToTable(string note = "")
    {
        var title = $"{Protocol} protocol: {Style.Heading}";
        ReportCell Cell(string method, string observed) => ReportCell.Of(Style, this[method, observed], IsBest(method, observed));
        IReadOnlyList<ReportCell> OfCase(string observed) => [ReportCell.Words(Heading(observed)), .. Methods.Select(m => Cell(m, observed))];
        IReadOnlyList<ReportCell> OfMethod(string method) => [ReportCell.Words(method), .. Cases.Select(c => Cell(method, c))];
        var table = IsTall
            ? new ReportTable(title, ["observed", .. Methods], [.. Cases.Select(OfCase)])
            : new ReportTable(title, ["method", .. Cases.Select(Heading)], [.. Methods.Select(OfMethod)]);
        return table with { Note = note };
    }

    private bool IsClear(string method, Estimate own, string beside, Estimate other, IEnumerable<PairedDifference> differences)
    {
        var sign = Style.IsHigherBetter ? 1 : -1;
        var pair = differences.FirstOrDefault(d => (d.Method, d.Baseline) == (method, beside) || (d.Method, d.Baseline) == (beside, method));
        if (pair is null)
        {
            return Style.IsHigherBetter ? own.Low > other.High : own.High < other.Low;
        }

        return pair.Difference.ExcludesZero && sign * pair.Difference.Value * (pair.Method == method ? 1 : -1) > 0;
    }
}
