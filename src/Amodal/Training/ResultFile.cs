using System.Text;
using Amodal.Configuration;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;

namespace Amodal.Training;

/// <summary>results.json, everything an evaluation found; and several of them as one Markdown document.</summary>
public static class ResultFile
{
    private static readonly string[] _tableMetrics = [Metrics.Acc2NonZero, Metrics.F1NonZeroWeighted, Metrics.Acc7, Metrics.Mae, Metrics.Corr];
    private static readonly string[] _differenceMetrics = [Metrics.Acc2NonZero, Metrics.Mae];

    private const int Format = 1;

    /// <summary>Writes results.json, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string path, RunEvaluationResult result) => JsonFile.Write(path, Format, result);

    /// <summary>Reads results.json.</summary>
    /// <exception cref="InputException">It is not there, or is none.</exception>
    public static RunEvaluationResult Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new InputException(path, null, "is not there; give the results.json that `amodal evaluate` leaves in its report folder.");
        }

        var result = JsonFile.Read<RunEvaluationResult>(path, Format, "a results.json", "Evaluate the run again.");
        if (result.Rows.Any(r => r.Case.Length == 0))
        {
            throw new InputException(path, "rows", "are without an observed set or missing rate, as an older version wrote them; evaluate the run again.");
        }

        return result.Differences.DistinctBy(d => (d.Method, d.Rival, d.Case, d.Metric)).Count() == result.Differences.Count ? result
            : throw new InputException(path, "differences", "name the same methods, case and metric twice; evaluate the run again.");
    }

    /// <summary>Several evaluations of the same utterances side by side: summaries of every metric, differences, and how well latents are recovered.</summary>
    /// <param name="results">Evaluations whose floors agree, such as presets on one data set.</param>
    public static string ToMarkdown(IReadOnlyList<RunEvaluationResult> results)
    {
        // Floors stand in every file; the same row is shown once, after the methods.
        var rows = results.SelectMany(r => r.Rows).DistinctBy(r => (r.Method, r.Protocol, r.Case))
            .OrderBy(r => ModelEvaluation.FloorNames.Contains(r.Method) ? 1 : 0).ToList();
        var optimum = rows.Any(r => r.Method == RunEvaluator.OptimumName) ? RunEvaluator.OptimumName : null;
        var text = new StringBuilder();
        text.Append(MarkdownTable.Render(rows, [Metrics.Acc2NonZero], optimum)).Append('\n');
        text.Append(MarkdownTable.Render([.. rows.Where(IsSummary)], [.. _tableMetrics.Skip(1)], optimum)).Append('\n');
        text.Append(MarkdownTable.Render([.. results.SelectMany(r => r.Differences).Where(d => _differenceMetrics.Contains(d.Metric))])).Append('\n');
        text.Append(MarkdownTable.Render([.. results.SelectMany(r => r.LatentRecovery)]));
        var units = results.Select(r => r.Intervals?.Text ?? "95 % intervals over single utterances, as an older version drew them").Distinct().ToList();
        text.Append($"\nIn brackets: {string.Join("; ", units)}.\n");
        return text.ToString();
    }

    private static bool IsSummary(ResultRow row) =>
        row.Protocol == "random" || row.Case is ProtocolEvaluator.AverageIncomplete or ProtocolEvaluator.AverageAll;
}
