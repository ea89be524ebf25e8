using Amodal.Evaluation;
using Amodal.Evaluation.Reports;

namespace Amodal.Reproduction;

/// <summary>Compares the rows of a table with one of them on the same utterances and masks.</summary>
internal static class RowPairs
{
    /// <summary>Every row less the reference, which is the table's or else its first row, in every average and missing rate; means over training seeds.</summary>
    public static IReadOnlyList<PairedDifference> Compare(
        TablePlan plan, RunPool pool, IReadOnlyDictionary<PlannedRow, IReadOnlyList<RowResult>> bySeed, CancellationToken stop)
    {
        var rows = plan.Rows.Where(bySeed.ContainsKey).ToList();
        if (rows.Count < 2)
        {
            return [];
        }

        var reference = rows.FirstOrDefault(r => r.Label == plan.Table.Reference) ?? rows[0];
        var truth = pool.Data.SelectMany(d => d["test"].Labels).ToArray();
        var protocols = new ProtocolEvaluator(truth, pool.Modalities, plan.Evaluation(pool.Options.MaskSeeds), IntervalUnits.Of(pool.Data.Select(d => (d, d["test"]))).Groups);
        return [.. rows.Where(r => r != reference).SelectMany(row =>
        {
            stop.ThrowIfCancellationRequested();
            pool.Progress?.Invoke($"{row.Label}: beside {reference.Label}", 0);
            var differences = SeedPooling.Pool([.. bySeed[row].Zip(bySeed[reference], (ours, theirs) =>
                protocols.Differences(ours.ToMethod(row.Label), [theirs.ToMethod(reference.Label)]))]);
            pool.Progress?.Invoke($"{row.Label}: beside {reference.Label}", 1);
            return differences;
        })];
    }

    /// <summary>The differences in those of the table's cases that are averages or missing rates, and its metrics; none where there are no two rows.</summary>
    public static IEnumerable<ReportTable> ToTable(TablePlan plan, RunPool pool, IReadOnlyList<PairedDifference> pairs)
    {
        var cases = plan.Cases.Select(c => ThesisCase.Resolve(c, pool.Modalities)?.Ours).ToList();
        var shown = pairs.Where(p => plan.Metrics.Contains(p.Metric) && cases.Contains(p.Case) && ResultTables.IsSummary(p.Case)).ToList();
        if (shown.Count == 0)
        {
            return [];
        }

        return
        [
            new ReportTable($"Rows in pairs: each less {shown[0].Rival}",
                ["row", "case", .. plan.Metrics.Select(m => MetricStyle.Of(m).Short)],
                [.. shown.GroupBy(p => (p.Method, p.Case)).Select(g => (IReadOnlyList<ReportCell>)
                [
                    ReportCell.Words(g.Key.Method), ReportCell.Words(g.Key.Case),
                    .. plan.Metrics.Select(m => ReportCell.Difference(MetricStyle.Of(m), g.First(p => p.Metric == m).Difference)),
                ])])
            {
                Note = "Differences on the same utterances and masks, with 95 % intervals; marked where the interval holds no zero, which is more than chance. "
                    + "The intervals of two rows may overlap where their difference is beyond chance. Other pairs of rows are not compared: name another row as `reference` in the table's file.",
            },
        ];
    }
}
