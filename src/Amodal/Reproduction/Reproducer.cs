using System.Globalization;
using Amodal.Data;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using static TorchSharp.torch;

namespace Amodal.Reproduction;

/// <summary>
/// Makes a table of the thesis: trains the runs that it needs and that are not there, evaluates them where that is not
/// done, and puts the thesis's numbers beside ours. A stopped one goes on where it was.
/// </summary>
internal static class Reproducer
{
    private delegate TableContent Maker(TablePlan plan, RunPool pool, CancellationToken stop);

    private static readonly Dictionary<TableKind, Maker> _makers = new()
    {
        [TableKind.Results] = ResultsTable.Make,
        [TableKind.Latents] = LatentsTable.Make,
        [TableKind.Figure] = FigureTable.Make,
        [TableKind.Efficiency] = EfficiencyTable.Make,
    };

    /// <summary>Makes the table.</summary>
    /// <param name="plan">The table.</param>
    /// <param name="options">On what and where to.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">What is being done, and the share of it done.</param>
    /// <param name="stop">Stops after the step under way; what was finished is kept.</param>
    /// <param name="limits">What data files may cost to read; the defaults unless given.</param>
    /// <exception cref="InputException">The data cannot be read, the folds do not fit each other, or a file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ReproductionResult Run(
        TablePlan plan, ReproductionOptions options, Device device, Action<string, double>? progress = null, CancellationToken stop = default,
        ReadLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        var data = Read(options.DataFiles, limits ?? new ReadLimits { Stop = stop });
        var pool = new RunPool(options, data, device, progress);
        plan = data.Count > 0 ? plan.For(data[0].Modalities, out var misfits) : plan.For([], out misfits);
        var content = _makers[plan.Table.Kind](plan, pool, stop);
        return new ReproductionResult(plan.Name, plan.Table.Title, plan.IsFast, Facts(plan, pool), content.Rows, content.Tables,
            [.. Notes(plan), .. misfits, .. content.Notes, .. data.Count > 0 ? Units(pool).Notes : [], .. data.SelectMany(d => d.Notes).Distinct()])
        {
            Results = content.Results,
            Pairs = content.Pairs,
            LatentRecovery = content.LatentRecovery,
            Figures = content.Figures,
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

    private static IEnumerable<string> Notes(TablePlan plan)
    {
        if (plan.IsFast)
        {
            yield return "Made in its fast variant: small networks and few epochs. It shows that everything works and which way things go, not what the method can do.";
        }

        if (plan.Table.Stage2 == Stage2Use.Shared && plan.Rows.Any(r => r.Run is not null && r.Sampler != RunMethod.Sampler(r.Run)))
        {
            yield return "Rows that differ in the sampler only are one trained run: decoders and fusion saw what the run's own sampler recovers. With stage2: per-sampler in the table's file they are trained for each.";
        }
    }

    private static IntervalUnits Units(RunPool pool) => IntervalUnits.Of(pool.Data.Select(d => (d, d["test"]))).Units;

    private static List<ReportFact> Facts(TablePlan plan, RunPool pool) =>
    [
        new("table", plan.Name),
        .. pool.Data.Count > 0 ? DataFacts(plan, pool) : [],
        new("computed by", Circumstances.Of(pool.Device)),
    ];

    private static bool IsFigure(TablePlan plan) => plan.Table.Kind == TableKind.Figure;

    private static IEnumerable<ReportFact> DataFacts(TablePlan plan, RunPool pool) =>
    [
        new("data", string.Join(", ", pool.Data.Select(d => Path.GetFileName(d.Source)))),
        new("data digest", string.Join(", ", pool.Data.Select(d => d.Digest[..16]))),
        new("test utterances", pool.Data.Sum(d => d["test"].Count).ToString(CultureInfo.InvariantCulture)),
        new("trainings", (plan.Runs.Count * (IsFigure(plan) ? 1 : pool.Data.Count * pool.Options.TrainingSeeds)).ToString(CultureInfo.InvariantCulture)),
        new("training seeds", (IsFigure(plan) ? 1 : pool.Options.TrainingSeeds).ToString(CultureInfo.InvariantCulture)),
        new("mask seeds", $"1 to {pool.Options.MaskSeeds}"),
        new("compared with", $"the thesis's numbers on {ThesisData.Of(pool)}"),
        new("intervals", pool.Options.TrainingSeeds == 1
            ? $"{Units(pool).Text}, one training" : $"{Units(pool).Text}; and Student's over {pool.Options.TrainingSeeds} training seeds, in quadrature"),
    ];
}
