namespace Amodal.Diffusion.Processes;

/// <summary>
/// Variance exploding: dx = sigma^t dw (thesis, 5.4-5.5; Song et al. 2021). alpha(t) = 1 and
/// std(t)^2 = (sigma^(2t) - 1) / (2 ln sigma).
/// </summary>
public sealed class VeProcess : IProcess
{
    private readonly double _sigma;
    private readonly double _logSigma;

    /// <summary>The process with this sigma.</summary>
    /// <param name="sigma">Over 1; 25 in the thesis and in IMDer.</param>
    /// <exception cref="ArgumentOutOfRangeException">sigma is not over 1.</exception>
    public VeProcess(double sigma = 25)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(sigma, 1);
        _sigma = sigma;
        _logSigma = Math.Log(sigma);
    }

    /// <inheritdoc/>
    public string Name => nameof(ProcessKind.VE);

    /// <inheritdoc/>
    public double Alpha(double t) => 1;

    /// <inheritdoc/>
    public double Std(double t) => Math.Sqrt((Math.Pow(_sigma, 2 * t) - 1) / (2 * _logSigma));

    /// <inheritdoc/>
    public double Drift(double t) => 0;

    /// <inheritdoc/>
    public double Diffusion(double t) => Math.Pow(_sigma, t);
}
