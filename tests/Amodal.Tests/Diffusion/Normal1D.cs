using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Native;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

/// <summary>N(Mean, Std^2) for every number of a latent; its score is linear, its flow known in closed form.</summary>
internal sealed record Normal1D(double Mean, double Std)
{
    public double VarianceAt(IProcess process, double t) => Math.Pow(process.Alpha(t) * Std, 2) + Math.Pow(process.Std(t), 2);

    public ScoreFunction Score(IProcess process) => (x, t) =>
    {
        using var scope = NewDisposeScope();
        var time = t[0].to(ScalarType.Float64).item<double>();
        return x.Plus(-process.Alpha(time) * Mean).Times(-1 / VarianceAt(process, time)).MoveToOuterDisposeScope();
    };

    /// <summary>
    /// Where the probability flow takes x from t = 1 to epsilon, and the denoiser on to 0: along the flow
    /// (y - mean) / sqrt(std^2 + sigma^2) is constant, and the denoiser scales y - mean by std^2 / (std^2 + sigma^2).
    /// </summary>
    public double Flow(IProcess process, double x, double epsilon)
    {
        var (first, last) = (Spread(process.Sigma(1)), Spread(process.Sigma(epsilon)));
        return Mean + (((x / process.Alpha(1)) - Mean) * Math.Sqrt(last / first) * Std * Std / last);

        double Spread(double sigma) => (Std * Std) + (sigma * sigma);
    }
}
