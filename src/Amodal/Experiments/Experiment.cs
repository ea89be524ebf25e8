using Amodal.Experiments.Tables;

namespace Amodal.Experiments;

/// <summary>
/// Makes an experiment: its plan becomes jobs, the jobs are done on the store where they are not, and what the store then holds is gathered
/// into tables, with the thesis's numbers beside ours. A stopped one goes on where it was; several processes may make one together.
/// </summary>
internal static class Experiment
{
    private static readonly Dictionary<ExperimentKind, Func<Order, ITable>> _tables = new()
    {
        [ExperimentKind.Results] = order => new ResultsTable(order),
        [ExperimentKind.Latents] = order => new LatentsTable(order),
        [ExperimentKind.Figure] = order => new FigureTable(order),
        [ExperimentKind.Efficiency] = order => new EfficiencyTable(order),
        [ExperimentKind.Leaderboard] = order => new LeaderboardTable(order),
        [ExperimentKind.AsPublished] = order => new PublishedTable(order),
    };

    /// <summary>Makes it, or the share of one task.</summary>
    /// <param name="request">On what and where to.</param>
    /// <param name="limits">What data files may cost to read; the defaults unless given.</param>
    /// <returns>The tables; null where the share is done, and jobs of other tasks are not.</returns>
    public static ExperimentResult? Run(
        Plan plan, ExperimentRequest request, Device device, Action<string, double>? progress = null, CancellationToken stop = default, ReadLimits? limits = null)
    {
        var data = Read(request.DataFiles, limits ?? new ReadLimits { Stop = stop });
        var (modalities, target) = data.Count > 0 ? (data[0].Modalities, data[0].Target) : ([], Target.Score);
        if (request.MustFit && plan.Misfits(modalities, target) is [var (row, why), ..])
        {
            throw new InputException(data[0].Source, null, $"does not suit {row.Label}: {why}.");
        }

        plan = plan.For(modalities, target, out var misfits);
        var store = new Store(request.Folder);
        using var workshop = new Workshop(store, device);
        var order = new Order(plan, request, data, workshop);
        if (request.Trials > 1)
        {
            if (Tuning.Choose(order, progress, stop) is not { } tuned)
            {
                return null;
            }

            order = tuned;
        }

        var table = _tables[plan.Table.Kind](order);
        Runner.Run(store, Runner.Share(table.Jobs, request.Share.Task, request.Share.Count), progress, stop);
        if (!table.Jobs.All(j => j.IsDone()))
        {
            return null;
        }

        workshop.Dispose(); // tables are made of what is stored
        var content = table.Gather(progress, stop);
        return new ExperimentResult(plan.Name, plan.Table.Title, plan.IsFast, Facts(order, device), content.Rows, content.Tables,
            [.. Notes(plan), .. misfits, .. content.Notes, .. data.Count > 0 ? Units(order).Notes : [], .. data.SelectMany(d => d.Notes).Distinct()])
        {
            Results = content.Results,
            Runs = (plan.Runs.Count == 0 ? [] : plan.Own).ToDictionary(r => r.Label, r => (IReadOnlyList<string>)
                [.. (plan.Table.Kind == ExperimentKind.Figure ? [order.FirstRun(r)] : order.Runs(r).SelectMany(folds => folds)).Select(run => run.Name)]),
            Pairs = content.Pairs,
            LatentRecovery = content.LatentRecovery,
            Figures = content.Figures,
            Leaderboard = content.Leaderboard,
            Charts = content.Charts,
        };
    }

    /// <summary>Absolute paths: a run remembers its file, and the tables may be asked for from another folder.</summary>
    private static List<DataSet> Read(IReadOnlyList<string> files, ReadLimits limits)
    {
        var data = files.Select(f => DataFile.Read(Path.GetFullPath(f), limits: limits)).ToList();
        foreach (var other in data.Skip(1).Where(d => !d.Modalities.SequenceEqual(data[0].Modalities)))
        {
            throw new InputException(other.Source, "modalities", $"are others than those of {data[0].Source}; folds are of one data set.");
        }

        return data;
    }

    private static IEnumerable<string> Notes(Plan plan)
    {
        if (plan.IsFast)
        {
            yield return "Made in its fast variant: small networks and few epochs. It shows that everything works and which way things go, not what the method can do.";
        }

        if (plan.Table.Stage2 == Stage2Use.Shared && plan.Own.Any(r => r.Sampler != r.Outlook.Sampler(r.Run!)))
        {
            yield return "Rows that differ in the sampler only are one trained run: decoders and fusion saw what the run's own sampler recovers. With stage2: per-sampler in the table's file they are trained for each.";
        }
    }

    private static IntervalUnits Units(Order order) =>
        IntervalUnits.Of(order.Data.Select(d => (d, d[Workshop.Split])), order.Plan.Table.Kind == ExperimentKind.Figure ? 1 : order.Request.TrainingSeeds).Units;

    private static List<ReportFact> Facts(Order order, Device device) =>
    [
        new("table", order.Plan.Name),
        .. order.Data.Count > 0 ? DataFacts(order) : [],
        new("computed by", Key.Circumstances(device)),
    ];

    private static IEnumerable<ReportFact> DataFacts(Order order)
    {
        var seeds = order.Plan.Table.Kind == ExperimentKind.Figure ? 1 : order.Request.TrainingSeeds;
        var folds = order.Plan.Table.Kind == ExperimentKind.Figure ? 1 : order.Data.Count;
        return
        [
            new("data", string.Join(", ", order.Data.Select(d => Path.GetFileName(d.Source)))),
            new("data digest", string.Join(", ", order.Data.Select(d => d.Digest[..16]))),
            new("test utterances", Text(order.Data.Sum(d => d[Workshop.Split].Count))),
            new("trainings", Text(order.Plan.Runs.Count * (1 + order.Plan.PublishedRates.Count) * folds * seeds)),
            new("training seeds", Text(seeds)),
            .. order.Request.Trials > 1 ? [new ReportFact("tuning", $"{Text(order.Request.Trials)} trials for every method, random search from the run's seed, chosen on validation")] : Array.Empty<ReportFact>(),
            new("mask seeds", $"1 to {order.Request.MaskSeeds}"),
            .. order.Plan.Table.Kind is ExperimentKind.Leaderboard or ExperimentKind.AsPublished ? Array.Empty<ReportFact>() : [new("compared with", $"the thesis's numbers on {Reference.DataSetOf(order.Request)}")],
            new("intervals", Units(order).Text + (seeds == 1 ? ", one training" : "")),
        ];

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
