namespace Amodal.Experiments.Tables;

/// <summary>Predicts by the rows of a table, and sets their results beside the thesis's numbers and, in pairs, beside one of them.</summary>
internal sealed class ResultsTable : ITable
{
    private readonly Order _order;
    private readonly StoredRows _stored;
    private readonly SamplingTable? _sampling;

    public ResultsTable(Order order)
    {
        _order = order;
        _stored = new StoredRows(order, withLinear: true);
        _sampling = order.Plan.Table.Timing ? new SamplingTable(order) : null;
        Jobs = [.. _stored.Jobs, .. _sampling?.Jobs ?? []];
        _stored.CheckReference();
    }

    public IReadOnlyList<Job> Jobs { get; }

    public TableContent Gather(Action<string, double>? progress, CancellationToken stop)
    {
        var (plan, request) = (_order.Plan, _order.Request);
        var gather = new Gather(_order.Data, plan.Evaluation(request.MaskSeeds), request.TrainingSeeds);
        var stored = _stored.Read();
        var methods = stored.ToDictionary(r => r.Row, r => Experiments.Gather.Method(r.Row.Label, r.Tables));
        IReadOnlyList<MethodPredictions> others = [.. gather.Optimum, .. _stored.Baselines()];
        var results = methods.Values.Concat(others).ToDictionary(m => m.Name, m => Tell($"{m.Name}: tables", () => gather.Rows([m])));
        var comparison = new Comparison(plan, _order.Modalities, Reference.DataSetOf(request));
        ComparisonRow[] rows =
        [
            .. plan.Rows.SelectMany(r => methods.ContainsKey(r) ? comparison.Method(r, results[r.Label]) : comparison.ThesisOnly(r)),
            .. others.SelectMany(o => comparison.Other(o.Name, results[o.Name])),
        ];
        List<MethodPredictions> all = [.. methods.Values, .. others];
        var reference = all.FirstOrDefault(m => m.Name == _stored.ReferenceName) ?? all.FirstOrDefault();
        List<PairedDifference> pairs = [.. methods.Values.Where(m => m != reference).SelectMany(m => Tell($"{m.Name}: beside {reference!.Name}", () => gather.Differences(m, reference)))];
        return new TableContent
        {
            Rows = rows,
            Tables = [Comparison.ToTable(plan, rows), .. Pairs(plan, _order.Modalities, pairs), .. _sampling?.ToTable(rows) ?? []],
            Pairs = pairs,
            Results = [.. results.Values.SelectMany(r => r)],
            LatentRecovery = [.. stored.SelectMany(r => gather.LatentRecovery(r.Row.Label, r.Tables, [.. r.Linear.Select(j => Store.Read<LinearAgreements>(j.Path))]))],
            Notes = [.. comparison.Notes()],
        };

        IReadOnlyList<T> Tell<T>(string what, Func<IReadOnlyList<T>> make)
        {
            stop.ThrowIfCancellationRequested();
            progress?.Invoke(what, 0);
            var made = make();
            progress?.Invoke(what, 1);
            return made;
        }
    }

    /// <summary>The differences in those of the table's cases that are averages or missing rates, and its metrics; none where there are no two rows.</summary>
    internal static IEnumerable<ReportTable> Pairs(Plan plan, IReadOnlyList<string> modalities, IReadOnlyList<PairedDifference> pairs)
    {
        var cases = plan.Cases.Select(c => ThesisCase.Resolve(c, modalities)?.Ours).ToList();
        var shown = pairs.Where(p => plan.Metrics.Contains(p.Metric) && cases.Contains(p.Case) && ResultTables.IsSummary(p.Case)).ToList();
        return shown.Count == 0 ? [] :
        [
            new ReportTable($"Rows in pairs: each less {shown[0].Baseline}",
                ["row", "case", .. plan.Metrics.Select(m => MetricStyle.Of(m).Short)],
                [.. shown.GroupBy(p => (p.Method, p.Case)).Select(g => (IReadOnlyList<ReportCell>)
                [
                    ReportCell.Words(g.Key.Method), ReportCell.Words(g.Key.Case),
                    .. plan.Metrics.Select(m => ReportCell.Difference(MetricStyle.Of(m), g.First(p => p.Metric == m).Difference)),
                ])])
            {
                Note = "Differences on the same utterances and masks, with 95 % intervals; marked where the interval holds no zero, which is more than chance. "
                    + "The intervals of two rows may overlap where their difference is beyond chance. Any other row can be the one that is subtracted, and a baseline too: nothing is computed anew for it.",
            },
        ];
    }
}
