namespace Amodal.Experiments.Tables;

/// <summary>Recovered beside true latents by t-SNE, a panel per row, with the distances that say the same in numbers.</summary>
internal sealed class FigureTable : ITable
{
    private readonly Order _order;

    public FigureTable(Order order)
    {
        var plan = order.Plan;
        var observed = ModalitySet.Of(new ModalityRoles(order.Modalities).Of(plan.Table.Observed) ?? throw new InputException(plan.Name, "observed",
            $"is '{plan.Table.Observed}', and none of {string.Join(", ", order.Modalities)} is that modality; the figure needs it to be observed."));
        _order = order;
        Jobs = [.. plan.Sampled.GroupBy(r => r.Training).Select(rows =>
        {
            List<PanelRequest> panels = [.. rows.Select(r => new PanelRequest(r.Label, r.Sampler!, r.IsAligned && r.Run!.Alignment.Enabled))];
            var run = order.FirstRun(rows.First());
            var folder = new LatentFigureFolder(Path.Combine(order.Request.Folder, "figures", run.Name, observed.Describe(order.Modalities)));
            return order.Workshop.Measure("figure", run, [JsonFile.ToLine(panels), $"{observed.Bits}"], $"{plan.Name}: panels", (loaded, data, progress, stop) =>
            {
                using var embedder = new LatentEmbedder(loaded, data, Workshop.Split, observed, new LatentFigureOptions());
                return folder.Make(embedder, panels, [], (_, done) => progress(done), stop);
            });
        })];
    }

    public IReadOnlyList<Job> Jobs { get; }

    public TableContent Gather(Action<string, double>? progress, CancellationToken stop)
    {
        var figures = Jobs.Select(j => Store.Read<LatentFigure>(j.Path)).ToList();
        return new TableContent
        {
            Figures = figures,
            Tables = [.. figures.Select(f => Distances(_order.Plan, f))],
            Notes =
            [
                .. _order.Data.Count > 1 ? new[] { $"The figure is of the first fold, {Path.GetFileName(_order.Data[0].Source)}." } : [],
                .. _order.Request.TrainingSeeds > 1 ? new[] { "The figure is of the first training seed." } : [],
            ],
        };
    }

    private static ReportTable Distances(Plan plan, LatentFigure figure) => new(
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
