using Amodal.Diffusion.Networks;

namespace Amodal.Tests.Diffusion;

/// <summary>Beside <see cref="IndependentConditioningTests"/> rather than with it, so that the two trainings run at once.</summary>
[Trait("Kind", "proof by training")]
public class CleanConditioningTests
{
    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void A_trained_network_samples_the_conditional_for_every_observed_set(int target) =>
        TrainedScore.ProveConditional(BackboneKind.ScoreTransformer1D, target);
}
