using System.Diagnostics;

namespace Amodal.Experiments.Tables;

/// <summary>Methods on the same masks: every metric, tests in pairs against one of them, mean ranks, and what each costs.</summary>
internal sealed class LeaderboardTable : ITable
{
    private const int Batch = 32;
    private const int Repetitions = 3;
    private const double LongSeconds = 2; // a call that takes longer is not repeated
    private readonly Order _order;
    private readonly StoredRows _stored;
    private readonly IReadOnlyDictionary<string, Job> _costs;

    public LeaderboardTable(Order order)
    {
        _order = order;
        _stored = new StoredRows(order, withLinear: false);
        _costs = order.Plan.Own.ToDictionary(r => r.Label, r => Cost(order, r));
        Jobs = [.. _stored.Jobs, .. _costs.Values];
        _stored.CheckReference();
    }

    public IReadOnlyList<Job> Jobs { get; }

    public TableContent Gather(Action<string, double>? progress, CancellationToken stop)
    {
        var gather = new Gather(_order.Data, _order.Plan.Evaluation(_order.Request.MaskSeeds), _order.Request.TrainingSeeds);
        List<MethodPredictions> rows = [.. _stored.Read().Select(r => Experiments.Gather.Method(r.Row.Label, r.Tables))];
        var baselines = _stored.Baselines();
        List<MethodPredictions> methods = [.. rows, .. baselines];
        var done = 0.0;
        var results = methods.Concat(gather.Optimum).SelectMany(m => Tell(m.Name, () => gather.Rows([m]))).ToList();
        var reference = methods.FirstOrDefault(m => m.Name == _stored.ReferenceName || BaselineNames.Of(m.Name) == _stored.ReferenceName) ?? methods[0];
        var pairs = methods.Where(m => m != reference).SelectMany(m => Tell(m.Name, () => gather.Differences(m, reference))).ToList();

        var (metrics, deciding) = (Leaderboard.Shown(_order.Data[0].Target), Leaderboard.Deciding(_order.Data[0].Target));
        List<string> cases = [.. new[] { ProtocolEvaluator.AverageIncomplete, ModalitySet.All(_order.Modalities.Count).Describe(_order.Modalities), ProtocolEvaluator.AverageRates }
            .Where(c => results.Any(r => r.Case == c))];
        var byMethod = results.Where(r => cases.Contains(r.Case)).ToDictionary(r => (r.Method, r.Case));
        var costs = _costs.ToDictionary(c => c.Key, c => Store.Read<MethodUse>(c.Value.Path));
        var sign = Metric.Of(deciding).HigherIsBetter ? -1 : 1;
        var leaderboard = new Leaderboard(
            deciding, cases[0], reference.Name,
            [.. results.Select(r => r.Method).Distinct().Select(m => new LeaderboardEntry(m, PartOf(m), byMethod[(m, cases[0])].Metrics[deciding], costs.GetValueOrDefault(m)))
                .OrderBy(e => e.Part != ComparisonPart.Optimum).ThenBy(e => sign * e.Value.Value)],
            Tests([.. pairs.Where(p => cases.Contains(p.Case) && metrics.Contains(p.Metric))]), McNemar(gather, methods, reference, metrics),
            Ranking.Of(deciding, cases[0], [.. methods.Select(m => (m.Name, (double[])[.. gather.ByUnit(m, cases[0], deciding).Select(v => sign * v)]))]))
        {
            Tuned = _order.Chosen,
        };
        return new TableContent
        {
            Rows = [.. results.Select(r => new ComparisonRow(r.Method, PartOf(r.Method), r.Protocol, r.Case, [.. r.Metrics.Select(m => new ComparisonCell(m.Key, m.Value, null))]))],
            Tables = [LeaderboardTables.Entries(leaderboard, byMethod, metrics, cases), .. LeaderboardTables.Tests(leaderboard), .. LeaderboardTables.McNemar(leaderboard), .. LeaderboardTables.Ranks(leaderboard), .. LeaderboardTables.Tuned(leaderboard)],
            Results = results,
            Pairs = pairs,
            Leaderboard = leaderboard,
            Charts = [.. LeaderboardTables.QualityAgainstTime(leaderboard, metrics, byMethod)],
        };

        ComparisonPart PartOf(string name) => name == BaselineNames.Optimum ? ComparisonPart.Optimum : baselines.Any(b => b.Name == name) ? ComparisonPart.Baseline : ComparisonPart.Method;

        IReadOnlyList<T> Tell<T>(string what, Func<IReadOnlyList<T>> make)
        {
            stop.ThrowIfCancellationRequested();
            progress?.Invoke("tables", done);
            var made = make();
            progress?.Invoke("tables", done = Math.Min(1, done + (0.5 / methods.Count)));
            return made;
        }
    }

    private static LeaderboardTest[] Tests(IReadOnlyList<PairedDifference> pairs)
    {
        var probabilities = pairs.Select(p => Significance.OfDifference(p.Difference)).ToList();
        return [.. pairs.Zip(probabilities, Significance.Holm(probabilities)).Select(p => new LeaderboardTest(p.First.Method, p.First.Case, p.First.Metric, p.First.Difference, p.Second, p.Third))];
    }

    /// <summary>Of the first lead metric that says of a single utterance yes or no; none where there is none.</summary>
    private McNemarTest[] McNemar(Gather gather, IReadOnlyList<MethodPredictions> methods, MethodPredictions reference, IReadOnlyList<string> metrics)
    {
        const int ManyModalities = 4;
        var count = _order.Modalities.Count;
        var complete = ModalitySet.All(count);
        var metric = metrics.FirstOrDefault(m => Metric.Of(m).IsShare && gather.ByUtterance(reference, complete, m).All(v => v is 0 or 1 or double.NaN));
        if (metric is null)
        {
            return [];
        }

        var tests = new List<McNemarTest>();
        foreach (var observed in count < ManyModalities ? Patterns.All(count) : [.. complete.Members.Select(m => complete.Without(ModalitySet.Of(m))), complete])
        {
            var right = gather.ByUtterance(reference, observed, metric);
            foreach (var method in methods.Where(m => m != reference))
            {
                List<(double Method, double Reference)> both = [.. gather.ByUtterance(method, observed, metric).Zip(right)];
                var (alone, other) = (both.Count(b => b is { Method: 1, Reference: 0 }), both.Count(b => b is { Method: 0, Reference: 1 }));
                tests.Add(new McNemarTest(method.Name, observed.Describe(_order.Modalities), metric, alone, other, Significance.McNemar(alone, other), 0));
            }
        }

        var corrected = Significance.Holm([.. tests.Select(t => t.Probability)]);
        return [.. tests.Zip(corrected, (test, holm) => test with { Holm = holm }).OrderBy(t => methods.Index().First(m => m.Item.Name == t.Method).Index)];
    }

    /// <summary>Of a row's run on the first fold with the first training seed.</summary>
    private static Job Cost(Order order, PlannedRow row) => order.Workshop.Measure("use", order.FirstRun(row), [Key.Machine, row.Sampler is null ? "" : YamlOptions.Write(row.Sampler)], $"{row.Label}: what it costs", (run, data, progress, stop) =>
    {
        using var method = run.CreateMethod(sampler: row.Sampler);
        var split = data[Workshop.Split];
        var batch = split.Select("batch", [.. Enumerable.Range(0, Math.Min(Batch, split.Count))]);
        List<ModalitySet> sets = [.. Patterns.Incomplete(data.Modalities.Count)];
        var growth = ResidentMemory.PeakGrowth(() => Predict(sets[0]));
        var seconds = sets.Index().Average(observed =>
        {
            List<double> times = [];
            do
            {
                var started = Stopwatch.GetTimestamp();
                Predict(observed.Item);
                times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
            while (times.Count < Repetitions && times[^1] < LongSeconds);
            progress((observed.Index + 1.0) / sets.Count);
            return times.Order().ElementAt(times.Count / 2);
        });
        return new MethodUse(run.Parameters, run.TrainingSeconds, 1000 * seconds / batch.Count, growth, batch.Count, $"{Key.Machine}, {Key.Threads}");

        void Predict(ModalitySet observed)
        {
            using var encoded = method.Encode(batch);
            _ = encoded.Predict([.. Enumerable.Repeat(Observation.Of(observed), batch.Count)], stop: stop);
        }
    });
}
