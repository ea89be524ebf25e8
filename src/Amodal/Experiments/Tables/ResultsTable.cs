namespace Amodal.Experiments.Tables;

/// <summary>Predicts by the rows of a table, and sets their results beside the thesis's numbers and, in pairs, beside one of them.</summary>
internal sealed class ResultsTable : ITable
{
    private readonly Order _order;
    private readonly IReadOnlyList<Stored> _rows;
    private readonly IReadOnlyList<IReadOnlyList<IReadOnlyList<Job>>> _baselines; // of the first row's runs
    private readonly SamplingTable? _sampling;

    public ResultsTable(Order order)
    {
        _order = order;
        _rows = [.. order.Plan.Own.Select(row => Stored.Of(order, row))];
        _baselines = [.. _rows.Take(1).SelectMany(first => first.Runs.Select(folds => (IReadOnlyList<IReadOnlyList<Job>>)
            [.. folds.Select(run => (IReadOnlyList<Job>)[order.Workshop.Baselines(run)])]))];
        _sampling = order.Plan.Table.Timing ? new SamplingTable(order) : null;
        Jobs = [.. _rows.SelectMany(r => r.Jobs), .. _baselines.SelectMany(f => f).SelectMany(d => d), .. _sampling?.Jobs ?? []];
        CheckReference();
    }

    public IReadOnlyList<Job> Jobs { get; }

    private string? ReferenceName => _order.Request.Against ?? (_order.Plan.Table.Reference is { Length: > 0 } named ? named : null);

    public TableContent Gather(Action<string, double>? progress, CancellationToken stop)
    {
        var (plan, request) = (_order.Plan, _order.Request);
        var gather = new Gather(_order.Data, plan.Evaluation(request.MaskSeeds), request.TrainingSeeds);
        var stored = _rows.ToDictionary(r => r.Row, r => Read(r.Predictions));
        var methods = _rows.ToDictionary(r => r.Row, r => Experiments.Gather.Method(r.Row.Label, stored[r.Row]));
        IReadOnlyList<MethodPredictions> others = [.. gather.Optimum, .. Baselines()];
        var results = methods.Values.Concat(others).ToDictionary(m => m.Name, m => Tell($"{m.Name}: tables", () => gather.Rows([m])));
        var comparison = new Comparison(plan, _order.Modalities, Reference.DataSetOf(request));
        ComparisonRow[] rows =
        [
            .. plan.Rows.SelectMany(r => methods.ContainsKey(r) ? comparison.Method(r, results[r.Label]) : comparison.ThesisOnly(r)),
            .. others.SelectMany(o => comparison.Other(o.Name, results[o.Name])),
        ];
        List<MethodPredictions> all = [.. methods.Values, .. others];
        var reference = all.FirstOrDefault(m => m.Name == ReferenceName) ?? all.FirstOrDefault();
        List<PairedDifference> pairs = [.. methods.Values.Where(m => m != reference).SelectMany(m => Tell($"{m.Name}: beside {reference!.Name}", () => gather.Differences(m, reference)))];
        return new TableContent
        {
            Rows = rows,
            Tables = [Comparison.ToTable(plan, rows), .. Pairs(plan, _order.Modalities, pairs), .. _sampling?.ToTable(rows) ?? []],
            Pairs = pairs,
            Results = [.. results.Values.SelectMany(r => r)],
            LatentRecovery = [.. _rows.SelectMany(r => gather.LatentRecovery(r.Row.Label, stored[r.Row], [.. r.Linear.Select(j => Store.Read<LinearAgreements>(j.Path))]))],
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

    private List<MethodPredictions> Baselines()
    {
        var tables = Read(_baselines);
        return tables.Count == 0 ? [] : [.. tables[0][0][0].Methods.Select((name, i) => Experiments.Gather.Method(name, tables, i))];
    }

    private void CheckReference()
    {
        List<string> known = [.. _rows.Select(r => r.Row.Label), .. BaselineNames.All, BaselineNames.Optimum];
        if (_order.Request.Against is { } name && !known.Contains(name) && BaselineNames.Of(name) is null)
        {
            throw new InputException(_order.Plan.Name, "against", $"'{name}' is no row that is measured here; give one of {string.Join(", ", known)}.");
        }
    }

    private static IReadOnlyList<IReadOnlyList<IReadOnlyList<PredictionTable>>> Read(IReadOnlyList<IReadOnlyList<IReadOnlyList<Job>>> jobs) =>
        [.. jobs.Select(folds => (IReadOnlyList<IReadOnlyList<PredictionTable>>)[.. folds.Select(draws => (IReadOnlyList<PredictionTable>)[.. draws.Select(j => PredictionTable.Read(j.Path))])])];

    /// <summary>A row's runs, and what is stored of them: predictions per training, fold and draw; the linear reference per run.</summary>
    private sealed record Stored(
        PlannedRow Row, IReadOnlyList<IReadOnlyList<TrainJob>> Runs, IReadOnlyList<IReadOnlyList<IReadOnlyList<Job>>> Predictions, IReadOnlyList<Job> Linear)
    {
        public IEnumerable<Job> Jobs => Predictions.SelectMany(f => f).SelectMany(d => d).Concat(Linear);

        public static Stored Of(Order order, PlannedRow row)
        {
            var runs = order.Runs(row);
            return new Stored(row, runs, [.. runs.Select(folds => (IReadOnlyList<IReadOnlyList<Job>>)[.. folds.Select(run => (IReadOnlyList<Job>)
                [.. Enumerable.Range(0, order.Plan.Table.Samples).Select(draw => order.Workshop.Predict(run, row.Sampler, draw, row.Label))])])],
                [.. runs.SelectMany(folds => folds).Where(_ => row.Sampler is not null).Select(run => LinearAgreements.Job(order.Workshop, run))]);
        }
    }
}
