namespace Amodal.Evaluation;

/// <summary>
/// The metrics of multimodal sentiment analysis. Labels and predictions are intensities, usually in [-3, 3].
/// </summary>
/// <remarks>
/// Two classes, "nonzero": labels of 0 are left out, a prediction above 0 is positive; the papers' number. "has0": all
/// labels, 0 and above is non-negative. F1 is of both classes, weighted by how often each is the truth (the released
/// codes; several of them swap truth and prediction, which changes it) or plainly averaged (macro). ACC7, ACC5 and ACC3
/// clip to [-3, 3], [-2, 2], [-1, 1] and round half to even. A class without a hit has F1 0.
/// <para>
/// Where a metric has no value by its formula: corr is 0 if labels or predictions are all equal; the nonzero metrics are
/// NaN if all labels are 0.
/// </para>
/// </remarks>
public static class Metrics
{
    /// <summary>Accuracy of negative against positive on labels that are not 0.</summary>
    public const string Acc2NonZero = "acc2_nonzero";

    /// <summary>F1 of negative against positive on labels that are not 0, weighted by the truth's classes.</summary>
    public const string F1NonZeroWeighted = "f1_nonzero_weighted";

    /// <summary>F1 of negative against positive on labels that are not 0, averaged over the classes.</summary>
    public const string F1NonZeroMacro = "f1_nonzero_macro";

    /// <summary>Accuracy of negative against non-negative.</summary>
    public const string Acc2Has0 = "acc2_has0";

    /// <summary>F1 of negative against non-negative, weighted by the truth's classes.</summary>
    public const string F1Has0Weighted = "f1_has0_weighted";

    /// <summary>F1 of negative against non-negative, averaged over the classes.</summary>
    public const string F1Has0Macro = "f1_has0_macro";

    /// <summary>Accuracy of seven classes.</summary>
    public const string Acc7 = "acc7";

    /// <summary>Accuracy of five classes.</summary>
    public const string Acc5 = "acc5";

    /// <summary>Accuracy of three classes.</summary>
    public const string Acc3 = "acc3";

    /// <summary>Mean absolute error.</summary>
    public const string Mae = "mae";

    /// <summary>Pearson's correlation.</summary>
    public const string Corr = "corr";

    /// <summary>The metrics, in the order of every table.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        new(Acc2NonZero, "ACC2 (non-zero)", true, true),
        new(F1NonZeroWeighted, "F1 (non-zero, weighted)", true, true),
        new(F1NonZeroMacro, "F1 (non-zero, macro)", true, true),
        new(Acc2Has0, "ACC2 (with zero)", true, true),
        new(F1Has0Weighted, "F1 (with zero, weighted)", true, true),
        new(F1Has0Macro, "F1 (with zero, macro)", true, true),
        new(Acc7, "ACC7", true, true),
        new(Acc5, "ACC5", true, true),
        new(Acc3, "ACC3", true, true),
        new(Mae, "MAE", false, false),
        new(Corr, "Corr", true, false),
    ];

    /// <summary>Computes every metric.</summary>
    /// <param name="truth">The labels, at least one.</param>
    /// <param name="prediction">One prediction per label.</param>
    /// <returns>The values by name, in the order of <see cref="All"/>.</returns>
    /// <exception cref="ArgumentException">The lengths differ, there is no label, or a number is not finite.</exception>
    public static IReadOnlyDictionary<string, double> Compute(ReadOnlySpan<float> truth, ReadOnlySpan<float> prediction)
    {
        var perUtterance = MetricTotals.PerUtterance(truth, prediction);
        var totals = new double[MetricTotals.Size];
        for (var i = 0; i < perUtterance.Length; i++)
        {
            totals[i % MetricTotals.Size] += perUtterance[i];
        }

        var values = new double[All.Count];
        MetricTotals.Evaluate(totals, values);
        return Named(index => values[index]);
    }

    /// <summary>A dictionary over all metrics, in order.</summary>
    internal static IReadOnlyDictionary<string, T> Named<T>(Func<int, T> value) =>
        new OrderedDictionary<string, T>(All.Select((metric, index) => KeyValuePair.Create(metric.Name, value(index))));
}
