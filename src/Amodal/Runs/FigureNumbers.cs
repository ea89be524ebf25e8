namespace Amodal.Runs;

/// <summary>The numbers of a latent figure without its points.</summary>
/// <param name="Name">The figure's name.</param>
internal sealed record FigureNumbers(string Name, string Title, IReadOnlyList<FigureNumbers.Panel> Panels)
{
    public static FigureNumbers Of(LatentFigure figure)
    {
        return new FigureNumbers(figure.Name, figure.Title, [.. figure.Panels.Select(p => new Panel(
            p.Label, p.Sampler, p.Nfe, p.Aligned, p.Divergence, p.Modalities.ToDictionary(m => m.Name, m => m.Distances)))]);
    }

    /// <summary>One panel.</summary>
    /// <param name="Nfe">Network evaluations per missing modality.</param>
    /// <param name="Divergence">KL(P | Q) of the embedding.</param>
    public sealed record Panel(string Label, string Sampler, int Nfe, bool Aligned, double Divergence, IReadOnlyDictionary<string, LatentDistances> Recovered);
}
