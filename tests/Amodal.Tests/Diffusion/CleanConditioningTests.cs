using Amodal.Diffusion.Networks;

namespace Amodal.Tests.Diffusion;

/// <summary>
/// One target: what differs by target is the transformers' common ground (<see cref="TokenScoreNetwork"/>), which
/// <see cref="EveryBackboneConditioningTests"/> proves for the others, and <see cref="FlowMatchingTests"/> for this backbone's first.
/// </summary>
[Trait("Kind", "proof by training")]
public class CleanConditioningTests
{
    [Fact]
    public void A_trained_network_samples_the_conditional_for_every_observed_set() =>
        TrainedScore.ProveConditional(BackboneKind.ScoreTransformer1D, target: 1);
}
