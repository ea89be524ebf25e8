using System.Text.Json;

namespace Amodal.Cli.Tests;

/// <summary>amodal bench, at tiny sizes: that everything is there and counted, not how long it takes.</summary>
public class BenchTests
{
    private static readonly string[] _tiny = ["bench", "tiny.yaml", "--batches", "1,3", "--repeats", "2", "--seconds", "1000"];

    [Fact]
    public void It_measures_recoveries_and_the_path()
    {
        using var amodal = Tiny();
        using var document = JsonDocument.Parse(amodal.Succeed([.. _tiny, "--path", "--json", "--out", "report"]).Output);
        var root = document.RootElement;
        Assert.True(root.GetProperty("isComplete").GetBoolean());
        var rows = root.GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(
            ["recovery 1 1", "recovery 1 2", "recovery 3 1", "recovery 3 2", "path 1 1", "path 1 2", "path 3 1", "path 3 2"],
            rows.Select(r => $"{r.GetProperty("task").GetString()} {r.GetProperty("batch").GetInt32()} {r.GetProperty("missing").GetInt32()}"));
        Assert.All(rows, r =>
        {
            Assert.Equal("tiny", r.GetProperty("name").GetString());
            Assert.Equal(3, r.GetProperty("nfe").GetInt32());
            Assert.Equal(2, r.GetProperty("samples").GetArrayLength());
            Assert.True(r.GetProperty("seconds").GetProperty("median").GetDouble() > 0);
        });
        // Three times the utterances, three times the operations.
        Assert.Equal(3 * rows[0].GetProperty("operations").GetInt64(), rows[2].GetProperty("operations").GetInt64());
        Assert.True(rows[0].GetProperty("gemmShare").GetDouble() > 0);
        using var written = JsonDocument.Parse(File.ReadAllText(amodal.File("report/bench.json")));
        Assert.Equal(8, written.RootElement.GetProperty("rows").GetArrayLength());
    }

    [Fact]
    public void Precisions_are_measured_side_by_side()
    {
        using var amodal = Tiny();
        var result = amodal.Succeed([.. _tiny, "--missing-count", "1", "--precision", "float32,bfloat16", "--json"]);
        using var document = JsonDocument.Parse(result.Output);
        Assert.Equal(
            ["tiny", "tiny-bfloat16", "tiny", "tiny-bfloat16"],
            document.RootElement.GetProperty("rows").EnumerateArray().OrderBy(r => r.GetProperty("batch").GetInt32()).Select(r => r.GetProperty("name").GetString()!));
    }

    [Fact]
    public void People_get_a_table_and_are_told_what_was_measured()
    {
        using var amodal = Tiny();
        var result = amodal.Succeed([.. _tiny, "--missing-count", "1"]);
        Assert.Contains("tiny", result.Output, StringComparison.Ordinal);
        Assert.Contains("are fresh", result.Errors, StringComparison.Ordinal);
        Assert.Contains("GEMM", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_options_are_named()
    {
        using var amodal = Tiny();
        amodal.Run("bench", "no-such-run").IsBadInput("no-such-run", "no preset is called so", "cpu-speed");
        amodal.Run([.. _tiny, "--missing-count", "0"]).IsBadInput("--missing-count", "1 to");
        amodal.Run([.. _tiny, "--threads", "two"]).IsBadInput("--threads", "two");
        amodal.Run("bench", "tiny.yaml", "--seconds", "0").IsBadInput("--seconds");
        amodal.Run("bench", "tiny.yaml", "tiny.yaml").IsBadInput("tiny", "each once");
        amodal.Run([.. _tiny, "--length", "5"]).IsBadInput("--length", "only for --networks");
    }

    [Theory]
    [InlineData("--peer", "python3 peer.py")]
    [InlineData("--scale", "100")]
    [InlineData("--starts", "0")]
    [InlineData("--neighbour")]
    public void What_has_moved_is_told(params string[] moved)
    {
        using var amodal = Tiny();
        amodal.Run([.. _tiny, .. moved]).IsBadInput(moved[0], "bench/Amodal.Bench");
    }

    private static Amodal Tiny()
    {
        var amodal = new Amodal();
        File.WriteAllText(amodal.File("tiny.yaml"), Amodal.TinyConfig);
        return amodal;
    }
}
