using System.Text.Json;
using System.Text.Json.Nodes;

namespace Amodal.Runs;

/// <summary>results.json, everything an evaluation found; and several of them side by side as tables.</summary>
public static class ResultFile
{
    private const int Format = 1;

    /// <summary>Writes results.json, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string path, RunEvaluationResult result) => JsonFile.Write(path, Format, result);

    /// <summary>Reads results.json.</summary>
    /// <exception cref="InputException">It is not there, or is none.</exception>
    public static RunEvaluationResult Read(string path)
    {
        if (!Path.Exists(path))
        {
            throw new InputException(path, null, "is not there; give the results.json that `amodal evaluate` leaves in its report folder.");
        }

        var result = JsonFile.Read<RunEvaluationResult>(path, Format, "a results.json", "Evaluate the run again.", Renamed);
        if (result.Rows.Any(r => r.Case.Length == 0))
        {
            throw new InputException(path, "rows", "are without an observed set or missing rate, as an older version wrote them; evaluate the run again.");
        }

        return result.Differences.DistinctBy(d => (d.Method, d.Baseline, d.Case, d.Metric)).Count() == result.Differences.Count ? result
            : throw new InputException(path, "differences", "name the same methods, case and metric twice; evaluate the run again.");
    }

    /// <summary>What an older version called a rival is a baseline, and the two metrics of a curve that it wrote by keys of their own are metrics.</summary>
    private static RunEvaluationResult Renamed(JsonElement root)
    {
        var node = JsonObject.Create(root)!;
        foreach (var difference in (node["differences"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (difference.Remove("rival", out var name))
            {
                difference["baseline"] = name;
            }
        }

        foreach (var point in (node["nfeCurve"] as JsonArray ?? []).OfType<JsonObject>().Where(p => !p.ContainsKey("metrics")))
        {
            point["metrics"] = new JsonObject(ScoreTarget.OldKeys.Select(k => (k.Name, Value: point.Remove(k.Key, out var value) ? value : null))
                .Where(m => m.Value is not null).Select(m => KeyValuePair.Create(m.Name, m.Value)));
        }

        return node.Deserialize<RunEvaluationResult>(JsonFile.Options)!;
    }

    /// <summary>The results in sentences; null where there are none to speak of.</summary>
    internal static ResultSummary? Summary(this RunEvaluationResult result)
    {
        var method = result.Facts.FirstOrDefault(f => f.Name == "method")?.Value ?? "";
        return ResultSummary.Of(method, result.Intervals?.Text ?? "", result.Rows, result.Differences, result.Effects);
    }

    /// <summary>The lead metrics of incomplete sets and of the complete one, or of each missing rate where there is no fixed protocol.</summary>
    internal static ReportTable ToShortTable(RunEvaluationResult result) =>
        ResultTables.Short(result.Rows, Optimum(result.Rows), result.Differences, Unit(result));

    /// <summary>Several evaluations of the same utterances side by side: summaries of every metric, differences, and how well latents are recovered.</summary>
    /// <param name="results">Evaluations whose baselines agree, such as presets on one data set.</param>
    /// <param name="averagesOnly">Whether observed sets of more than three modalities are left out but for their averages and the complete set.</param>
    internal static IReadOnlyList<ReportTable> ToTables(IReadOnlyList<RunEvaluationResult> results, bool averagesOnly = false)
    {
        // Baselines stand in every file; the same row is shown once, after the methods.
        var rows = results.SelectMany(r => r.Rows).DistinctBy(r => (r.Method, r.Protocol, r.Case))
            .OrderBy(r => BaselineNames.Of(r.Method) is null ? 0 : 1).ToList();
        var optimum = Optimum(rows);
        var metrics = ResultTables.MetricsOf(rows, MetricUse.Table);
        List<PairedDifference> differences = [.. results.SelectMany(r => r.Differences).DistinctBy(d => (d.Method, d.Baseline, d.Case, d.Metric))];
        var unit = string.Join(' ', results.Select(Unit).Distinct());
        var masks = rows.Select(r => r.Masks).OfType<string>().ToHashSet();
        bool IsSummary(string observed) => masks.Contains(observed) || ResultTables.IsSummary(observed);
        return
        [
            .. ResultTables.Of(averagesOnly ? ResultTables.WithoutManySets(rows) : rows, [.. metrics.Take(1)], optimum, differences, unit),
            .. ResultTables.Of([.. rows.Where(r => IsSummary(r.Case))], [.. metrics.Skip(1)], optimum, differences, unit),
            .. ResultTables.Of([.. differences.Where(d => Metric.Of(d.Metric).Use == MetricUse.Lead && IsSummary(d.Case))], unit),
            .. results.Where(r => r.Effects.Count > 0).Select(r => ResultTables.Of(r.Effects, unit)),
            .. results.SelectMany(r => r.Confusions.GroupBy(c => c.Label).SelectMany(label => label.Take(2))).Select(ResultTables.Of),
            .. results.Where(r => r.Certainty.Count > 0).Select(r => ResultTables.Of(r.Certainty)),
            .. results.Any(r => r.LatentRecovery.Count > 0) ? [ResultTables.Of([.. results.SelectMany(r => r.LatentRecovery)])] : Array.Empty<ReportTable>(),
        ];
    }

    private static string Unit(RunEvaluationResult result) =>
        ResultTables.Sentence(result.Intervals?.Text ?? "95 % intervals over single utterances, as an older version drew them");

    private static string? Optimum(IEnumerable<ResultRow> rows) => rows.Any(r => r.Method == BaselineNames.Optimum) ? BaselineNames.Optimum : null;
}
