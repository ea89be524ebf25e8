using System.Diagnostics;
using System.Globalization;

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
        // About 200 MB of normal numbers: seconds on any machine.
        using var running = amodal.Start("data", "synth", "data.npz", "--utterances", "100000");
        var process = running.Process;
        var since = Stopwatch.StartNew();
        while (!process.HasExited && !IsAtWork(process.Id) && since.Elapsed < _long)
        {
            Thread.Sleep(5);
        }

        using (var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            kill.WaitForExit();
        }

        Assert.True(process.WaitForExit(_long), "it does not end");
        var result = running.Wait();
        Assert.True(result.ExitCode == 130, $"exit code {result.ExitCode}: {result.Output}{result.Errors}");
        Assert.Contains("Stopped", result.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(amodal.Folder));
    }

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
