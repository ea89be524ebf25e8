namespace Amodal.Diffusion.Processes;

/// <summary>
/// Variance preserving, beta linear: dx = -beta(t) x / 2 dt + sqrt(beta(t)) dw (thesis, 5.7-5.8; Song et al. 2021,
/// equation 11). std(t)^2 = 1 - alpha(t)^2.
/// </summary>
public sealed class VpProcess : IProcess
{
    private readonly LinearBeta _beta;

    /// <summary>The process whose beta rises from one value to the other.</summary>
    /// <param name="betaMin">beta(0), at least 0.</param>
    /// <param name="betaMax">beta(1), over betaMin.</param>
    /// <exception cref="ArgumentOutOfRangeException">The betas are negative or do not rise.</exception>
    public VpProcess(double betaMin = 0.1, double betaMax = 20) => _beta = new LinearBeta(betaMin, betaMax);

    /// <inheritdoc/>
    public string Name => nameof(ProcessKind.VP);

    /// <inheritdoc/>
    public double Alpha(double t) => Math.Exp(_beta.LogAlpha(t));

    /// <inheritdoc/>
    public double Std(double t) => Math.Sqrt(_beta.Lost(t));

    /// <inheritdoc/>
    public double Drift(double t) => -_beta.At(t) / 2;

    /// <inheritdoc/>
    public double Diffusion(double t) => Math.Sqrt(_beta.At(t));
}

/// <summary>beta(t) rising linearly from b0 to b1, and the alpha that its drift -beta x / 2 gives; VP and sub-VP share it.</summary>
internal sealed class LinearBeta
{
    private readonly double _minimum;
    private readonly double _maximum;

    public LinearBeta(double minimum, double maximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minimum);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maximum, minimum);
        (_minimum, _maximum) = (minimum, maximum);
    }

    public double At(double t) => _minimum + (t * (_maximum - _minimum));

    /// <summary>ln alpha(t) = -(integral of beta over [0, t]) / 2.</summary>
    public double LogAlpha(double t) => (-t * t * (_maximum - _minimum) / 4) - (t * _minimum / 2);

    /// <summary>1 - alpha(t)^2.</summary>
    public double Lost(double t) => 1 - Math.Exp(2 * LogAlpha(t));
}
