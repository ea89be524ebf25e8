namespace Amodal.Diffusion;

/// <summary>
/// The three forms of a network's answer at x_t = alpha x_0 + std z: score s, noise prediction e = -std s (of z), and
/// denoised x0 = (x + std^2 s) / alpha (of x_0, Tweedie's formula). All tensors are shaped as x, (batch, channels, time);
/// times are in (0, 1], one for the whole batch.
/// </summary>
public static class ScoreConversions
{
    /// <summary>e = -std s. The thesis's algorithm 4 omits this (docs/develop/errata.md).</summary>
    public static Tensor ScoreToNoise(this IProcess process, Tensor score, double t) => score.Times(-process.Std(t));

    /// <summary>s = -e / std.</summary>
    public static Tensor NoiseToScore(this IProcess process, Tensor noise, double t) => noise.Times(-1 / process.Std(t));

    /// <summary>x0 = (x + std^2 s) / alpha.</summary>
    public static Tensor ScoreToDenoised(this IProcess process, Tensor x, Tensor score, double t)
    {
        var (ofX, ofScore) = process.DenoisedFromScore(t);
        return Combine(x, ofX, score, ofScore);
    }

    /// <summary>s = (alpha x0 - x) / std^2.</summary>
    public static Tensor DenoisedToScore(this IProcess process, Tensor x, Tensor denoised, double t)
    {
        var (alpha, std) = (process.Alpha(t), process.Std(t));
        return Combine(x, -1 / (std * std), denoised, alpha / (std * std));
    }

    /// <summary>x0 = (x - std e) / alpha.</summary>
    public static Tensor NoiseToDenoised(this IProcess process, Tensor x, Tensor noise, double t)
    {
        var (ofX, ofNoise) = process.DenoisedFromNoise(t);
        return Combine(x, ofX, noise, ofNoise);
    }

    /// <summary>e = (x - alpha x0) / std.</summary>
    public static Tensor DenoisedToNoise(this IProcess process, Tensor x, Tensor denoised, double t)
    {
        var (alpha, std) = (process.Alpha(t), process.Std(t));
        return Combine(x, 1 / std, denoised, -alpha / std);
    }

    /// <summary>a x + b y.</summary>
    internal static Tensor Combine(Tensor x, double a, Tensor y, double b)
    {
        using var scope = NewDisposeScope();
        return x.Times(a).Plus(y, b).MoveToOuterDisposeScope();
    }
}
