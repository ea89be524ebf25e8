namespace Amodal.Diffusion.Sampling;

/// <summary>Counts the evaluations of a score; pass <see cref="Evaluate"/> to the sampler.</summary>
/// <param name="score">The score that answers.</param>
public sealed class CountingScore(ScoreFunction score)
{
    /// <summary>Evaluations so far (NFE).</summary>
    public int Count { get; private set; }

    /// <summary>The score's answer, counted.</summary>
    /// <param name="x">Noisy latent, (batch, channels, time).</param>
    /// <param name="t">Diffusion time, (batch).</param>
    public Tensor Evaluate(Tensor x, Tensor t)
    {
        Count++;
        return score(x, t);
    }
}
