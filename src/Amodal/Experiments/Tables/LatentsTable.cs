namespace Amodal.Experiments.Tables;

/// <summary>Results, and how recovered latents compare with the true ones and with what can be known of them.</summary>
internal sealed class LatentsTable : ITable
{
    private readonly Order _order;
    private readonly ResultsTable _results;
    private readonly IReadOnlyList<(PlannedRow Row, IReadOnlyList<Job> Jobs)> _studies;

    public LatentsTable(Order order)
    {
        _order = order;
        _results = new ResultsTable(order);
        _studies = [.. order.Plan.Sampled.Select(row => (row, (IReadOnlyList<Job>)[.. order.Runs(row).SelectMany(folds => folds).Select(run => order.Workshop.Measure(
            "latents", run, [YamlOptions.Write(row.Sampler!)], $"{row.Label}: latents", (loaded, data, progress, stop) => LatentStudy.Measure(loaded, data, row.Sampler!, progress, stop)))]))];
        Jobs = [.. _results.Jobs, .. _studies.SelectMany(s => s.Jobs)];
    }

    public IReadOnlyList<Job> Jobs { get; }

    public TableContent Gather(Action<string, double>? progress, CancellationToken stop)
    {
        var results = _results.Gather(progress, stop);
        var studied = _studies.Select(s => (s.Row, Study: LatentStudy.Rows([.. s.Jobs.Select(j => Store.Read<LatentStudy>(j.Path))], _order.Modalities))).ToList();
        return results with { Tables = [.. results.Tables, Summary(results, studied), Details(studied)] };
    }

    /// <summary>A line per row: means over modalities and observed sets.</summary>
    private static ReportTable Summary(TableContent results, List<(PlannedRow Row, IReadOnlyList<LatentShrinkageRow> Study)> studied) => new(
        "What recovered latents hold of the conditional mean",
        ["row", "correlation", "error", "share of the mean", "spread", "aligned correlation", "aligned error", "aligned share of the mean", "aligned spread"],
        [.. studied.Select(s => (IReadOnlyList<ReportCell>)
        [
            ReportCell.Words(s.Row.Label),
            .. Agreement(results, s.Row, r => r.Correlation, r => r.Error),
            Share(s, r => r.Slope), Mean(s, r => r.SpreadRatio),
            .. Agreement(results, s.Row, r => r.AlignedCorrelation, r => r.AlignedError),
            Share(s, r => r.AlignedSlope), Mean(s, r => r.AlignedSpreadRatio),
        ])])
    {
        Note = "Means over modalities and observed sets, and over training seeds, test utterances. Share of the mean: slope of the recovered latent on its ridge prediction from the observed ones, over the slope of the true latent, rows weighted by how much can be predicted; "
            + "spread: mean square about the training average over that of the true latent. Samples of the true conditional distribution have 1 in both; the Gaussian case (METHOD, conditioning) predicts "
            + "less than 1 in the first for independent conditioning, and the wrong sign with several times the spread for shared.",
    };

    private static ReportTable Details(List<(PlannedRow Row, IReadOnlyList<LatentShrinkageRow> Study)> studied) => new(
        "By modality and observed set",
        ["row", "recovered", "observed", "explained by ridge", "slope, true", "slope", "spread", "slope, aligned", "spread, aligned"],
        [.. studied.SelectMany(s => s.Study.Select(r => (IReadOnlyList<ReportCell>)
        [
            ReportCell.Words(s.Row.Label), ReportCell.Words(r.Modality), ReportCell.Words(r.Observed),
            .. new[] { r.Explained, r.TrueSlope, r.Slope, r.SpreadRatio, r.AlignedSlope, r.AlignedSpreadRatio }.Select(Number),
        ]))]);

    private static IEnumerable<ReportCell> Agreement(TableContent results, PlannedRow row, params Func<LatentRecoveryRow, double>[] columns)
    {
        var rows = results.LatentRecovery.Where(r => r.Method == row.Label).ToList();
        return columns.Select(column => Number(rows.Average(column)));
    }

    private static ReportCell Mean((PlannedRow Row, IReadOnlyList<LatentShrinkageRow> Study) studied, Func<LatentShrinkageRow, double> column) => Number(studied.Study.Average(column));

    private static ReportCell Share((PlannedRow Row, IReadOnlyList<LatentShrinkageRow> Study) studied, Func<LatentShrinkageRow, double> slope) =>
        Number(LatentShrinkageRow.MeanShare(studied.Study, slope));

    private static ReportCell Number(double value) => new(double.IsFinite(value) ? value.ToString("0.000", CultureInfo.InvariantCulture) : "n/a");
}
