using Amodal.Diffusion.Networks;

namespace Amodal.Tests.Diffusion;

/// <summary>The proof of <see cref="CleanConditioningTests"/> for the other backbones, a target each.</summary>
[Trait("Kind", "proof by training")]
public class EveryBackboneConditioningTests
{
    [Theory]
    [InlineData(BackboneKind.Unet, 0)]
    [InlineData(BackboneKind.Dit, 1)]
    [InlineData(BackboneKind.Mmdit, 2)]
    [InlineData(BackboneKind.CachedTransformer1D, 0)]
    public void A_trained_network_samples_the_conditional_for_every_observed_set(BackboneKind kind, int target) =>
        TrainedScore.ProveConditional(kind, target);
}
