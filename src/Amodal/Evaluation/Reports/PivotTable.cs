namespace Amodal.Evaluation.Reports;

/// <summary>One metric under one protocol: methods down, cases across, averages last.</summary>
internal sealed class PivotTable
{
    private readonly Dictionary<(string Method, string Case), Estimate> _cells = [];
    private readonly Dictionary<string, string> _best = [];

    private PivotTable(string protocol, string metric, IReadOnlyList<ResultRow> rows, string? optimum)
    {
        (Protocol, Metric, Style) = (protocol, metric, MetricStyle.Of(metric));
        Methods = [.. rows.Select(r => r.Method).Distinct()];
        Cases = [.. rows.Select(r => r.Case).Distinct().OrderBy(IsAverage).ThenBy(c => c == AverageAll)];
        Counts = rows.GroupBy(r => r.Case).Where(g => g.Select(r => r.Count).Distinct().Count() == 1).ToDictionary(g => g.Key, g => g.First().Count);
        foreach (var row in rows.Where(r => r.Metrics.ContainsKey(metric)))
        {
            _cells[(row.Method, row.Case)] = row.Metrics[metric];
        }

        foreach (var group in _cells.Where(c => c.Key.Method != optimum && double.IsFinite(c.Value.Value)).GroupBy(c => c.Key.Case))
        {
            var sign = Style.IsHigherBetter ? 1 : -1;
            // As shown, not as computed: two methods that read the same are equally good to the reader.
            _best[group.Key] = Style.Show(group.MaxBy(c => sign * c.Value.Value).Value.Value);
        }

        Optimum = optimum;
    }

    public const string AverageIncomplete = "average-incomplete";

    public const string AverageAll = "average-all";

    public string Protocol { get; }

    public string Metric { get; }

    public MetricStyle Style { get; }

    public string? Optimum { get; }

    public IReadOnlyList<string> Methods { get; }

    public IReadOnlyList<string> Cases { get; }

    /// <summary>Utterances of each case, where all methods agree on them.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; }

    public Estimate? this[string method, string observed] => _cells.GetValueOrDefault((method, observed));

    /// <summary>Whether the method is the best of its column; the optimum does not compete.</summary>
    public bool IsBest(string method, string observed) => method != Optimum && Methods.Count > 1
        && this[method, observed] is { } cell && _best.TryGetValue(observed, out var best) && Style.Show(cell.Value) == best;

    /// <summary>A case as a heading: averages say of how many sets.</summary>
    public string Heading(string observed)
    {
        var sets = Cases.Count(c => !IsAverage(c));
        return observed switch
        {
            AverageIncomplete => sets > 1 ? $"average of {sets - 1} (incomplete)" : "average, incomplete",
            AverageAll => sets > 1 ? $"average of {sets} (all)" : "average, all",
            _ => observed,
        };
    }

    public static bool IsAverage(string observed) => observed is AverageIncomplete or AverageAll;

    /// <summary>The tables of the metrics, protocol by protocol; metrics that no row has are left out.</summary>
    public static IEnumerable<PivotTable> Of(IReadOnlyList<ResultRow> rows, IReadOnlyList<string> metrics, string? optimum) =>
        from protocol in rows.GroupBy(r => r.Protocol)
        from metric in metrics
        where protocol.Any(r => r.Metrics.ContainsKey(metric))
        select new PivotTable(protocol.Key, metric, [.. protocol], optimum);
}
