namespace Amodal.Evaluation.Reports;

/// <summary>A table of a report that none of the usual parts covers.</summary>
/// <param name="Rows">The cells, row by row.</param>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<ReportCell>> Rows)
{
    /// <summary>What to know before reading it.</summary>
    public string Note { get; init; } = "";

    /// <summary>Whether readers of the page may sort its rows.</summary>
    public bool IsSorted { get; init; }
}

/// <summary>A cell of a <see cref="ReportTable"/>. Its texts may hold anything; they are encoded when written.</summary>
/// <param name="IsWords">Whether it holds words, which stand to the left, and no number.</param>
internal sealed record ReportCell(string Text, string Small = "", bool IsMarked = false, bool IsWords = false)
{
    /// <summary>The number behind the text, in the unit that is shown, not rounded; null where there is none.</summary>
    [JsonIgnore]
    public double? Value { get; init; }

    /// <summary>The lower end of its interval; null where there is none.</summary>
    [JsonIgnore]
    public double? Low { get; init; }

    /// <summary>The upper end of its interval; null where there is none.</summary>
    [JsonIgnore]
    public double? High { get; init; }

    public static ReportCell Words(string text) => new(text, IsWords: true);

    /// <summary>A number; empty where there is none.</summary>
    internal static ReportCell Number(double? value, string format) =>
        new(value is { } v ? double.IsFinite(v) ? v.ToString(format, CultureInfo.InvariantCulture) : "n/a" : "") { Value = value };

    /// <summary>A metric with its interval; empty where there is none.</summary>
    internal static ReportCell Of(MetricStyle style, Estimate? e, bool isMarked = false) => e is null
        ? new ReportCell("")
        : new ReportCell(style.Show(e.Value), style.ShowInterval(e), isMarked) { Value = style.Scale(e.Value), Low = End(style, e, e.Low), High = End(style, e, e.High) };

    /// <summary>A difference with its interval, marked where the interval excludes zero; empty where there is none.</summary>
    internal static ReportCell Difference(MetricStyle style, Estimate? e) => e is null
        ? new ReportCell("")
        : new ReportCell(style.ShowDifference(e.Value), style.ShowDifferences(e), e.ExcludesZero)
        {
            Value = style.Scale(e.Value),
            Low = End(style, e, e.Low),
            High = End(style, e, e.High),
        };

    private static double? End(MetricStyle style, Estimate e, double end) => e.HasInterval ? style.Scale(end) : null;
}
