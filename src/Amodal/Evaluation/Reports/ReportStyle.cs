namespace Amodal.Evaluation.Reports;

/// <summary>The page's style sheet, and its colours as pictures have them.</summary>
internal static class ReportStyle
{
    /// <summary>The colour of text.</summary>
    public static readonly Ink Ink = new("#1c2127", "ink");

    /// <summary>The colour of small print.</summary>
    public static readonly Ink Soft = new("#5c6670", "soft");

    /// <summary>The colour of lines that divide.</summary>
    public static readonly Ink Rule = new("#dfe3e8", "rule");

    /// <summary>
    /// The colours of series, distinct for readers who do not see all colours: Okabe and Ito 2008, black and yellow replaced, then two of
    /// Tol's and a brown. They are lighter in the dark.
    /// </summary>
    public static readonly IReadOnlyList<Ink> Colours =
        [.. new[] { "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7f7f7f", "#a89a00", "#332288", "#882255", "#6d4c41" }.Select((hex, i) => new Ink(hex, $"c{i}"))];

    /// <summary>The style sheet.</summary>
    public static string Css { get; } = $$"""

        :root { color-scheme: light dark; --paper: #fff; --wash: #f5f7f9; --best: #dceefb; --gain: #cfe6f7; --loss: #fbdcc0; --warn: #fff3cd;
          {{string.Join(' ', Colours.Concat([Ink, Soft, Rule]).Select(ink => $"--{ink.Variable}: {ink.Hex};"))}} }
        @media (prefers-color-scheme: dark) { :root { --paper: #14181c; --ink: #e4e8ec; --soft: #9aa5b1; --rule: #333b44; --wash: #1c2228; --best: #173f5c; --gain: #16405d; --loss: #5e3413; --warn: #4a3d10;
          --c0: #3d94d1; --c2: #1fb58c; --c4: #9ad4f5; --c5: #e8753a; --c6: #a3a3a3; --c7: #cfc02f; --c8: #9a8ae6; --c9: #d0709b; --c10: #b8988b; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 68rem; background: var(--paper); color: var(--ink);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; letter-spacing: -.01em; }
        h2 { font-size: 1.25rem; margin: 2.6rem 0 .8rem; padding-top: .9rem; border-top: 1px solid var(--rule); }
        .lead { color: var(--soft); margin: 0 0 1rem; }
        dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .6rem 1.2rem; margin: 1.2rem 0 0; padding: .9rem 1.1rem; background: var(--wash); border-radius: .5rem; }
        dt { color: var(--soft); font-size: .78rem; } dd { margin: 0; overflow-wrap: anywhere; font-size: .92rem; }
        figure { margin: 0 0 1.4rem; overflow-x: auto; } figcaption { font-weight: 600; margin-bottom: .3rem; }
        figure > svg { display: block; width: 100%; height: auto; min-width: 40rem; } figure.small > svg { min-width: 0; }
        .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem 1.6rem; }
        {{string.Join(' ', Colours.Select((ink, i) => $".s{i} {{ --s: var(--{ink.Variable}); }}"))}}
        .legend { display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; list-style: none; margin: 0 0 .4rem; padding: 0; font-size: .84rem; color: var(--soft); }
        .legend li { display: flex; align-items: center; gap: .4rem; overflow-wrap: anywhere; } .legend svg { width: 26px; height: 12px; flex: none; }
        .scroll { overflow-x: auto; margin: .3rem 0 1rem; }
        table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .38rem .6rem; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: top; }
        thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; line-height: 1.25; border-bottom-width: 2px; }
        th:first-child { text-align: left; } tbody th { font-weight: 500; min-width: 8.5rem; max-width: 16rem; overflow-wrap: break-word; } td.text { text-align: left; }
        td small, thead small { display: block; color: var(--soft); font-size: .74rem; font-weight: 400; white-space: nowrap; }
        .best { background: var(--best); font-weight: 700; } .average { border-left: 1px solid var(--rule); } .optimum th, .optimum td { font-style: italic; }
        .gain { background: var(--gain); } .loss { background: var(--loss); } .chance { color: var(--soft); }
        .swatch { display: inline-block; width: .7em; height: .7em; margin-right: .45em; border-radius: .15em; background: var(--s); }
        .summary { padding: .2rem 1.1rem; background: var(--wash); border-radius: .5rem; } .summary p { margin: .6rem 0; overflow-wrap: anywhere; }
        .warn { background: var(--warn); margin-inline: -.6rem !important; padding: .4rem .6rem; border-radius: .3rem; font-weight: 600; }
        .heat { background: color-mix(in srgb, var(--c0) calc(var(--w) * 45%), transparent); text-align: center; } .right { outline: 1px solid var(--soft); outline-offset: -1px; }
        .tall { max-height: 34rem; overflow: auto; } .tall thead th { position: sticky; top: 0; background: var(--paper); }
        th button { all: unset; cursor: pointer; } th button:focus-visible { outline: 2px solid var(--c0); } th button::after { content: " \2195"; opacity: .5; }
        th[aria-sort=ascending] button::after { content: " \2191"; opacity: 1; } th[aria-sort=descending] button::after { content: " \2193"; opacity: 1; }
        .said { text-align: left; font-weight: 400; min-width: 14rem; max-width: 26rem; overflow-wrap: anywhere; }
        .said small { display: block; color: var(--soft); font-size: .74rem; }
        .glossary dt { font-size: .9rem; color: var(--ink); font-weight: 600; } .glossary { grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); }
        details { margin: .5rem 0; } summary { cursor: pointer; font-weight: 600; padding: .25rem 0; }
        .notes ul { margin: 0; padding-left: 1.2rem; } footer { margin-top: 3rem; color: var(--soft); font-size: .84rem; }
        @media (max-width: 40rem) { body { padding: 1.2rem .8rem 3rem; font-size: 15px; } h1 { font-size: 1.5rem; } tbody th { min-width: 6.5rem; max-width: 9rem; }
          th, td { padding: .35rem .4rem; } .said { min-width: 10rem; } dl { grid-template-columns: 1fr; } figure > svg { min-width: 34rem; } }
        @media print { body { max-width: none; padding: 0; } .scroll { overflow: visible; } }

        """;
}

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

/// <summary>A method has one colour wherever it stands: on the page, in every chart, and in every report the baselines have theirs.</summary>
internal static class MethodColours
{
    /// <summary>The colour of what is no method, such as a loss: that of the text.</summary>
    public const int Ink = -1;

    /// <summary>The colour of what is no method and stands back: that of small print.</summary>
    public const int Soft = -2;

    private static readonly Dictionary<string, int> _baselines = new()
    {
        ["majority"] = 6,
        ["language-only"] = 7,
        ["one-modality"] = 7,
        ["zero-fill"] = 1,
        ["mean-fill"] = 3,
        ["dropout-trained"] = 2,
    };

    private static readonly int[] _others = [0, 5, 8, 9, 4, 10];

    /// <summary>The colours, numbers from 0, of the methods in the order of a table; a method that is not ours to know has the next free one.</summary>
    public static IReadOnlyDictionary<string, int> Of(IEnumerable<string> methods)
    {
        var colours = new Dictionary<string, int>();
        var free = 0;
        foreach (var method in methods.Distinct())
        {
            colours[method] = Find(_baselines, method) ?? _others[free++ % _others.Length];
        }

        return colours;
    }

    /// <summary>The colour of a method, or of "METHOD (how)"; null where none begins so.</summary>
    public static int? Find(IReadOnlyDictionary<string, int> colours, string name)
    {
        var known = colours.Keys.Where(m => name == m || name.StartsWith(m + " (", StringComparison.Ordinal)).MaxBy(m => m.Length);
        return known is null ? null : colours[known];
    }
}
