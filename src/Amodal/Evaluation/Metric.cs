using System.Globalization;

namespace Amodal.Evaluation;

/// <summary>A metric: how it is called and how it is read.</summary>
/// <param name="Name">Its name in files: "acc2_nonzero".</param>
/// <param name="Label">Its name for people: "ACC2 (non-zero)".</param>
/// <param name="HigherIsBetter">False for errors.</param>
/// <param name="IsShare">A number in [0, 1] that is shown in per cent.</param>
public sealed record Metric(string Name, string Label, bool HigherIsBetter, bool IsShare)
{
    /// <summary>A value as tables show it: shares in per cent with one digit, others with three; "n/a" for NaN.</summary>
    public string Format(double value) =>
        double.IsNaN(value) ? "n/a" : (IsShare ? 100 * value : value).ToString(IsShare ? "0.0" : "0.000", CultureInfo.InvariantCulture);
}
