namespace Amodal.Diffusion.Processes;

/// <summary>
/// Variance preserving with the cosine schedule (Nichol and Dhariwal 2021, equation 17), in continuous time:
/// alpha(t) = cos(theta(t)) / cos(theta(0)) with theta(t) = (c t + s) / (1 + s) * pi/2 and s = 0.008;
/// std(t)^2 = 1 - alpha(t)^2; f = d ln alpha / dt and g^2 = -2 f.
/// </summary>
/// <remarks>
/// Their alpha ends at 0, where the drift is infinite, and they clip beta. Here time is scaled by c = 0.9946 instead, so
/// that every formula stays exact: alpha(1) = 0.0084.
/// </remarks>
public sealed class CosineVpProcess : IProcess
{
    private const double Offset = 0.008;
    private const double TimeScale = 0.9946;
    private const double AngleAtZero = Offset / (1 + Offset) * Math.PI / 2;
    private const double AnglePerTime = TimeScale / (1 + Offset) * Math.PI / 2;
    private static readonly double _cosAtZero = Math.Cos(AngleAtZero);

    /// <inheritdoc/>
    public string Name => nameof(ProcessKind.CosineVP);

    /// <inheritdoc/>
    public double Alpha(double t) => Math.Cos(Angle(t)) / _cosAtZero;

    /// <inheritdoc/>
    public double Std(double t)
    {
        // cos^2 a - cos^2 b = sin(b - a) sin(b + a), which loses no digits near t = 0 as 1 - alpha^2 does.
        var squared = Math.Sin(AnglePerTime * t) * Math.Sin(Angle(t) + AngleAtZero);
        return Math.Sqrt(squared) / _cosAtZero;
    }

    /// <inheritdoc/>
    public double Drift(double t) => -AnglePerTime * Math.Tan(Angle(t));

    /// <inheritdoc/>
    public double Diffusion(double t) => Math.Sqrt(2 * AnglePerTime * Math.Tan(Angle(t)));

    private static double Angle(double t) => AngleAtZero + (AnglePerTime * t);
}
