namespace Amodal.Evaluation.Reports;

/// <summary>Results as tables that can be written in any <see cref="TableFormat"/>.</summary>
internal static class ResultTables
{
    /// <summary>A table for every protocol and metric: methods and cases, and of each case the method that is best beyond chance marked.</summary>
    /// <param name="metrics">Which metrics, in this order; those that no row has are left out.</param>
    /// <param name="optimum">The method that is the Bayes optimum and does not compete, if any.</param>
    /// <param name="differences">Paired differences of these methods, which tell what is more than chance; may be empty.</param>
    public static IReadOnlyList<ReportTable> Of(
        IReadOnlyList<ResultRow> rows, IReadOnlyList<string> metrics, string? optimum = null, IReadOnlyList<PairedDifference>? differences = null, string note = "") =>
        [.. PivotTable.Of(rows, metrics, optimum, differences).Select(t => t.ToTable(note))];

    /// <summary>Paired differences: method less baseline, a column per case, a table per metric; those whose interval excludes zero are marked.</summary>
    public static IReadOnlyList<ReportTable> Of(IReadOnlyList<PairedDifference> differences, string note = "")
    {
        return [.. differences.GroupBy(d => d.Metric).Select(metric =>
        {
            var style = MetricStyle.Of(metric.Key);
            var cases = metric.Select(d => d.Case).Distinct().ToList();
            return new ReportTable($"Method less baseline, paired: {style.Heading}", ["method", "baseline", .. cases],
                [.. metric.GroupBy(d => (d.Method, d.Baseline)).Select(pair =>
                {
                    var byCase = pair.ToDictionary(d => d.Case, d => d.Difference);
                    return (IReadOnlyList<ReportCell>)
                    [
                        ReportCell.Words(pair.Key.Method), ReportCell.Words(pair.Key.Baseline),
                        .. cases.Select(c => ReportCell.Difference(style, byCase.GetValueOrDefault(c))),
                    ];
                })])
            {
                Note = note,
            };
        })];
    }

    /// <summary>How well latents are recovered.</summary>
    public static ReportTable Of(IReadOnlyList<LatentRecoveryRow> rows)
    {
        const string Format = "0.000";
        return new ReportTable("Recovered latents against the true ones: error in standard deviations, correlation",
            ["method", "recovered", "observed", "error", "correlation", "aligned error", "aligned correlation", "mean-fill error", "linear error", "linear correlation"],
            [.. rows.Select(r => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Words(r.Method), ReportCell.Words(r.Modality), ReportCell.Words(r.Observed),
                ReportCell.Number(r.Error, Format), ReportCell.Number(r.Correlation, Format), ReportCell.Number(r.AlignedError, Format),
                ReportCell.Number(r.AlignedCorrelation, Format), ReportCell.Number(r.MeanFillError, Format),
                ReportCell.Number(r.LinearError, Format), ReportCell.Number(r.LinearCorrelation, Format),
            ])]);
    }

    /// <summary>How good intervals are, and what a missing modality would take from the deviation.</summary>
    public static ReportTable Of(IReadOnlyList<CertaintyRow> rows)
    {
        const string Format = "0.000";
        return new ReportTable($"Intervals of level {rows[0].Level.ToString("0 %", CultureInfo.InvariantCulture)}: how often labels lie within, and how wide they are",
            ["method", "observed", "n", "coverage %", "width", "deviation", "negative log-likelihood", "error of the most certain 80 %", "would narrow it"],
            [.. rows.Select(r => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Words(r.Method), ReportCell.Words(SetOf(r) + (r.Label is null ? "" : $", {r.Label}")), ReportCell.Number(r.Count, "0"),
                ReportCell.Number(100 * r.Coverage, "0.0"), ReportCell.Number(r.Width, Format), ReportCell.Number(r.Deviation, Format),
                ReportCell.Number(r.NegativeLogLikelihood, Format), ReportCell.Number(r.MostCertainError, Format),
                ReportCell.Words(string.Join(", ", r.Tells.OrderByDescending(t => t.Value).Select(t => $"{t.Key} {(100 * t.Value).ToString("0", CultureInfo.InvariantCulture)} %"))),
            ])]);
    }

    private static string SetOf(CertaintyRow row) => row.Observed == ProtocolEvaluator.AverageIncomplete ? "mean over incomplete sets" : row.Observed;

    /// <summary>What each modality is worth: all observed less all but it, and less it alone; where the interval excludes zero, marked.</summary>
    public static ReportTable Of(IReadOnlyList<ModalityEffect> effects, string note = "")
    {
        var leads = Metric.Used(effects.Select(e => e.Metric), MetricUse.Lead);
        var shown = effects.Where(e => e.Kind != ModalityEffect.Over && leads.Contains(e.Metric)).ToList();
        var columns = leads.SelectMany(m => new[] { (Metric: m, Kind: ModalityEffect.Lost), (Metric: m, Kind: ModalityEffect.Alone) }).ToList();
        return new ReportTable("What each modality is worth: all observed less what is left, paired",
            ["modality", .. columns.Select(c => $"{MetricStyle.Of(c.Metric).Short}: {(c.Kind == ModalityEffect.Lost ? "less all but it" : "less it alone")}")],
            [.. shown.GroupBy(e => e.Modality).Select(modality => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Words(modality.Key),
                .. columns.Select(c => ReportCell.Difference(MetricStyle.Of(c.Metric), modality.FirstOrDefault(e => (e.Metric, e.Kind) == c)?.Difference)),
            ])])
        {
            Note = note,
        };
    }

    /// <summary>Which classes are taken for which: truth down, prediction across.</summary>
    public static ReportTable Of(ConfusionTable table) => new(
        $"Confusion of classes{(table.Label is { } label ? $" of {label}" : "")}: {table.Method}, {CaseOf(table)}", ["truth", .. table.Classes],
        [.. table.Classes.Zip(table.Counts, (name, counts) => (IReadOnlyList<ReportCell>)
        [
            ReportCell.Words(name),
            .. counts.Select(count => ReportCell.Number(count, "0.#") with { Small = counts.Sum() > 0 ? (count / counts.Sum()).ToString("0 %", CultureInfo.InvariantCulture) : "" }),
        ])])
    {
        Note = "Truth down, prediction across; the share is of the row.",
    };

    /// <summary>A case in words.</summary>
    internal static string CaseOf(ConfusionTable table) => table.Case == ProtocolEvaluator.AverageIncomplete ? "mean over incomplete sets" : $"observed {table.Case}";

    /// <summary>The tables of a report that has none of its own: those of its page.</summary>
    internal static IReadOnlyList<ReportTable> Of(ReportData data)
    {
        if (data.Tables.Count > 0)
        {
            return [];
        }

        var unit = Sentence(data.Intervals);
        List<ReportTable> tables =
        [
            .. Of(data.Rows, MetricsOf(data.Rows, MetricUse.Table), data.Optimum, data.Differences, unit),
            .. Of([.. data.Differences.Where(d => IsSummary(d.Case))], unit),
        ];
        if (data.Effects.Count > 0)
        {
            tables.Add(Of(data.Effects, unit));
        }

        tables.AddRange(data.Confusions.Select(Of));
        if (data.Certainty.Count > 0)
        {
            tables.Add(Of(data.Certainty));
        }

        if (data.NfeCurve.Count > 0)
        {
            tables.Add(Of(data.NfeCurve));
        }

        if (data.LatentRecovery.Count > 0)
        {
            tables.Add(Of(data.LatentRecovery));
        }

        return tables;
    }

    /// <summary>The unit of the intervals as a sentence; empty where it is not known.</summary>
    internal static string Sentence(string intervals) => intervals.Length > 0 ? $"With {intervals}." : "";

    private static ReportTable Of(IReadOnlyList<NfePoint> curve) => new("Accuracy and cost of sampling",
        ["method", "NFE", .. MetricsOf(curve).Select(m => MetricStyle.Of(m).Short), "latent error", "seconds"],
        [.. curve.Select(p => (IReadOnlyList<ReportCell>)
        [
            ReportCell.Words(p.Method), ReportCell.Number(p.Nfe, "0"), .. MetricsOf(curve).Select(m => ReportCell.Of(MetricStyle.Of(m), p.Metrics.GetValueOrDefault(m))), ReportCell.Number(p.LatentError, "0.000"), ReportCell.Number(p.Seconds, "0.0"),
        ])]);

    /// <summary>The metrics of rows that are used so, or more.</summary>
    internal static IReadOnlyList<string> MetricsOf(IEnumerable<ResultRow> rows, MetricUse least) => Metric.Used(rows.SelectMany(r => r.Metrics.Keys), least);

    internal static IReadOnlyList<string> MetricsOf(IEnumerable<NfePoint> curve) => Metric.Ordered(curve.SelectMany(p => p.Metrics.Keys));

    /// <summary>The lead metrics of incomplete sets and of the complete one, or of each missing rate where there is no fixed protocol.</summary>
    /// <param name="optimum">The method that is the Bayes optimum and does not compete, if any.</param>
    /// <param name="differences">Paired differences of these methods, which tell what is more than chance; may be empty.</param>
    public static ReportTable Short(IReadOnlyList<ResultRow> rows, string? optimum, IReadOnlyList<PairedDifference> differences, string note = "")
    {
        var isFixed = rows.Any(r => r.Protocol == "fixed");
        List<ResultRow> of = [.. rows.Where(r => isFixed == (r.Protocol == "fixed"))];
        var complete = of.LastOrDefault(r => !IsSummary(r.Case))?.Case;
        List<string> cases = isFixed
            ? [.. new[] { ProtocolEvaluator.AverageIncomplete, ProtocolEvaluator.AverageMissing + "1" }.Where(c => of.Any(r => r.Case == c)).Take(1), .. complete is null ? [] : new[] { complete }]
            : [.. of.Select(r => r.Case).Distinct()];
        List<PivotTable> tables = [.. PivotTable.Of([.. of.Where(r => cases.Contains(r.Case))], MetricsOf(of, MetricUse.Lead), optimum, differences)];
        string Heading(PivotTable table, string observed) =>
            $"{table.Style.Short}, {(observed == complete ? "all observed" : observed == ProtocolEvaluator.AverageIncomplete ? "incomplete sets" : table.Heading(observed))}";
        return new ReportTable(isFixed ? "average over incomplete sets, and all observed" : of.Exists(r => r.Masks is not null) ? "with masks of one's own" : "by missing rate",
            ["method", .. tables.SelectMany(t => cases.Select(c => Heading(t, c)))],
            [.. of.Select(r => r.Method).Distinct().Select(m => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Words(m), .. tables.SelectMany(t => cases.Select(c => ReportCell.Of(t.Style, t[m, c], t.IsBest(m, c)))),
            ])])
        {
            Note = note,
        };
    }

    /// <summary>The rows without single observed sets but the complete one, where there are too many to be read.</summary>
    internal static IReadOnlyList<ResultRow> WithoutManySets(IReadOnlyList<ResultRow> rows) =>
        !rows.Any(r => PivotTable.MissingCount(r.Case) is not null) ? rows
        : [.. rows.GroupBy(r => (r.Method, r.Protocol)).SelectMany(g => g.Where(r => IsSummary(r.Case) || r == g.Last(x => !IsSummary(x.Case))))];

    /// <summary>Whether a case is an average or a missing rate, and no single observed set.</summary>
    public static bool IsSummary(string observed) =>
        PivotTable.IsAverage(observed) || observed == ProtocolEvaluator.AverageRates || ChartBuilder.MissingRate(observed) is not null;
}
