namespace Amodal.Runs;

/// <summary>
/// A folder with a latent figure: report.html, the figure as PNG and SVG, its numbers as JSON, and every panel in panels/, so that a figure that
/// was stopped, or is made again with more panels, makes only those that are not there.
/// </summary>
internal sealed class LatentFigureFolder(string path)
{
    private const int Format = 1;

    /// <summary>Makes a figure's panels, or takes them from the folder, and writes the figure; when stopped, with the panels that are done.</summary>
    /// <param name="requests">Which panels, in their order in the figure.</param>
    /// <param name="facts">What the page says of how it was made; may be empty.</param>
    public LatentFigure Make(
        LatentEmbedder embedder, IReadOnlyList<PanelRequest> requests, IReadOnlyList<ReportFact> facts, Action<string, double>? progress = null, CancellationToken stop = default)
    {
        var panels = requests.Select(r => TryRead(embedder, r)).ToArray();
        try
        {
            var open = Enumerable.Range(0, requests.Count).Where(i => panels[i] is null).GroupBy(i => requests[i].Sampler).ToList();
            for (var g = 0; g < open.Count; g++)
            {
                var (group, before) = (open[g].ToList(), g);
                var made = embedder.Embed([.. group.Select(i => requests[i])], (what, share) => progress?.Invoke(what, (before + share) / open.Count), stop);
                foreach (var (i, panel) in group.Zip(made))
                {
                    panels[i] = panel;
                    JsonFile.Write(PanelFile(embedder, requests[i]), Format, new Saved(Format, embedder.Fingerprint(requests[i]), panel));
                }
            }
        }
        catch (OperationCanceledException) when (panels.Any(p => p is not null))
        {
            Write(embedder, panels, facts);
            throw;
        }

        return Write(embedder, panels, facts);
    }

    private LatentFigure Write(LatentEmbedder embedder, IEnumerable<LatentPanel?> panels, IReadOnlyList<ReportFact> facts)
    {
        var figure = new LatentFigure(embedder.FileName, embedder.Title, [.. panels.OfType<LatentPanel>()]);
        AtomicFolder.Write(path, made =>
        {
            JsonFile.Write(Path.Combine(made, figure.Name + ".json"), Format, FigureNumbers.Of(figure));
            ReportWriter.Write(made, new ReportData
            {
                Title = "Amodal: recovered latents",
                Subtitle = "How far the latents that diffusion recovers lie from the true ones, by sampler and network evaluations.",
                Facts = facts,
                LatentFigures = [figure],
            });
        });
        return figure;
    }

    private string PanelFile(LatentEmbedder embedder, PanelRequest request) => Path.Combine(path, "panels", string.Create(
        CultureInfo.InvariantCulture, $"{OptionNames.Of(request.Sampler.Kind)}-{request.Sampler.Nfe}-{(request.Aligned ? "aligned" : "sampled")}-{embedder.Fingerprint(request)[..12]}.json"));

    /// <summary>A panel made before with the same settings; null when there is none that can be read.</summary>
    private LatentPanel? TryRead(LatentEmbedder embedder, PanelRequest request)
    {
        var file = PanelFile(embedder, request);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            var saved = JsonFile.Read<Saved>(file, Format, "a panel", "");
            return saved is { Format: Format, Panel.Modalities.Count: > 0 } && saved.Fingerprint == embedder.Fingerprint(request) ? saved.Panel with { Label = request.Label } : null;
        }
        catch (InputException)
        {
            return null; // made again, and written over
        }
    }

    private sealed record Saved(int Format, string Fingerprint, LatentPanel Panel);
}

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

/// <summary>What a latent figure shows; the defaults are the thesis's (6.5.2).</summary>
internal sealed record LatentFigureOptions
{
    /// <summary>Utterances, drawn from the split; all of it if it has fewer. A panel has two points of each for every missing modality.</summary>
    [Range(3, 5000)]
    public int Utterances { get; init; } = 500;

    /// <summary>How an utterance's latent becomes a point.</summary>
    public LatentPoint Point { get; init; }

    /// <summary>The embedding.</summary>
    public TsneOptions Tsne { get; init; } = new();

    /// <summary>Neighbours of the overlap and the mixing.</summary>
    [Range(1, 1000)]
    public int Neighbours { get; init; } = 10;

    /// <summary>Seed of the choice of utterances, of where the embedding starts, and of the directions of the Wasserstein distance.</summary>
    public ulong Seed { get; init; } = 1;
}
