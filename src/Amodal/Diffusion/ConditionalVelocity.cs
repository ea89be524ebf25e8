using Amodal.Diffusion.Networks;

namespace Amodal.Diffusion;

/// <summary>Makes a network that learned a flow and its conditions a velocity that a flow sampler can follow.</summary>
public static class ConditionalVelocity
{
    /// <summary>velocity(x, t) = the network's answer.</summary>
    /// <param name="network">The target's network.</param>
    /// <param name="conditions">The given modalities, clean; must outlive the velocity. Those marked noisy stand at t already.</param>
    public static ScoreFunction Of(IScoreNetwork network, IReadOnlyList<Condition> conditions)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(conditions);
        return (x, t) => network.Evaluate(x, t, conditions);
    }
}
