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
