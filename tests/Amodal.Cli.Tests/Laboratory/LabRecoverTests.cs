using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using global::Amodal.Tests.Files;

namespace Amodal.Cli.Tests;

/// <summary>The recoveries of bench/Amodal.Bench, at tiny sizes: that everything is there and counted, not how long it takes.</summary>
public class LabRecoverTests
{
    private static readonly string[] _tiny = ["recover", "tiny.yaml", "--batches", "1,3", "--repeats", "2", "--seconds", "1000"];

    [Fact]
    public void It_measures_recoveries_the_path_streams_and_a_fresh_process()
    {
        using var amodal = Tiny();
        using var document = JsonDocument.Parse(amodal.Succeed([.. _tiny, "--path", "--scale", "4,7", "--starts", "1", "--neighbour", "--json", "--out", "report"]).Output);
        var root = document.RootElement;
        Assert.True(root.GetProperty("isComplete").GetBoolean());
        Assert.All(root.GetProperty("rows").EnumerateArray(), r => Assert.True(r.GetProperty("slowdown").GetProperty("median").GetDouble() > 0));
        var rows = root.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("row")).ToList();
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

        var start = root.GetProperty("startUps").EnumerateArray().Single();
        Assert.True(start.GetProperty("seconds").GetProperty("median").GetDouble() > 0);
        Assert.Equal([4, 7], root.GetProperty("scale").EnumerateArray().Select(s => s.GetProperty("utterances").GetInt32()));
        Assert.True(File.Exists(Path.Combine(amodal.Folder, "report", "bench.json")));
    }

    [Fact]
    public void A_peer_takes_its_turn_and_the_table_says_how_many_times_faster_we_are()
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "needs a shell");
        using var amodal = Tiny();
        File.WriteAllText(amodal.File("peer.sh"), """
            echo '{"protocol": 1, "name": "rival", "mostMissing": 1, "details": "a few lines of shell"}'
            while read word rest; do case $word in run) echo seconds 500;; threads) echo ok;; esac; done
            """);
        var result = amodal.Succeed([.. _tiny, "--starts", "0", "--missing-count", "1", "--peer", "/bin/sh peer.sh"]);
        Assert.Contains("rival", result.Output, StringComparison.Ordinal);
        Assert.Contains("peer", result.Output, StringComparison.Ordinal);
        Assert.Contains("rival: a few lines of shell", result.Errors, StringComparison.Ordinal);
        Assert.Contains("are fresh", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Precisions_are_measured_side_by_side()
    {
        using var amodal = Tiny();
        using var document = JsonDocument.Parse(amodal.Succeed([.. _tiny, "--missing-count", "1", "--precision", "float32,bfloat16", "--starts", "1", "--json"]).Output);
        var root = document.RootElement;
        Assert.Equal(
            ["tiny", "tiny-bfloat16", "tiny", "tiny-bfloat16"],
            root.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("row")).OrderBy(r => r.GetProperty("batch").GetInt32()).Select(r => r.GetProperty("name").GetString()!));
        Assert.Equal(["tiny", "tiny-bfloat16"], root.GetProperty("startUps").EnumerateArray().Select(s => s.GetProperty("name").GetString()!));
    }

    [Theory]
    [InlineData("1000", "")]
    [InlineData("0", "echo >asked; sleep 1000;")]
    public void Ctrl_C_keeps_what_was_measured_and_says_that_it_was_stopped(string starts, string first)
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "needs a shell");
        using var amodal = Tiny();
        File.WriteAllText(amodal.File("peer.sh"), $$"""
            echo '{"protocol": 1, "name": "rival", "mostMissing": 1}'
            while read word rest; do case $word in run) {{first}} echo seconds 0.001;; threads) echo ok;; esac; done
            """);
        using var running = amodal.Start([.. _tiny, "--missing-count", "1", "--nfe", "2", "--starts", starts, "--peer", "/bin/sh peer.sh", "--out", "report"]);
        // Stopped while fresh processes are timed, or while it waits for a peer's recovery.
        var limit = Stopwatch.StartNew();
        while (!(starts == "0" ? File.Exists(amodal.File("asked")) : IsProbing(running.Process.Id)) && !running.Process.HasExited && limit.Elapsed < TimeSpan.FromMinutes(2))
        {
            Thread.Sleep(20);
        }

        SystemProgram.Run("kill", "-INT", running.Process.Id.ToString(CultureInfo.InvariantCulture));
        var result = running.Wait();
        Assert.True(result.ExitCode == 130, $"{result.ExitCode}:\n{result.Errors}");
        Assert.DoesNotContain("unexpected", result.Errors, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(File.ReadAllText(amodal.File("report/bench.json")));
        Assert.False(document.RootElement.GetProperty("isComplete").GetBoolean());
    }

    private static bool IsProbing(int parent)
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-A", "-o", "ppid=,args="]) { RedirectStandardOutput = true })!;
        var lines = ps.StandardOutput.ReadToEnd().Split('\n');
        return lines.Any(l => l.TrimStart().StartsWith($"{parent} ", StringComparison.Ordinal) && l.Contains("probe tiny.yaml --threads 1 --precision float32 --nfe 2", StringComparison.Ordinal));
    }

    [Fact]
    public void Bad_options_are_named()
    {
        using var amodal = Tiny();
        amodal.Run("recover", "no-such-run").IsBadInput("no-such-run", "no preset is called so", "cpu-speed");
        amodal.Run([.. _tiny, "--scale", "0"]).IsBadInput("--scale", "1 to");
        amodal.Run([.. _tiny, "--starts", "-1"]).IsBadInput("--starts");
        amodal.Run([.. _tiny, "--peers", "x"]).IsBadInput("'--peers' is not an option of 'lab recover'", "--peer");
        amodal.Run("recover", "tiny.yaml", "--peer", "no-such-program --at-all").IsBadInput("--peer", "no-such-program");
    }

    private static Amodal Tiny()
    {
        var amodal = new Amodal(Amodal.Laboratory);
        File.WriteAllText(amodal.File("tiny.yaml"), Amodal.TinyConfig);
        return amodal;
    }
}
