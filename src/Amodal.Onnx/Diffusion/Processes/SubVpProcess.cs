namespace Amodal.Diffusion.Processes;

/// <summary>
/// Sub-VP: VP's drift with g(t)^2 = beta(t) (1 - alpha(t)^4) (thesis, 3.16; Song et al. 2021, equation 14).
/// std(t) = 1 - alpha(t)^2, never above VP's.
/// </summary>
public sealed class SubVpProcess : IProcess
{
    private readonly LinearBeta _beta;

    /// <summary>The process whose beta rises from one value to the other.</summary>
    /// <param name="betaMin">beta(0), at least 0.</param>
    /// <param name="betaMax">beta(1), over betaMin.</param>
    /// <exception cref="ArgumentOutOfRangeException">The betas are negative or do not rise.</exception>
    public SubVpProcess(double betaMin = 0.1, double betaMax = 20) => _beta = new LinearBeta(betaMin, betaMax);

    /// <inheritdoc/>
    public string Name => nameof(ProcessKind.SubVP);

    /// <inheritdoc/>
    public double Alpha(double t) => Math.Exp(_beta.LogAlpha(t));

    /// <inheritdoc/>
    public double Std(double t) => _beta.Lost(t);

    /// <inheritdoc/>
    public double Drift(double t) => -_beta.At(t) / 2;

    /// <inheritdoc/>
    public double Diffusion(double t)
    {
        var lost = _beta.Lost(t);
        return Math.Sqrt(_beta.At(t) * lost * (2 - lost)); // 1 - alpha^4 = (1 - alpha^2)(1 + alpha^2)
    }
}
