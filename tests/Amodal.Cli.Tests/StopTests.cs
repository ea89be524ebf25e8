using System.Diagnostics;
using System.Globalization;
using global::Amodal.Tests.Files;

namespace Amodal.Cli.Tests;

/// <summary>The first Ctrl-C ends a command with 130 and leaves nothing half-written.</summary>
public class StopTests
{
    private static readonly TimeSpan _long = TimeSpan.FromMinutes(2); // only a command that does not listen takes so long

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void A_signal_in_the_midst_of_making_data(string signal)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("needs signals and /proc");
        }

        using var amodal = new Amodal();
        // About 800 MB of normal numbers, of which some are made when it is stopped.
        using var running = amodal.Start("data", "synth", "-o", "data.npz", "--utterances", "400000");
        var process = running.Process;
        var since = Stopwatch.StartNew();
        while (!process.HasExited && !IsAtWork(process.Id) && since.Elapsed < _long)
        {
            Thread.Sleep(5);
        }

        SystemProgram.Run("kill", $"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture));
        Assert.True(process.WaitForExit(_long), "it does not end");
        var result = running.Wait();
        Assert.True(result.ExitCode == 130, $"exit code {result.ExitCode}: {result.Output}{result.Errors}");
        Assert.Contains("Stopped", result.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(amodal.Folder));
    }

    [Fact]
    public void Every_command_that_reads_or_writes_listens_and_leaves_nothing()
    {
        using var amodal = Amodal.WithRun();
        amodal.Succeed("evaluate", "run", "--protocol", "fixed", "--nfe-curve", "none");
        var before = Content(amodal);
        string[][] commands =
        [
            ["data", "synth", "-o", "out.npz"],
            ["data", "inspect", "data.npz"],
            ["data", "convert", "data.npz", "out.npz"],
            ["data", "fold", "data.npz", "--test", "0", "--out", "out.npz"],
            ["data", "masks", "data.npz", "--missing-rate", "0.5", "--out", "out.csv"],
            ["export", "run", "--out", "out"],
            ["compare", "run/report/results.json", "--out", "out.md"],
            ["predict", "run", "--data", "data.npz", "--missing", "vision", "--out", "out.csv"],
            ["recover", "run", "--data", "data.npz", "--missing", "vision", "--out", "out.npz"],
        ];
        foreach (var command in commands)
        {
            string[] full = [.. command.Select(a => a is "run" or "out" or "run/report/results.json" || a.EndsWith(".npz", StringComparison.Ordinal) || a.StartsWith("out.", StringComparison.Ordinal) ? amodal.File(a) : a)];
            Assert.ThrowsAny<OperationCanceledException>(() => InProcess.RunStopped(full));
            Assert.Equal(before, Content(amodal));
        }
    }

    private static List<string> Content(Amodal amodal) => [.. Directory.GetFileSystemEntries(amodal.Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>Whether the numbers' arrays are there: the program itself takes less than half of their size.</summary>
    private static bool IsAtWork(int process)
    {
        const long arrays = 150_000; // kB
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
            return line is not null && long.Parse(line.Split(':', 'k')[1], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) > arrays;
        }
        catch (IOException)
        {
            return false; // it ended
        }
    }
}
