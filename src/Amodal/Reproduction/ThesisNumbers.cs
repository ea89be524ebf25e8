using System.Globalization;
using Amodal.Evaluation;
using Amodal.Targets;

namespace Amodal.Reproduction;

/// <summary>The numbers of the thesis's chapter 6, from experiments/reproduce/thesis, which the library carries.</summary>
public static class ThesisNumbers
{
    private static readonly Lazy<IReadOnlyList<ThesisNumber>> _results = new(ReadResults);
    private static readonly Lazy<Dictionary<string, double>> _seconds = new(() =>
        Read("samplers.csv").ToDictionary(r => r["method"], r => Number(r["sampling_seconds"])));

    /// <summary>All rows of results.</summary>
    public static IReadOnlyList<ThesisNumber> Results => _results.Value;

    /// <summary>Seconds of sampling of a method of table 6.7; null where it has none.</summary>
    public static double? SamplingSeconds(string method) => _seconds.Value.TryGetValue(method, out var s) ? s : null;

    /// <summary>Table 6.4 by backbone: its columns by name.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Efficiency { get; } =
        Read("efficiency.csv").ToDictionary(
            r => r["method"],
            r => (IReadOnlyDictionary<string, double>)r.Where(c => c.Key is not ("table" or "method")).ToDictionary(c => c.Key, c => Number(c.Value)));

    /// <summary>The thesis's number for a case of a method; null where it has none.</summary>
    /// <param name="tables">The tables to look in, the first that has it counts.</param>
    /// <param name="dataSet">MOSI or MOSEI.</param>
    /// <param name="protocol">"fixed" or "random".</param>
    /// <param name="name">The case.</param>
    /// <param name="method">The method.</param>
    public static ThesisNumber? Find(IEnumerable<string> tables, string dataSet, string protocol, string name, string method) => tables
        .Select(table => Results.FirstOrDefault(n => n.Table == table && n.DataSet == dataSet && n.Protocol == protocol && n.Case == name && n.Method == method))
        .FirstOrDefault(n => n is not null);

    private static IReadOnlyList<ThesisNumber> ReadResults() => [.. Read("results.csv").Select(r => new ThesisNumber(
        r["table"], r["dataset"], r["protocol"], r["case"], r["method"], new Dictionary<string, double>
        {
            [ScoreTarget.Acc2NonZero] = Number(r["acc2"]) / 100,
            [ScoreTarget.F1NonZeroWeighted] = Number(r["f1"]) / 100,
            [ScoreTarget.Acc7] = Number(r["acc7"]) / 100,
        }))];

    /// <summary>Our own files: comments, a line of names, and no field holds a comma.</summary>
    private static IEnumerable<Dictionary<string, string>> Read(string file)
    {
        var lines = Catalogue.ReadText($"reproduce/thesis/{file}").Split('\n').Where(l => l.Length > 0 && l[0] != '#').ToList();
        var names = lines[0].Split(',');
        return lines.Skip(1).Select(line => names.Zip(line.Split(',')).ToDictionary(p => p.First, p => p.Second));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
