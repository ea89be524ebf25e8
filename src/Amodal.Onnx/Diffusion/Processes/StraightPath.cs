namespace Amodal.Diffusion.Processes;

/// <summary>
/// The conditional optimal-transport path x_t = (1 - t) x_0 + t z of flow matching (Lipman et al. 2023; Liu, Gong and Liu
/// 2023, whose time runs the other way), as the process with the same marginals: alpha(t) = 1 - t, std(t) = t.
/// </summary>
/// <remarks>
/// alpha(1) is 0: nothing of the data is left at t = 1, and drift and diffusion are infinite there. What divides by
/// alpha(1), as samplers of scores do, does not work on it; the flow samplers do.
/// </remarks>
public sealed class StraightPath : IProcess
{
    /// <summary>The path.</summary>
    public static StraightPath Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "Straight";

    /// <inheritdoc/>
    public double Alpha(double t) => 1 - t;

    /// <inheritdoc/>
    public double Std(double t) => t;

    /// <inheritdoc/>
    public double Drift(double t) => -1 / (1 - t);

    /// <inheritdoc/>
    public double Diffusion(double t) => Math.Sqrt(2 * t / (1 - t)); // d std^2 / dt = 2 f std^2 + g^2
}
