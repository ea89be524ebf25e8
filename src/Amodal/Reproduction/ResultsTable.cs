using Amodal.Configuration;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Runs;
using Amodal.Training;

namespace Amodal.Reproduction;

/// <summary>Trains and evaluates the rows of a table, and sets them beside the thesis's numbers.</summary>
internal static class ResultsTable
{
    private const string MethodName = "method";

    public static TableContent Make(TablePlan plan, RunPool pool, CancellationToken stop)
    {
        var comparison = new Comparison(plan, pool.Modalities, ThesisData.Of(pool));
        var bySeed = new Dictionary<PlannedRow, IReadOnlyList<RowResult>>();
        foreach (var group in plan.Rows.Where(r => r.Run is not null).GroupBy(r => r.Run!))
        {
            foreach (var (row, results) in Evaluate(plan, pool, group.Key, [.. group], stop))
            {
                bySeed[row] = results;
            }
        }

        var measured = bySeed.ToDictionary(r => r.Key, r => Pool(r.Key.Label, r.Value));
        var first = measured.Count > 0 ? measured[plan.Rows.First(measured.ContainsKey)].Rows : [];
        ComparisonRow[] rows =
        [
            .. plan.Rows.SelectMany(r => measured.TryGetValue(r, out var result)
                ? comparison.Method(r, [.. result.Rows.Where(x => x.Method == r.Label)]) : comparison.ThesisOnly(r)),
            .. comparison.Others(first),
        ];
        var pairs = RowPairs.Compare(plan, pool, bySeed, stop);
        return new TableContent
        {
            Rows = rows,
            Tables = [Comparison.ToTable(plan, rows), .. RowPairs.ToTable(plan, pool, pairs), .. SamplingTable.Make(plan, pool, rows, stop)],
            Pairs = pairs,
            Results = [.. plan.Rows.Where(measured.ContainsKey).SelectMany(r => measured[r].Rows.Where(x => x.Method == r.Label)), .. Others(first)],
            LatentRecovery = [.. plan.Rows.Where(measured.ContainsKey).SelectMany(r => measured[r].LatentRecovery)],
            Notes = [.. comparison.Notes()],
        };
    }

    private static IEnumerable<ResultRow> Others(IReadOnlyList<ResultRow> rows) =>
        rows.Where(r => r.Method == BaselineNames.Optimum || BaselineNames.Of(r.Method) is not null);

    /// <summary>The rows of one run, which differ in the sampler only, of every training seed.</summary>
    private static IEnumerable<(PlannedRow Row, IReadOnlyList<RowResult> Results)> Evaluate(
        TablePlan plan, RunPool pool, ExperimentOptions run, IReadOnlyList<PlannedRow> rows, CancellationToken stop)
    {
        var bySeed = Enumerable.Range(0, pool.Options.TrainingSeeds).Select(seed => EvaluateSeed(plan, pool, pool.Runs(run, seed, stop), rows, stop)).ToList();
        return rows.Select((row, i) => (row, (IReadOnlyList<RowResult>)[.. bySeed.Select(s => s[i])]));
    }

    private static List<RowResult> EvaluateSeed(
        TablePlan plan, RunPool pool, IReadOnlyList<string> paths, IReadOnlyList<PlannedRow> rows, CancellationToken stop)
    {
        var evaluator = new Lazy<RunEvaluator>(() => new RunEvaluator(paths, dataFile: null, "test", pool.Device, MethodName));
        try
        {
            var options = plan.Evaluation(pool.Options.MaskSeeds);
            return [.. rows.Select(row => pool.Keep("evaluation", paths, Decisive(options, row.Sampler!), () => RowResult.Of(
                evaluator.Value.Evaluate(options, row.Sampler, null, (what, done) => pool.Progress?.Invoke($"{row.Label}: {what}", done), stop))))];
        }
        finally
        {
            if (evaluator.IsValueCreated)
            {
                evaluator.Value.Dispose();
            }
        }
    }

    /// <summary>All training seeds as one, under the row's name.</summary>
    private static RunEvaluationResult Pool(string label, IReadOnlyList<RowResult> seeds) => Named(label, seeds[0].Result with
    {
        Rows = SeedPooling.Pool([.. seeds.Select(s => s.Result.Rows)]),
        LatentRecovery = SeedPooling.Pool([.. seeds.Select(s => s.Result.LatentRecovery)]),
    });

    private static IEnumerable<string> Decisive(EvaluationOptions options, SamplerOptions sampler) =>
    [
        YamlOptions.Write(sampler), $"{options.Fixed}", $"{options.Random}", string.Join(',', options.MissingRates.Select(r => FormattableString.Invariant($"{r}"))),
        $"{options.MaskSeeds}", $"{options.Samples}", $"{options.Seed}", "intervals by video",
    ];

    private static RunEvaluationResult Named(string label, RunEvaluationResult result) => result with
    {
        Rows = [.. result.Rows.Select(r => r.Method == MethodName ? r with { Method = label } : r)],
        LatentRecovery = [.. result.LatentRecovery.Select(r => r with { Method = label })],
    };
}
