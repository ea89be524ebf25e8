namespace Amodal.Targets;

/// <summary>How much is made of a metric.</summary>
public enum MetricUse
{
    /// <summary>It stands in files, and in no table of a report.</summary>
    File,

    /// <summary>It has a table.</summary>
    Table,

    /// <summary>It is one of the first that readers look at: it has charts, paired differences and a place in the short table.</summary>
    Lead,
}

/// <summary>A metric: how it is called and how it is read.</summary>
/// <param name="Name">Its name in files: "acc2_nonzero". Of one of several labels, "LABEL.acc2_nonzero".</param>
/// <param name="Label">Its name for people: "ACC2, negative against positive"; what stands before the comma is its name in a sentence.</param>
/// <param name="HigherIsBetter">False for errors.</param>
/// <param name="IsShare">A number in [0, 1] that is shown in per cent.</param>
/// <param name="Use">How much is made of it.</param>
public sealed record Metric(string Name, string Label, bool HigherIsBetter, bool IsShare, MetricUse Use = MetricUse.File)
{
    private const char OfLabel = '.';

    /// <summary>Its name in names of files: "acc2".</summary>
    public string ShortName => Name.Split('_')[0];

    /// <summary>The metric of that name; one that no target has is shown as it is.</summary>
    public static Metric Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var at = name.LastIndexOf(OfLabel);
        return ScoreTarget.All.Concat(ClassTarget.All).FirstOrDefault(m => m.Name == name[(at + 1)..]) is not { } metric ? new Metric(name, name, true, false)
            : at < 0 ? metric : metric.For(name[..at]);
    }

    /// <summary>Those of the names that are used so, or more, in the targets' order.</summary>
    public static IReadOnlyList<string> Used(IEnumerable<string> names, MetricUse least) => [.. Ordered(names).Where(name => Of(name).Use >= least)];

    /// <summary>The names, each once: by label as they come, of a label those that are known first and in the target's order.</summary>
    public static IReadOnlyList<string> Ordered(IEnumerable<string> names)
    {
        List<string> known = [.. ScoreTarget.All.Concat(ClassTarget.All).Select(m => m.Name)];
        return [.. names.Distinct().GroupBy(name => name[..(name.LastIndexOf(OfLabel) + 1)])
            .SelectMany(label => label.OrderBy(name => known.IndexOf(name[label.Key.Length..]) is >= 0 and var i ? i : known.Count))];
    }

    /// <summary>A value as tables show it: shares in per cent with one digit, others with three; "n/a" for NaN.</summary>
    public string Format(double value) =>
        double.IsNaN(value) ? "n/a" : (IsShare ? 100 * value : value).ToString(IsShare ? "0.0" : "0.000", CultureInfo.InvariantCulture);

    /// <summary>The same of one of several labels.</summary>
    internal Metric For(string label) => this with { Name = $"{label}{OfLabel}{Name}", Label = $"{label}: {Label}" };
}
