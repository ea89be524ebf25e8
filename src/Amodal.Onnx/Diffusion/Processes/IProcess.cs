namespace Amodal.Diffusion.Processes;

/// <summary>
/// A forward SDE dx = f(t) x dt + g(t) dw on t in [0, 1], whose marginals are x_t = alpha(t) x_0 + std(t) z
/// (Song et al. 2021). Immutable.
/// </summary>
public interface IProcess
{
    /// <summary>Its name in a configuration.</summary>
    string Name { get; }

    /// <summary>The signal's scale alpha(t), in (0, 1].</summary>
    double Alpha(double t);

    /// <summary>The noise's standard deviation std(t); 0 at t = 0.</summary>
    double Std(double t);

    /// <summary>The drift's coefficient f(t): the drift is f(t) x.</summary>
    double Drift(double t);

    /// <summary>The diffusion coefficient g(t).</summary>
    double Diffusion(double t);
}
