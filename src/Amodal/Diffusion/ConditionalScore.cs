namespace Amodal.Diffusion;

/// <summary>Makes a score network and its conditions a score that a sampler can follow.</summary>
internal static class ConditionalScore
{
    /// <summary>
    /// score(x, t) = raw(x, t | conditions) / std(t). Conditions that stay as they are, clean ones, are prepared here, once
    /// (<see cref="IScoreNetwork.Prepare"/>), in the caller's dispose scope.
    /// </summary>
    /// <param name="network">The target's network.</param>
    /// <param name="conditioning">The kind that it was trained with; other than clean, the conditions are perturbed anew at every call.</param>
    /// <param name="conditions">The given modalities; must outlive the score. Those marked noisy are shown as they are: they stand at t already.</param>
    /// <param name="conditionNoise">Noise for the conditions; best another than the sampler's. Clean conditioning takes none.</param>
    public static ScoreFunction Of(
        IScoreNetwork network,
        IProcess process,
        Conditioning conditioning,
        IReadOnlyList<Condition> conditions,
        INoise conditionNoise)
    {
        if (conditioning == Conditioning.Clean && !conditions.Any(c => c.IsNoisy))
        {
            using var noGradient = no_grad(); // the conditions are given: whoever asks for a gradient asks for x's
            var prepared = network.Prepare(conditions);
            return (x, t) =>
            {
                using var scope = NewDisposeScope();
                return (prepared(x, t) / process.Std(t, x)).MoveToOuterDisposeScope();
            };
        }

        return (x, t) =>
        {
            using var scope = NewDisposeScope();
            var shown = conditions
                .Select(c => c.IsNoisy ? c : c with { Latent = ConditionNoise.At(conditioning, c.Latent, t, process, conditionNoise) })
                .ToList();
            return (network.Evaluate(x, t, shown) / process.Std(t, x)).MoveToOuterDisposeScope();
        };
    }
}

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
