using System.Text.Json;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Data;

namespace Amodal.Tests.Runs;

public class ResultFileTests
{
    private static readonly RunEvaluationResult _result = new(
        [new ReportFact("method", "a")],
        [Row("fixed", "text+vision", 0.75), Row("fixed", ProtocolEvaluator.AverageAll, double.NaN), Row("random", ResultRow.CaseOf(0.3), 0.5)],
        [new PairedDifference("a", "b", "MR=0.3", ScoreTarget.Mae, new Estimate(0.1, 0, 0.2))],
        [],
        []);

    [Fact]
    public void Rows_have_the_fields_that_are_documented()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, "results.json");
        ResultFile.Write(path, _result);
        var rows = JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("rows").EnumerateArray().Select(r => r.GetRawText()).ToList();
        Assert.Equal("""{"method":"a","protocol":"fixed","observed":"text+vision","n":12,"metrics":{"mae":{"mean":0.75,"low":0,"high":1}}}""", Packed(rows[0]));
        Assert.Equal("""{"method":"a","protocol":"fixed","observed":"average-all","n":12,"metrics":{"mae":{"mean":null,"low":0,"high":1}}}""", Packed(rows[1]));
        Assert.Equal("""{"method":"a","protocol":"random","missingRate":0.3,"n":12,"metrics":{"mae":{"mean":0.5,"low":0,"high":1}}}""", Packed(rows[2]));

        static string Packed(string json) => string.Concat(json.Where(c => !char.IsWhiteSpace(c)));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, "results.json");
        ResultFile.Write(path, _result);
        var read = ResultFile.Read(path);
        Assert.Equal(_result.Rows.Select(r => (r.Method, r.Protocol, r.Case, r.Count)), read.Rows.Select(r => (r.Method, r.Protocol, r.Case, r.Count)));
        Assert.Equal(_result.Rows.SelectMany(r => r.Metrics), read.Rows.SelectMany(r => r.Metrics));
        Assert.Equal(_result.Differences, read.Differences);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"baseline\"", "\"rival\"", StringComparison.Ordinal)); // as it was called before
        Assert.Equal(_result.Differences, ResultFile.Read(path).Differences);
        Assert.Contains(ResultFile.ToTables([read]), t => t.Headings.Contains("MR=0.3"));
        Assert.Contains(ResultFile.ToTables([read]), t => t.Note.Contains("over single utterances, as an older version drew them", StringComparison.Ordinal));
        var masks = Row("masks", "audio=0.3", 0.25);
        ResultFile.Write(path, _result with { Rows = [masks], Intervals = new IntervalUnits(12, 4, 3), Notes = ["A note."] });
        read = ResultFile.Read(path);
        Assert.Equal((new IntervalUnits(12, 4, 3), "audio=0.3"), (read.Intervals, Assert.Single(read.Rows).Masks));
        Assert.Equal(["A note."], read.Notes);
        Assert.Contains(ResultFile.ToTables([read]), t => t.Headings.Contains("audio=0.3") && t.Note.Contains("95 % intervals over 3 training seeds and 4 videos, 12 utterances", StringComparison.Ordinal));
        Assert.Contains("with the masks audio=0.3", read.Summary()!.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_has_a_format_and_one_of_before_it_had_one_is_read_with_its_NaN()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, "results.json");
        ResultFile.Write(path, _result);
        var text = File.ReadAllText(path);
        Assert.StartsWith("{\n  \"format\": 1,", text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace("\"format\": 1,", "", StringComparison.Ordinal).Replace("\"mean\": null", "\"mean\": \"NaN\"", StringComparison.Ordinal));
        Assert.Equal(_result.Rows.SelectMany(r => r.Metrics), ResultFile.Read(path).Rows.SelectMany(r => r.Metrics));
    }

    [Fact]
    public void The_same_difference_twice_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, "results.json");
        ResultFile.Write(path, _result with { Differences = [.. _result.Differences, .. _result.Differences] });
        Assert.Contains("twice", Assert.Throws<InputException>(() => ResultFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_curve_of_an_older_version_has_its_metrics_under_their_names()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, "results.json");
        const string Estimate = """{ "mean": 0.5, "low": 0.25, "high": 0.75 }""";
        File.WriteAllText(path, $$"""
            { "facts": [], "rows": [], "differences": [], "latentRecovery": [], "nfeCurve": [
              { "method": "a", "nfe": 5, "acc2": {{Estimate}}, "mae": {{Estimate}}, "latentError": 1, "seconds": 2 },
              { "method": "a", "nfe": 9, "metrics": { "accuracy": {{Estimate}} }, "latentError": 1, "seconds": 2 }] }
            """);
        var curve = ResultFile.Read(path).NfeCurve;
        Assert.Equal([ScoreTarget.Acc2NonZero, ScoreTarget.Mae], curve[0].Metrics.Keys);
        Assert.Equal(new Estimate(0.5, 0.25, 0.75), curve[0].Metrics[ScoreTarget.Mae]);
        Assert.Equal([ClassTarget.Accuracy], curve[1].Metrics.Keys);
        ResultFile.Write(path, ResultFile.Read(path));
        Assert.DoesNotContain("acc2\"", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal(curve[0].Metrics, ResultFile.Read(path).NfeCurve[0].Metrics);
    }

    [Fact]
    public void Rows_of_an_older_version_are_refused()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, "results.json");
        File.WriteAllText(path, """
            { "facts": [], "differences": [], "latentRecovery": [], "nfeCurve": [],
              "rows": [{ "method": "a", "protocol": "fixed", "case": "text", "count": 3, "metrics": { "mae": { "value": 1, "low": 1, "high": 1 } } }] }
            """);
        Assert.Contains("evaluate the run again", Assert.Throws<InputException>(() => ResultFile.Read(path)).Message, StringComparison.Ordinal);
    }

    private static ResultRow Row(string protocol, string name, double value) =>
        new("a", protocol, name, 12, new Dictionary<string, Estimate> { [ScoreTarget.Mae] = new(value, 0, 1) });
}
