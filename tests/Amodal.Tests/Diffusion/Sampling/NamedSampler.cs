using Amodal.Diffusion.Sampling;

namespace Amodal.Tests.Diffusion.Sampling;

/// <summary>Every sampler in every form, by name, so that theories print well.</summary>
internal static class NamedSampler
{
    public static readonly IReadOnlyDictionary<string, Sampler> All = new Dictionary<string, Sampler>
    {
        ["Euler-Maruyama"] = Samplers.EulerMaruyama,
        ["predictor-corrector"] = (s, p, x, t, n) => Samplers.PredictorCorrector(s, p, x, t, n),
        ["Heun"] = (s, p, x, t, n) => Samplers.Heun(s, p, x, t, n),
        ["Heun with churn"] = (s, p, x, t, n) => Samplers.Heun(s, p, x, t, n, churn: 20),
        ["DDIM"] = (s, p, x, t, n) => Samplers.Ddim(s, p, x, t, n),
        ["DDIM, eta 0.5"] = (s, p, x, t, n) => Samplers.Ddim(s, p, x, t, n, eta: 0.5),
        ["DDIM, eta 1"] = (s, p, x, t, n) => Samplers.Ddim(s, p, x, t, n, eta: 1),
        ["probability flow"] = Samplers.ProbabilityFlow,
        ["DPM-Solver++ 2M"] = (s, p, x, t, _) => Samplers.DpmSolver(s, p, x, t, order: 2),
        ["DPM-Solver++ 3M"] = (s, p, x, t, _) => Samplers.DpmSolver(s, p, x, t, order: 3),
    };
}
