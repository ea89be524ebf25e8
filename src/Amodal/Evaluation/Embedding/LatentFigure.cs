namespace Amodal.Evaluation.Embedding;

/// <summary>Recovered beside true latents, a panel per way of recovering them (thesis, figures 6.1 to 6.4).</summary>
/// <param name="Name">Name of its files, without extension.</param>
/// <param name="Title">What is recovered from what.</param>
/// <param name="Panels">At least one; a new row begins where the sampler, or the use of the alignment decoder, changes.</param>
public sealed record LatentFigure(string Name, string Title, IReadOnlyList<LatentPanel> Panels)
{
    /// <summary>The panels by rows, of at most <paramref name="columns"/> each.</summary>
    public IReadOnlyList<IReadOnlyList<LatentPanel>> Rows(int columns)
    {
        var rows = new List<List<LatentPanel>>();
        foreach (var panel in Panels)
        {
            if (rows.Count == 0 || rows[^1].Count == columns || (rows[^1][^1].Sampler, rows[^1][^1].Aligned) != (panel.Sampler, panel.Aligned))
            {
                rows.Add([]);
            }

            rows[^1].Add(panel);
        }

        return rows;
    }
}
