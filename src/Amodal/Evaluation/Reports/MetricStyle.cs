namespace Amodal.Evaluation.Reports;

/// <summary>How a metric is called and shown.</summary>
/// <param name="IsPercent">Whether it is shown times 100.</param>
internal sealed record MetricStyle(string Label, bool IsPercent, bool IsHigherBetter)
{
    /// <summary>The style of a metric; a name that is not known is shown as it is.</summary>
    public static MetricStyle Of(string metric)
    {
        var m = Metric.Of(metric);
        return new MetricStyle(m.Label, m.IsShare, m.HigherIsBetter);
    }

    /// <summary>The name in a sentence.</summary>
    public string Name => Label.Split(',')[0];

    /// <summary>A short heading, with the unit.</summary>
    public string Short => $"{Name}{(IsPercent ? ", %" : "")}";

    /// <summary>The heading, with the unit and which way is better.</summary>
    public string Heading => $"{Label}{(IsPercent ? ", %" : "")} ({(IsHigherBetter ? "higher" : "lower")} is better)";

    /// <summary>A value as readers see it.</summary>
    public string Show(double value) => double.IsFinite(value) ? Scale(value).ToString(Format, CultureInfo.InvariantCulture) : "n/a";

    /// <summary>A difference: always with its sign.</summary>
    public string ShowDifference(double value) =>
        double.IsFinite(value) ? Scale(value).ToString($"+{Format};\u2212{Format};{Format}", CultureInfo.InvariantCulture) : "n/a";

    /// <summary>The ends of an interval, a dash where there is none, and the spread over training seeds where there were several.</summary>
    public string ShowInterval(Estimate estimate) =>
        $"{(estimate.HasInterval ? $"{Show(estimate.Low)} to {Show(estimate.High)}" : "\u2013")}{(estimate.Spread is { } spread ? $"; \u00b1 {Show(spread)} over seeds" : "")}";

    /// <summary>The ends of the interval of a difference; a dash where there is none.</summary>
    public string ShowDifferences(Estimate estimate) => estimate.HasInterval ? $"{ShowDifference(estimate.Low)} to {ShowDifference(estimate.High)}" : "\u2013";

    /// <summary>The value in the unit that is shown.</summary>
    public double Scale(double value) => IsPercent ? 100 * value : value;

    private string Format => IsPercent ? "0.0" : "0.000";
}
