using System.Globalization;
using Amodal.Evaluation.Embedding;
using Amodal.Evaluation.Reports;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Training;

namespace Amodal.Reproduction;

/// <summary>Recovered beside true latents by t-SNE, a panel per row, with the distances that say the same in numbers.</summary>
internal static class FigureTable
{
    public static TableContent Make(TablePlan plan, RunPool pool, CancellationToken stop)
    {
        var observed = new ModalityRoles(pool.Modalities).Of(plan.Table.Observed) ?? throw new InputException(plan.Name, "observed",
            $"is '{plan.Table.Observed}', and none of {string.Join(", ", pool.Modalities)} is that modality; the figure needs it to be observed.");
        var figures = plan.Rows.GroupBy(r => r.Run!).Select(group => Draw(plan, pool, group.Key, [.. group], ModalitySet.Of(observed), stop)).ToList();
        return new TableContent
        {
            Figures = figures,
            Tables = [.. figures.Select(f => Distances(plan, f))],
            Notes =
            [
                .. pool.Data.Count > 1 ? new[] { $"The figure is of the first fold, {Path.GetFileName(pool.Data[0].Source)}." } : [],
                .. pool.Options.TrainingSeeds > 1 ? new[] { "The figure is of the first training seed." } : [],
            ],
        };
    }

    private static LatentFigure Draw(TablePlan plan, RunPool pool, ExperimentOptions options, List<PlannedRow> rows, ModalitySet observed, CancellationToken stop)
    {
        var path = pool.FirstRun(options, stop);
        using var run = TrainedRun.Load(path, pool.Device);
        using var embedder = new LatentEmbedder(run, pool.Data[0], "test", observed, new LatentFigureOptions());
        var folder = new LatentFigureFolder(Path.Combine(pool.Options.Folder, "figures", Path.GetFileName(path), observed.Describe(pool.Modalities)));
        return folder.Make(embedder, [.. rows.Select(r => new PanelRequest(r.Label, r.Sampler!, r.IsAligned && options.Alignment.Enabled))], [],
            (what, done) => pool.Progress?.Invoke($"{plan.Name}: {what}", done), stop);
    }

    private static ReportTable Distances(TablePlan plan, LatentFigure figure) => new(
        plan.Table.Title, ["panel", "recovered", "sliced Wasserstein", "MMD²", "neighbours shared", "mixing"],
        [.. figure.Panels.SelectMany(panel => panel.Modalities.Select(m => (IReadOnlyList<ReportCell>)
        [
            ReportCell.Words(panel.Label), ReportCell.Words(m.Name), Number(m.Distances.SlicedWasserstein, $"by chance {Text(m.Distances.SlicedWassersteinChance)}"),
            Number(m.Distances.Mmd), Number(m.Distances.NeighbourOverlap, $"by chance {Text(m.Distances.NeighbourOverlapChance)}"), Number(m.Distances.NeighbourMixing),
        ]))])
    {
        Note = $"{figure.Title}. Between recovered and true latents: distances of the two sets (0 is best), the share of each true latent's nearest neighbours that its recovered one has too (1 is best), "
            + "and the share of neighbours from the other set (about a half is best).",
    };

    private static ReportCell Number(double value, string small = "") => new(Text(value), small);

    private static string Text(double value) => double.IsFinite(value) ? value.ToString("0.000", CultureInfo.InvariantCulture) : "n/a";
}
