using Amodal.Evaluation;

namespace Amodal.Reproduction;

/// <summary>
/// Results of several training seeds as one: the mean of their values. The interval is that of one seed (which utterances
/// the test set happens to hold; averaged over seeds) and Student's of the mean over seeds, added in quadrature.
/// </summary>
public static class SeedPooling
{
    // 97.5th percentile of Student's t by degrees of freedom, from 1; beyond the table its last value, which is on the safe side.
    private static readonly double[] _student = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

    /// <summary>Pools rows of the same methods and cases.</summary>
    /// <param name="seeds">The rows of each training seed, in the same order.</param>
    public static IReadOnlyList<ResultRow> Pool(IReadOnlyList<IReadOnlyList<ResultRow>> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        return seeds.Count == 1 ? seeds[0] : [.. seeds[0].Select((row, i) => row with
        {
            Metrics = row.Metrics.Keys.ToDictionary(m => m, m => Pool([.. seeds.Select(s => s[i].Metrics[m])])),
        })];
    }

    /// <summary>Pools paired differences.</summary>
    /// <param name="seeds">The differences of each training seed, in the same order.</param>
    public static IReadOnlyList<PairedDifference> Pool(IReadOnlyList<IReadOnlyList<PairedDifference>> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        return seeds.Count == 1 ? seeds[0] : [.. seeds[0].Select((d, i) => d with { Difference = Pool([.. seeds.Select(s => s[i].Difference)]) })];
    }

    /// <summary>Means over the training seeds of how well latents are recovered.</summary>
    /// <param name="seeds">The rows of each training seed, in the same order.</param>
    public static IReadOnlyList<LatentRecoveryRow> Pool(IReadOnlyList<IReadOnlyList<LatentRecoveryRow>> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        return [.. seeds[0].Select((row, i) =>
        {
            var all = seeds.Select(s => s[i]).ToList();
            return row with
            {
                Error = all.Average(r => r.Error),
                Correlation = all.Average(r => r.Correlation),
                AlignedError = all.Average(r => r.AlignedError),
                AlignedCorrelation = all.Average(r => r.AlignedCorrelation),
                MeanFillError = all.Average(r => r.MeanFillError),
                LinearError = all.Average(r => r.LinearError),
                LinearCorrelation = all.Average(r => r.LinearCorrelation),
            };
        })];
    }

    /// <summary>Means over the training seeds of what recovered latents hold.</summary>
    internal static LatentStudyResult Pool(IReadOnlyList<LatentStudyResult> seeds) => new([.. seeds[0].Rows.Select((row, i) =>
    {
        var all = seeds.Select(s => s.Rows[i]).ToList();
        return row with
        {
            Predicted = all.Average(r => r.Predicted),
            Explained = all.Average(r => r.Explained),
            TrueSlope = all.Average(r => r.TrueSlope),
            Slope = all.Average(r => r.Slope),
            SpreadRatio = all.Average(r => r.SpreadRatio),
            AlignedSlope = all.Average(r => r.AlignedSlope),
            AlignedSpreadRatio = all.Average(r => r.AlignedSpreadRatio),
        };
    })]);

    /// <summary>Pools one number.</summary>
    internal static Estimate Pool(IReadOnlyList<Estimate> seeds)
    {
        var mean = seeds.Average(e => e.Value);
        var variance = seeds.Sum(e => (e.Value - mean) * (e.Value - mean)) / (seeds.Count - 1);
        var student = _student[Math.Min(seeds.Count - 1, _student.Length) - 1] * Math.Sqrt(variance / seeds.Count);
        return new Estimate(mean,
            mean - Hypotenuse(seeds.Average(e => e.Value - e.Low), student), mean + Hypotenuse(seeds.Average(e => e.High - e.Value), student));
    }

    private static double Hypotenuse(double a, double b) => Math.Sqrt((a * a) + (b * b));
}
