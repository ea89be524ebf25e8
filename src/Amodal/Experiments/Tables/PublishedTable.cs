namespace Amodal.Experiments.Tables;

/// <summary>
/// Methods as much of the published code has them, a model for each missing rate that is selected on the test split, beside the same
/// methods as they are compared everywhere else here, one model for every observed set that is selected on the validation split.
/// What the former seems to gain is the price of comparing with numbers so made.
/// </summary>
internal sealed class PublishedTable : ITable
{
    private const string Suffix = ", as published";
    private readonly Order _order;
    private readonly StoredRows _own;
    private readonly IReadOnlyList<(double Rate, StoredRows Rows)> _published;

    public PublishedTable(Order order)
    {
        (_order, _own) = (order, new StoredRows(order, withLinear: false));
        var data = order.Data.Select(SelectedOnTest).ToList();
        _published = [.. order.Plan.PublishedRates.Select(rate => (rate, new StoredRows(order with { Plan = order.Plan.At(rate), Data = data }, withLinear: false)))];
        Jobs = [.. _own.Jobs, .. _published.SelectMany(p => p.Rows.Jobs)];
    }

    public IReadOnlyList<Job> Jobs { get; }

    public TableContent Gather(Action<string, double>? progress, CancellationToken stop)
    {
        var own = _own.Methods();
        var (results, pairs) = (new List<ResultRow>(), new List<PairedDifference>());
        foreach (var (done, (rate, rows)) in _published.Index())
        {
            var gather = new Gather(
                _order.Data, _order.Plan.Evaluation(_order.Request.MaskSeeds) with { Fixed = false, Random = true, MissingRates = [rate], AverageRates = false }, _order.Request.TrainingSeeds);
            foreach (var (here, published) in own.Zip(rows.Methods(Suffix)))
            {
                stop.ThrowIfCancellationRequested();
                progress?.Invoke("tables", (double)done / _published.Count);
                results.AddRange(gather.Rows([here, published]));
                pairs.AddRange(gather.Differences(published, here));
            }
        }

        return new TableContent
        {
            Rows = [.. results.Select(r => new ComparisonRow(r.Method, ComparisonPart.Method, r.Protocol, r.Case, [.. r.Metrics.Select(m => new ComparisonCell(m.Key, m.Value, null))]))],
            Tables = [.. Leaderboard.Shown(_order.Data[0].Target).Select(metric => Table(metric, [.. own.Select(m => m.Name)], results, pairs))],
            Results = results,
            Pairs = pairs,
            Notes =
            [
                "As published: a model for each missing rate, trained on random sets of that rate, drawn anew for every batch, and selected on the test split under the same rate, as the code of several papers does. "
                + "It is no estimate of what a model does on new utterances. Masks of the test are the same for both.",
            ],
        };
    }

    private ReportTable Table(string metric, IReadOnlyList<string> methods, IReadOnlyList<ResultRow> results, IReadOnlyList<PairedDifference> pairs)
    {
        var style = MetricStyle.Of(metric);
        List<string> cases = [.. results.Select(r => r.Case).Distinct()];
        var values = results.ToDictionary(r => (r.Method, r.Case), r => r.Metrics[metric]);
        var differences = pairs.Where(p => p.Metric == metric).ToDictionary(p => (p.Method, p.Case), p => p.Difference);
        return new ReportTable(style.Name, ["method", .. cases.SelectMany(c => new[] { $"{c}, one model", "as published", "less" })],
            [.. methods.Select(m => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Words(m),
                .. cases.SelectMany(c => new[] { ReportCell.Of(style, values[(m, c)]), ReportCell.Of(style, values[(m + Suffix, c)]), ReportCell.Difference(style, differences[(m + Suffix, c)]) }),
            ])])
        {
            IsSorted = true,
            Note = "One model: trained on every observed set alike and selected on the validation split. Less: as published less one model, on the same utterances and masks, with its 95 % interval.",
        };
    }

    /// <summary>The data with the test utterances in validation's place. No file is written: readers refuse one, and rightly.</summary>
    private static DataSet SelectedOnTest(DataSet data)
    {
        var test = data[Workshop.Split];
        List<Split> splits = [data["train"], test.Select("valid", [.. Enumerable.Range(0, test.Count)]), test];
        return new DataSet(data.Source, data.Modalities, splits, DataDigest.Compute(data.Modalities, splits, data.Target), data.ReaderNotes, data.Target);
    }
}
