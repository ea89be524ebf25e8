namespace Amodal.Experiments.Tables;

/// <summary>What a store holds of a table's rows: predictions of each, and of the baselines that one of them trained.</summary>
internal sealed class StoredRows
{
    private readonly Order _order;
    private readonly IReadOnlyList<Stored> _rows;
    private readonly IReadOnlyList<IReadOnlyList<IReadOnlyList<Job>>> _baselines; // of one row's runs

    /// <param name="withLinear">Whether what latents have of their linear prediction is measured, of rows that sample.</param>
    public StoredRows(Order order, bool withLinear)
    {
        _order = order;
        _rows = [.. order.Plan.Own.Select(row => Stored.Of(order, row, withLinear))];
        var source = _rows.Where(r => r.Row.Outlook.Alone(r.Row.Run!) != r.Row.Run).Concat(_rows).Take(1); // one that trains more beside itself, if there is one
        _baselines = [.. source.SelectMany(first => first.Runs.Select(folds => (IReadOnlyList<IReadOnlyList<Job>>)
            [.. folds.Select(run => (IReadOnlyList<Job>)[order.Workshop.Baselines(run)])]))];
    }

    /// <summary>What has to be done.</summary>
    public IEnumerable<Job> Jobs => [.. _rows.SelectMany(r => r.Jobs), .. _baselines.SelectMany(f => f).SelectMany(d => d)];

    /// <summary>The row that others are compared with in pairs, as the request or the declaration names it; null where neither does.</summary>
    public string? ReferenceName => _order.Request.Against ?? (_order.Plan.Table.Reference is { Length: > 0 } named ? named : null);

    /// <summary>The tables of every row, per training, fold and draw, and the jobs of their linear references.</summary>
    public IReadOnlyList<(PlannedRow Row, IReadOnlyList<IReadOnlyList<IReadOnlyList<PredictionTable>>> Tables, IReadOnlyList<Job> Linear)> Read() =>
        [.. _rows.Select(r => (r.Row, Read(r.Predictions), r.Linear))];

    /// <summary>What the baselines predicted.</summary>
    /// <param name="suffix">Behind their names.</param>
    public IReadOnlyList<MethodPredictions> Baselines(string suffix = "")
    {
        var tables = Read(_baselines);
        return tables.Count == 0 ? [] : [.. tables[0][0][0].Methods.Select((name, i) => Gather.Method(name + suffix, tables, i))];
    }

    /// <summary>What the rows predicted, and behind them the baselines.</summary>
    /// <param name="suffix">Behind their names.</param>
    public IReadOnlyList<MethodPredictions> Methods(string suffix = "") =>
        [.. Read().Select(r => Gather.Method(r.Row.Label + suffix, r.Tables)), .. Baselines(suffix)];

    /// <summary>Refuses a reference that is no row.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public void CheckReference()
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

        public static Stored Of(Order order, PlannedRow row, bool withLinear)
        {
            var runs = order.Runs(row);
            return new Stored(row, runs, [.. runs.Select(folds => (IReadOnlyList<IReadOnlyList<Job>>)[.. folds.Select(run => (IReadOnlyList<Job>)
                [.. Enumerable.Range(0, order.Plan.Table.Samples).Select(draw => order.Workshop.Predict(run, row.Sampler, draw, row.Label))])])],
                [.. runs.SelectMany(folds => folds).Where(_ => withLinear && row.Sampler is not null).Select(run => LinearAgreements.Job(order.Workshop, run))]);
        }
    }
}
