using Amodal.Diffusion;
using Amodal.Native;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

/// <summary>Velocities of the straight path in closed form.</summary>
internal static class StraightFlow
{
    /// <summary>
    /// From the score of p_t: v = E[z - x_0 | x] with E[z | x] = -t s and E[x_0 | x] = (x + t^2 s) / (1 - t), so v = -(x + t s)
    /// / (1 - t); at t = 1, where x is z, x minus the mean of the data.
    /// </summary>
    public static ScoreFunction Velocity(ScoreFunction score, double mean) => (x, t) =>
    {
        using var scope = NewDisposeScope();
        var time = t[0].to(ScalarType.Float64).item<double>();
        return (time == 1 ? x.Plus(-mean) : x.Plus(score(x, t), time).Times(-1 / (1 - time))).MoveToOuterDisposeScope();
    };

    /// <summary>Of the Gaussian: v = (t - (1 - t) s^2) (x - (1 - t) m) / ((1 - t)^2 s^2 + t^2) - m, which takes z to m + s z.</summary>
    public static ScoreFunction Velocity(Normal1D data) => (x, t) =>
    {
        using var scope = NewDisposeScope();
        var time = t[0].to(ScalarType.Float64).item<double>();
        var slope = (time - ((1 - time) * data.Std * data.Std)) / data.VarianceAt(FlowMatching.Path, time);
        return x.Plus(-(1 - time) * data.Mean).Times(slope).Plus(-data.Mean).MoveToOuterDisposeScope();
    };
}
