namespace Amodal.Diffusion.Distillation;

/// <summary>The deterministic sampler that distillation is about, for teachers and students: even steps of DDIM, or of Euler's method on a flow.</summary>
internal static class EvenSampling
{
    /// <summary>Samples from given noise.</summary>
    /// <param name="network">A teacher, or a <see cref="StudentNetwork"/>.</param>
    /// <param name="z">Standard normal noise, (batch, channels, time).</param>
    /// <param name="conditions">The given modalities, clean.</param>
    /// <param name="steps">Steps, an evaluation each.</param>
    public static Tensor Sample(IScoreNetwork network, Objective objective, IProcess process, Tensor z, IReadOnlyList<Condition> conditions, int steps)
    {
        using var scope = NewDisposeScope();
        var (start, times, none) = (z.Times(process.Std(1)), TimeGrid.Even(steps), new NoNoise());
        var x = objective == Objective.Flow
            ? FlowSamplers.Euler(ConditionalVelocity.Of(network, conditions), process, start, times, none)
            : Samplers.Ddim(ConditionalScore.Of(network, process, Conditioning.Clean, conditions, none), process, start, times, none);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Nothing here is to draw any.</summary>
    private sealed class NoNoise : INoise
    {
        public Tensor Like(Tensor x) => throw new InvalidOperationException("deterministic sampling draws no noise");
    }
}
