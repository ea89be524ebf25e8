namespace Amodal.Experiments.Tables;

/// <summary>A leaderboard as tables and pictures.</summary>
internal static class LeaderboardTables
{
    private const double Megabyte = 1024 * 1024;
    private const double Level = 0.05;

    /// <summary>Every method with its metrics, its mean rank and its cost.</summary>
    public static ReportTable Entries(
        Leaderboard board, IReadOnlyDictionary<(string Method, string Case), ResultRow> results, IReadOnlyList<string> metrics, IReadOnlyList<string> cases)
    {
        var ranks = board.Ranking?.Methods.ToDictionary(r => r.Name, r => r.Rank) ?? [];
        var machine = board.Entries.FirstOrDefault(e => e.Cost is not null)?.Cost;
        return new ReportTable("Leaderboard",
            ["method", .. cases.SelectMany(c => metrics.Select(m => $"{MetricStyle.Of(m).Short}, {Words(c, cases)}")), "mean rank", "parameters", "training, s", "ms an utterance", "growth, MiB"],
            [.. board.Entries.Select(e => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Words(e.Method + (e.Part == ComparisonPart.Baseline ? " (baseline)" : "")),
                .. cases.SelectMany(c => metrics.Select(m => ReportCell.Of(MetricStyle.Of(m), results[(e.Method, c)].Metrics[m]))),
                ReportCell.Number(ranks.TryGetValue(e.Method, out var rank) ? rank : null, "0.0"),
                ReportCell.Number(e.Cost?.Parameters, "#,0"), ReportCell.Number(e.Cost?.TrainingSeconds, "0.0"), ReportCell.Number(e.Cost?.Milliseconds, "0.000"),
                ReportCell.Number(e.Cost?.PeakGrowthBytes / Megabyte, "0.0"),
            ])])
        {
            IsSorted = true,
            Note = $"In the order of {MetricStyle.Of(board.Metric).Name}, {Words(board.Case, cases)}. Beside a value stand its 95 % interval, over utterances or videos and trainings, and after ± its standard deviation over training seeds alone. "
                + "The mean rank is over videos, or over utterances where the data tells no videos. Baselines are trained with every method and cost next to nothing beside it. "
                + (machine is null ? "" : $"Time and memory: one batch of {machine.Batch} from features to predictions, mean over the incomplete sets, one method after the other ({machine.Machine}); amodal bench lets two take turns. "
                + "Training: the method's stages and those they go on from, one run."),
        };
    }

    /// <summary>Every method less the reference; none where there is one method.</summary>
    public static IEnumerable<ReportTable> Tests(Leaderboard board)
    {
        if (board.Tests.Count == 0)
        {
            yield break;
        }

        List<(string Case, string Metric)> columns = [.. board.Tests.Select(t => (t.Case, t.Metric)).Distinct()];
        List<string> cases = [.. columns.Select(c => c.Case).Distinct()];
        yield return new ReportTable($"Each less {board.Reference}, on the same utterances and masks",
            ["method", .. columns.SelectMany(c => new[] { $"{MetricStyle.Of(c.Metric).Short}, {Words(c.Case, cases)}", "p, Holm" })],
            [.. board.Tests.GroupBy(t => t.Method).Select(g => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Words(g.Key),
                .. columns.Select(c => g.First(t => (t.Case, t.Metric) == c)).SelectMany(t => new[]
                {
                    ReportCell.Difference(MetricStyle.Of(t.Metric), t.Difference) with { IsMarked = t.Holm < Level }, Probability(t.Holm),
                }),
            ])])
        {
            IsSorted = true,
            Note = $"Differences with 95 % intervals by the bootstrap; the probability of one as large where there is none, two-sided, by its standard error, corrected by Holm for the {board.Tests.Count} tests of this table. Marked where that is under 5 %.",
        };
    }

    /// <summary>McNemar's tests; none where the target has no yes or no.</summary>
    public static IEnumerable<ReportTable> McNemar(Leaderboard board)
    {
        if (board.McNemar.Count == 0)
        {
            yield break;
        }

        List<string> cases = [.. board.McNemar.Select(t => t.Case).Distinct()];
        yield return new ReportTable($"McNemar's test against {board.Reference}: {MetricStyle.Of(board.McNemar[0].Metric).Name}",
            ["method", .. cases],
            [.. board.McNemar.GroupBy(t => t.Method).Select(g => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Words(g.Key), .. cases.Select(c => g.First(t => t.Case == c)).Select(t => new ReportCell($"{t.Alone} / {t.ReferenceAlone}", $"p {Probability(t.Holm).Text}", t.Holm < Level) { Value = t.Holm }),
            ])])
        {
            IsSorted = true,
            Note = $"Utterances that only the method has right / that only {board.Reference} has right, from each observed set, of the first training; below, the exact two-sided probability, corrected by Holm for the {board.McNemar.Count} tests of this table. "
                + "It takes utterances for independent, which those of one video are not: the table above does not.",
        };
    }

    /// <summary>Mean ranks; none for fewer than two methods.</summary>
    public static IEnumerable<ReportTable> Ranks(Leaderboard board)
    {
        if (board.Ranking is not { } ranking)
        {
            yield break;
        }

        yield return new ReportTable($"Mean ranks by {MetricStyle.Of(ranking.Metric).Name}",
            ["method", "mean rank", "not to be told from"],
            [.. ranking.Methods.Select(m => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Words(m.Name), ReportCell.Number(m.Rank, "0.00"),
                ReportCell.Words(string.Join(", ", ranking.Methods.Where(o => o != m && Math.Abs(o.Rank - m.Rank) <= ranking.CriticalDifference).Select(o => o.Name))),
            ])])
        {
            Note = string.Create(CultureInfo.InvariantCulture, $"Over {ranking.Blocks} videos or utterances. Friedman's test that no method is better than another: p {Probability(ranking.Friedman).Text}. Ranks that lie more than {ranking.CriticalDifference:0.00} apart differ (Nemenyi, 5 % for all pairs together)."),
        };
    }

    /// <summary>What tuning chose; none where nothing was tuned.</summary>
    public static IEnumerable<ReportTable> Tuned(Leaderboard board)
    {
        if (board.Tuned.Count == 0)
        {
            yield break;
        }

        var style = MetricStyle.Of(board.Metric);
        var hasFolds = board.Tuned.Any(t => t.Fold > 0);
        yield return new ReportTable("What tuning chose",
            ["method", .. hasFolds ? new[] { "fold" } : [], "trial", $"{style.Short} on validation, as it is", "chosen", "settings"],
            [.. board.Tuned.Select(t => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Words(t.Row), .. hasFolds ? new[] { ReportCell.Number(t.Fold + 1, "0") } : [], ReportCell.Number(t.Trial, "0"),
                new ReportCell(style.Show(t.Usual)) { Value = style.Scale(t.Usual) }, new ReportCell(style.Show(t.Best)) { Value = style.Scale(t.Best) },
                ReportCell.Words(t.Settings.Count == 0 ? "as they are" : string.Join(", ", t.Settings)),
            ])])
        {
            Note = "A random search with as many trials for every method; trial 0 are the settings as they are. Means over the incomplete sets of the validation split, of the first training seed.",
        };
    }

    /// <summary>The first metric against the time for an utterance.</summary>
    public static IEnumerable<Chart> QualityAgainstTime(Leaderboard board, IReadOnlyList<string> metrics, IReadOnlyDictionary<(string Method, string Case), ResultRow> results)
    {
        var style = MetricStyle.Of(metrics[0]);
        List<Chart.Line> points = [.. board.Entries.Where(e => e.Cost is not null).Select(e => (e.Method, e.Cost!.Milliseconds, Value: results[(e.Method, board.Case)].Metrics[metrics[0]]))
            .Select(p => new Chart.Line(p.Method, Chart.Form.Line, [new Chart.Point(p.Milliseconds, style.Scale(p.Value.Value), style.Scale(p.Value.Low), style.Scale(p.Value.High))]))];
        return points.Count == 0 ? [] :
        [
            new Chart("quality-against-time", $"{style.Name}, {Words(board.Case, [board.Case])}, against time", "milliseconds an utterance (logarithmic)", style.Short, points) { IsLogX = true },
        ];
    }

    private static string Words(string observed, IReadOnlyList<string> cases) => observed switch
    {
        ProtocolEvaluator.AverageIncomplete => "incomplete sets",
        ProtocolEvaluator.AverageRates => "all missing rates",
        _ => cases.Count > 1 ? "all observed" : observed,
    };

    private static ReportCell Probability(double p) => new(double.IsNaN(p) ? "n/a" : p < 0.001 ? "< 0.001" : p.ToString("0.000", CultureInfo.InvariantCulture)) { Value = p };
}
