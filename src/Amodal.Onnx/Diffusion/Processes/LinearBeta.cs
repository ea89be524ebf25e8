namespace Amodal.Diffusion.Processes;

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
