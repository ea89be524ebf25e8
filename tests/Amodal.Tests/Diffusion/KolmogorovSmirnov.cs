namespace Amodal.Tests.Diffusion;

internal static class KolmogorovSmirnov
{
    /// <summary>The largest distance between the samples' distribution function and the exact one.</summary>
    public static double Distance(double[] samples, Func<double, double> cdf)
    {
        var sorted = samples.Order().ToArray();
        return sorted.Select((x, i) =>
        {
            var f = cdf(x);
            return Math.Max(f - ((double)i / sorted.Length), ((i + 1.0) / sorted.Length) - f);
        }).Max();
    }

    /// <summary>Exceeded with probability 1e-4 by n samples of the distribution itself: sqrt(-ln(1e-4 / 2) / 2) / sqrt(n).</summary>
    public static double Critical(int n) => Math.Sqrt(-Math.Log(0.5e-4) / 2) / Math.Sqrt(n);
}
