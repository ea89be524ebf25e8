namespace Amodal.Evaluation.Embedding;

/// <summary>Recovered beside true latents, a panel per way of recovering them (thesis, figures 6.1 to 6.4).</summary>
/// <param name="Name">Name of its files, without extension.</param>
/// <param name="Panels">At least one.</param>
internal sealed record LatentFigure(string Name, string Title, IReadOnlyList<LatentPanel> Panels)
{
    /// <summary>The panels by rows: those of one sampler stay together where they fit, and those with and without the alignment decoder have rows of their own.</summary>
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

/// <summary>One picture of a <see cref="LatentFigure"/>: recovered and true latents of every missing modality in one t-SNE embedding.</summary>
/// <param name="Nfe">Network evaluations per missing modality that it took.</param>
/// <param name="Divergence">KL(P | Q) of the embedding: what the picture leaves out.</param>
/// <param name="Modalities">The recovered modalities, in the data's order.</param>
internal sealed record LatentPanel(string Label, string Sampler, int Nfe, bool Aligned, double Divergence, IReadOnlyList<PanelModality> Modalities);

/// <summary>One recovered modality in a panel: where its latents lie, and the numbers that say the same.</summary>
/// <param name="Distances">How far recovered latents are from true ones, measured on the latents themselves, not on the picture.</param>
/// <param name="Truth">The true latents, one per utterance.</param>
/// <param name="Recovered">The recovered ones, in the same order.</param>
internal sealed record PanelModality(string Name, LatentDistances Distances, PlanePoints Truth, PlanePoints Recovered);

/// <summary>Places in the plane.</summary>
/// <param name="X">Horizontal, one per point.</param>
/// <param name="Y">Vertical, as many.</param>
internal sealed record PlanePoints(IReadOnlyList<float> X, IReadOnlyList<float> Y);

/// <summary>Latents as points.</summary>
internal static class LatentVectors
{
    /// <summary>Every latent as a row.</summary>
    /// <param name="latents">Standardised, (row, channels, time).</param>
    /// <param name="valid">(row, 1, time) of 0 and 1.</param>
    /// <param name="point">What becomes of the steps; where there are none but padding, zeros.</param>
    public static PointCloud Of(Tensor latents, Tensor valid, LatentPoint point)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var kept = latents * valid;
        var rows = (point == LatentPoint.Mean ? kept.sum(2) / valid.sum(2).clamp_min(1.0) : kept.flatten(1)).cpu();
        return new PointCloud(rows.data<float>().ToArray(), (int)rows.shape[1]);
    }
}

/// <summary>How a latent, a sequence, becomes a point.</summary>
internal enum LatentPoint
{
    /// <summary>Its average over the steps that are not padding: as many numbers as channels, whatever the length.</summary>
    Mean,

    /// <summary>All steps one after another, padding 0. Stricter, but where utterances differ in length, those of one length are near each other for that alone.</summary>
    Steps,
}
