namespace Amodal.Diffusion.Processes;

/// <summary>
/// The noise level sigma(t) = std(t) / alpha(t) of a process and its inverse. In the variables y = x / alpha and sigma,
/// every process is the same one: y_t = x_0 + sigma z (Karras et al. 2022, section 2), whose probability-flow ODE is
/// dy / dsigma = noise prediction.
/// </summary>
public static class NoiseLevel
{
    /// <summary>sigma(t) = std(t) / alpha(t), rising with t from 0.</summary>
    public static double Sigma(this IProcess process, double t) => process.Std(t) / process.Alpha(t);

    /// <summary>The time t in [0, 1] at which sigma(t) has this value; by bisection, to the last bits of t.</summary>
    /// <exception cref="ArgumentOutOfRangeException">sigma is not in [0, sigma(1)].</exception>
    public static double TimeOfSigma(this IProcess process, double sigma)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sigma);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sigma, process.Sigma(1));
        var (low, high) = (0.0, 1.0);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = process.Sigma(middle) < sigma ? (middle, high) : (low, middle);
        }

        return high;
    }
}
