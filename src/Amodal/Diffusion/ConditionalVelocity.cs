namespace Amodal.Diffusion;

/// <summary>Makes a network that learned a flow and its conditions a velocity that a flow sampler can follow.</summary>
internal static class ConditionalVelocity
{
    /// <summary>
    /// velocity(x, t) = the network's answer. Clean conditions are prepared here, once (<see cref="IScoreNetwork.Prepare"/>),
    /// in the caller's dispose scope.
    /// </summary>
    /// <param name="network">The target's network.</param>
    /// <param name="conditions">The given modalities; must outlive the velocity. Those marked noisy stand at t already.</param>
    public static ScoreFunction Of(IScoreNetwork network, IReadOnlyList<Condition> conditions)
    {
        if (conditions.Any(c => c.IsNoisy))
        {
            return (x, t) => network.Evaluate(x, t, conditions);
        }

        using var noGradient = no_grad();
        var prepared = network.Prepare(conditions);
        return (x, t) => prepared(x, t);
    }
}
