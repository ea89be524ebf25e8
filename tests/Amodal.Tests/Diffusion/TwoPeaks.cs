using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Native;
using static MathNet.Numerics.Distributions.Normal;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

/// <summary>The mixture 0.3 N(-1, 0.4^2) + 0.7 N(0.9, 0.25^2), with known score; every number of a latent is a sample.</summary>
internal static class TwoPeaks
{
    public const double Weight = 0.3;
    private static readonly (double Mean, double Std)[] _peaks = [(-1, 0.4), (0.9, 0.25)];

    public static double Mean => (Weight * _peaks[0].Mean) + ((1 - Weight) * _peaks[1].Mean);

    public static double Variance =>
        (Weight * Square(_peaks[0])) + ((1 - Weight) * Square(_peaks[1])) - (Mean * Mean);

    public static double Cdf(double x) =>
        (Weight * CDF(_peaks[0].Mean, _peaks[0].Std, x)) + ((1 - Weight) * CDF(_peaks[1].Mean, _peaks[1].Std, x));

    public static double LogDensity(double x) =>
        Math.Log((Weight * PDF(_peaks[0].Mean, _peaks[0].Std, x)) + ((1 - Weight) * PDF(_peaks[1].Mean, _peaks[1].Std, x)));

    public static ScoreFunction Score(IProcess process) => (x, t) =>
    {
        using var scope = NewDisposeScope();
        var time = t[0].to(ScalarType.Float64).item<double>();
        var (left, right) = (Peak(process, time, 0), Peak(process, time, 1));
        var (fromLeft, fromRight) = (x.Plus(-left.Mean), x.Plus(-right.Mean));
        var logOdds = fromRight.square().Times(1 / (2 * right.Variance)).Plus(fromLeft.square(), -1 / (2 * left.Variance))
            .Plus(Math.Log(Weight / (1 - Weight)) + (0.5 * Math.Log(right.Variance / left.Variance)));
        var isLeft = logOdds.sigmoid();
        var (pullLeft, pullRight) = (fromLeft.Times(-1 / left.Variance), fromRight.Times(-1 / right.Variance));
        return pullRight.Plus(isLeft * (pullLeft - pullRight)).MoveToOuterDisposeScope();
    };

    public static Tensor Sample(IProcess process, double t, Tensor like, INoise noise)
    {
        using var scope = NewDisposeScope();
        var (left, right) = (Peak(process, t, 0), Peak(process, t, 1));
        var z = noise.Like(like);
        var isLeft = noise.Like(like) < InvCDF(0, 1, Weight);
        return where(isLeft, (z * Math.Sqrt(left.Variance)) + left.Mean, (z * Math.Sqrt(right.Variance)) + right.Mean)
            .MoveToOuterDisposeScope();
    }

    private static double Square((double Mean, double Std) peak) => (peak.Mean * peak.Mean) + (peak.Std * peak.Std);

    private static (double Mean, double Variance) Peak(IProcess process, double t, int k)
    {
        var (alpha, std) = (process.Alpha(t), process.Std(t));
        return (alpha * _peaks[k].Mean, Math.Pow(alpha * _peaks[k].Std, 2) + (std * std));
    }
}
