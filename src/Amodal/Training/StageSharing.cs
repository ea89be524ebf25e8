namespace Amodal.Training;

/// <summary>Which stages of two experiments on the same data, seed and threads come out the same.</summary>
public static class StageSharing
{
    /// <summary>The names of those stages, in order.</summary>
    public static IReadOnlyList<string> Between(ExperimentOptions a, ExperimentOptions b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        // Latents are standardised after stage 1a, which does not see it.
        if (a.Seed != b.Seed || a.Latents with { Standardise = b.Latents.Standardise } != b.Latents || a.Fusion != b.Fusion || a.Classifier != b.Classifier)
        {
            return [];
        }

        var sameScore = a.Latents == b.Latents && a.Process == b.Process && a.Conditioning == b.Conditioning && a.Recovery == b.Recovery
            && a.Backbone == b.Backbone && a.Score == b.Score;
        return [.. Trainer.StageNames.Take(3), .. sameScore && a.Recovery != Diffusion.Recovery.None ? ["score"] : Array.Empty<string>()];
    }
}
