namespace Amodal.Runs;

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
