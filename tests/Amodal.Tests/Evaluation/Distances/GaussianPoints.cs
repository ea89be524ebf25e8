using Amodal.Evaluation.Distances;
using Amodal.Randomness;

namespace Amodal.Tests.Evaluation.Distances;

/// <summary>Samples of normal distributions.</summary>
internal static class GaussianPoints
{
    /// <summary>N(mean, std^2) in every coordinate; the mean may be another in each.</summary>
    public static PointCloud Draw(StableRandom random, int count, int width, double std = 1, Func<int, double>? mean = null) =>
        new([.. Enumerable.Range(0, count * width).Select(i => (float)((std * random.NextNormal()) + (mean?.Invoke(i % width) ?? 0)))], width);

    /// <summary>The points, each number changed.</summary>
    public static PointCloud Map(this PointCloud points, Func<float, int, float> change) =>
        new([.. Enumerable.Range(0, points.Count).SelectMany(i => points[i].ToArray()).Select((x, i) => change(x, i % points.Width))], points.Width);
}
