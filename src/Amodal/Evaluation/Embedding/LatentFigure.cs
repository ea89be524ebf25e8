namespace Amodal.Evaluation.Embedding;

/// <summary>Recovered beside true latents, a panel per way of recovering them (thesis, figures 6.1 to 6.4).</summary>
/// <param name="Name">Name of its files, without extension.</param>
/// <param name="Title">What is recovered from what.</param>
/// <param name="Panels">At least one.</param>
public sealed record LatentFigure(string Name, string Title, IReadOnlyList<LatentPanel> Panels)
{
    /// <summary>The panels by rows: those of one sampler stay together where they fit, and those with and without the alignment decoder have rows of their own.</summary>
    /// <param name="columns">Most panels in a row.</param>
    public IReadOnlyList<IReadOnlyList<LatentPanel>> Rows(int columns)
    {
        var rows = new List<List<LatentPanel>>();
        for (var i = 0; i < Panels.Count; i++)
        {
            var panel = Panels[i];
            var isNew = i == 0 || (Panels[i - 1].Sampler, Panels[i - 1].Aligned) != (panel.Sampler, panel.Aligned);
            var alike = Panels.Skip(i).TakeWhile(p => (p.Sampler, p.Aligned) == (panel.Sampler, panel.Aligned)).Count();
            var room = rows.Count == 0 || rows[^1][^1].Aligned != panel.Aligned ? 0 : columns - rows[^1].Count;
            if (room == 0 || (isNew && alike > room))
            {
                rows.Add([]);
            }

            rows[^1].Add(panel);
        }

        return rows;
    }
}
