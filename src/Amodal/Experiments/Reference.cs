namespace Amodal.Experiments;

/// <summary>The numbers of the thesis's chapter 6, from experiments/thesis, which the library carries.</summary>
internal static class Reference
{
    private const int KeyColumns = 5; // table, data set, protocol, case and method; metrics by our names follow

    private static readonly Lazy<IReadOnlyList<ThesisNumber>> _results = new(ReadResults);
    private static readonly Lazy<Dictionary<string, double>> _seconds = new(() =>
        Read("samplers.csv").ToDictionary(r => r["method"], r => Number(r["sampling_seconds"])));

    /// <summary>The thesis's two data sets.</summary>
    public static IReadOnlyList<string> DataSets { get; } = ["MOSI", "MOSEI"];

    /// <summary>All rows of results.</summary>
    public static IReadOnlyList<ThesisNumber> Results => _results.Value;

    /// <summary>The metrics that the thesis prints, by our names.</summary>
    public static IReadOnlyList<string> Metrics => [.. Results[0].Metrics.Keys];

    /// <summary>Seconds of sampling of a method of table 6.7; null where it has none.</summary>
    public static double? SamplingSeconds(string method) => _seconds.Value.TryGetValue(method, out var s) ? s : null;

    /// <summary>Table 6.4 by backbone: its columns by name.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Efficiency { get; } =
        Read("efficiency.csv").ToDictionary(
            r => r["method"],
            r => (IReadOnlyDictionary<string, double>)r.Where(c => c.Key is not ("table" or "method")).ToDictionary(c => c.Key, c => Number(c.Value)));

    /// <summary>The thesis's number for a case of a method; null where it has none.</summary>
    /// <param name="dataSet">MOSI or MOSEI.</param>
    /// <param name="protocol">"fixed" or "random".</param>
    public static ThesisNumber? Find(IEnumerable<string> tables, string dataSet, string protocol, string name, string method) => tables
        .Select(table => Results.FirstOrDefault(n => n.Table == table && n.DataSet == dataSet && n.Protocol == protocol && n.Case == name && n.Method == method))
        .FirstOrDefault(n => n is not null);

    /// <summary>Which of the thesis's two data sets ours is set beside: what was asked for, else what the names of the files say, else MOSI.</summary>
    public static string DataSetOf(ExperimentRequest request) => request.ThesisData
        ?? DataSets[request.DataFiles.Count > 0 && request.DataFiles.All(f => f.Contains("mosei", StringComparison.OrdinalIgnoreCase)) ? 1 : 0];

    private static IReadOnlyList<ThesisNumber> ReadResults() => [.. Read("results.csv").Select(r => new ThesisNumber(
        r["table"], r["dataset"], r["protocol"], r["case"], r["method"], r.Skip(KeyColumns).ToDictionary(c => c.Key, c => Number(c.Value) / 100)))];

    /// <summary>Our own files: comments, a line of names, and no field holds a comma.</summary>
    private static IEnumerable<Dictionary<string, string>> Read(string file)
    {
        var lines = Library.Read($"thesis/{file}").Split('\n').Where(l => l.Length > 0 && l[0] != '#').ToList();
        var names = lines[0].Split(',');
        return lines.Skip(1).Select(line => names.Zip(line.Split(',')).ToDictionary(p => p.First, p => p.Second));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>One row of results that the thesis prints.</summary>
/// <param name="Table">Its table: "6.1", "6.9a".</param>
/// <param name="DataSet">MOSI or MOSEI.</param>
/// <param name="Protocol">"fixed" or "random".</param>
/// <param name="Case">"l+a", "average of six", "MR=0.3", "average".</param>
/// <param name="Metrics">By our metric's name, in the unit of our metrics: shares from 0 to 1.</param>
internal sealed record ThesisNumber(
    string Table, string DataSet, string Protocol, string Case, string Method, IReadOnlyDictionary<string, double> Metrics);

/// <summary>A case of the thesis's tables and what it is on a data set.</summary>
/// <param name="Name">The thesis's: "l+a", "average of six", "MR=0.3", "average".</param>
/// <param name="Protocol">"fixed" or "random".</param>
/// <param name="Ours">The case as results name it: "text+audio", "average-incomplete".</param>
/// <param name="IsComparable">Whether it means the same here: averages and missing rates do only with the thesis's three modalities.</param>
internal sealed record ThesisCase(string Name, string Protocol, string Ours, bool IsComparable)
{
    /// <summary>The case on a data set; null where it does not exist there.</summary>
    /// <param name="name">The thesis's name.</param>
    /// <param name="modalities">Names of the data's modalities.</param>
    public static ThesisCase? Resolve(string name, IReadOnlyList<string> modalities)
    {
        var roles = new ModalityRoles(modalities);
        if (name.StartsWith("MR=", StringComparison.Ordinal))
        {
            var rate = double.Parse(name.AsSpan(3), CultureInfo.InvariantCulture);
            return RandomMasks.Allows(roles.Count, rate)
                ? new ThesisCase(name, "random", string.Create(CultureInfo.InvariantCulture, $"MR={rate}"), roles.Count == 3) : null;
        }

        return name switch
        {
            "average" => new ThesisCase(name, "random", ProtocolEvaluator.AverageRates, roles.Count == 3),
            "average of six" => new ThesisCase(name, "fixed", ProtocolEvaluator.AverageIncomplete, roles.AreTheThesis),
            "average of seven" => new ThesisCase(name, "fixed", ProtocolEvaluator.AverageAll, roles.AreTheThesis),
            _ => roles.Observed(name) is { } observed ? new ThesisCase(name, "fixed", observed.Describe(modalities), true) : null,
        };
    }
}
