namespace Amodal.Diffusion.Networks;

/// <summary>Makes the score network that a configuration names.</summary>
internal static class BackboneFactory
{
    /// <summary>Creates a network; initial weights come from torch's global generator, which the caller seeds.</summary>
    /// <param name="shapes">The shapes of all modalities' latents, in the data set's order.</param>
    /// <param name="random">Draws what is random but not trained.</param>
    public static ScoreNetwork Create(BackboneOptions options, IReadOnlyList<LatentShape> shapes, int target, StableRandom random)
    {
        return options.Kind switch
        {
            BackboneKind.ScoreTransformer1D => new ScoreTransformer1D(options, shapes, target, random),
            BackboneKind.Unet => new UNet(options, shapes, target, random),
            BackboneKind.Dit => new DiT(options, shapes, target, random),
            BackboneKind.Mmdit => new MMDiT(options, shapes, target, random),
            BackboneKind.CachedTransformer1D => new CachedTransformer1D(options, shapes, target, random),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "unknown backbone"),
        };
    }
}

/// <summary>One score network per modality, as one module.</summary>
internal sealed class ScoreNetworks : nn.Module
{
    [ComponentName(Name = "modalities")] private readonly ModuleList<ScoreNetwork> _networks;

    /// <summary>Creates the networks: weights from torch's global generator, time frequencies from the seed.</summary>
    /// <param name="shapes">The shapes of all modalities' latents, in the data set's order.</param>
    /// <param name="seed">Seed of what is random but not trained: two sets of the same seed agree in it.</param>
    public ScoreNetworks(BackboneOptions options, IReadOnlyList<LatentShape> shapes, ulong seed)
        : base(nameof(ScoreNetworks))
    {
        _networks = nn.ModuleList(shapes.Select((_, m) => BackboneFactory.Create(options, shapes, m, new StableRandom(seed, (ulong)m))).ToArray());
        RegisterComponents();
    }

    /// <summary>The networks, in the data set's order.</summary>
    public IReadOnlyList<ScoreNetwork> All => [.. _networks];
}
