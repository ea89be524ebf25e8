namespace Amodal.Diffusion.Sampling;

/// <summary>
/// The samplers of flow matching: dx / dt = v(x, t) from times[0] to 0 (Lipman et al. 2023). They have the shape of
/// <see cref="Sampler"/>, with the velocity where the others have the score; the process plays no part, nor does noise.
/// </summary>
/// <remarks>
/// A velocity, unlike a score, is defined at both ends: the grid needs no epsilon (<see cref="GridKind.Even"/>). Memory
/// stays flat and no gradient is recorded, as in <see cref="Samplers"/>.
/// </remarks>
public static class FlowSamplers
{
    /// <summary>Euler's method: x' = x + (t' - t) v(x, t). Order 1; a step costs one evaluation. On straight paths one step is exact.</summary>
    /// <param name="velocity">The velocity; called once per network evaluation.</param>
    /// <param name="process">Plays no part.</param>
    /// <param name="start">x at times[0], (batch, channels, time).</param>
    /// <param name="times">The grid, falling from 1 to 0.</param>
    /// <param name="noise">Plays no part.</param>
    public static Tensor Euler(ScoreFunction velocity, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise) =>
        SamplerSteps.FlowEuler(new TensorArithmetic(velocity, noise), start, times);

    /// <summary>The midpoint rule: the velocity in the middle of the step, reached by half a step of Euler's. Order 2; a step costs two evaluations.</summary>
    /// <inheritdoc cref="Euler"/>
    public static Tensor Midpoint(ScoreFunction velocity, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise) =>
        SamplerSteps.FlowMidpoint(new TensorArithmetic(velocity, noise), start, times);

    /// <summary>Heun's method: the mean of the velocities at both ends of a step of Euler's. Order 2; a step costs two evaluations, the last one too.</summary>
    /// <inheritdoc cref="Euler"/>
    public static Tensor Heun(ScoreFunction velocity, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise) =>
        SamplerSteps.FlowHeun(new TensorArithmetic(velocity, noise), start, times);
}
