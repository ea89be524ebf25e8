using System.Diagnostics;
using global::Amodal.Training;

namespace Amodal.Cli.Tests;

/// <summary>Standard streams that are full or closed: messages may be lost, the work may not.</summary>
public class StreamsTests
{
    [Theory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    [InlineData("2>&- >/dev/null")]
    public void A_training_whose_messages_cannot_be_written_is_trained(string redirection)
    {
        using var amodal = Amodal.WithData();
        Assert.Equal(0, Shell(amodal, redirection, Amodal.TrainArguments("run")).ExitCode);
        Assert.True(new RunDirectory(amodal.File("run")).ReadManifest().IsComplete);
    }

    [Theory]
    [InlineData(">/dev/full", "No space left")]
    [InlineData(">&-", "is closed")]
    [InlineData(">&- 2>&-", null)]
    public void Results_that_cannot_be_written_are_exit_code_2_and_files_are_written(string redirection, string? message)
    {
        using var amodal = new Amodal();
        var result = Shell(amodal, redirection, "data", "synth", "-o", "data.npz", "--utterances", "60", "--json");
        Assert.Equal(2, result.ExitCode);
        Assert.True(File.Exists(amodal.File("data.npz")));
        Assert.DoesNotContain("report it", result.Errors, StringComparison.Ordinal);
        if (message is not null)
        {
            Assert.Contains("error: standard output: ", result.Errors, StringComparison.Ordinal);
            Assert.Contains(message, result.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Results_for_nobody_are_quiet()
    {
        using var amodal = new Amodal();
        amodal.Succeed("data", "synth", "-o", "data.npz", "--utterances", "60");
        var result = Shell(amodal, "| head -c 1", "data", "inspect", "data.npz");
        Assert.Equal((0, 1, ""), (result.ExitCode, result.Output.Length, result.Errors));
    }

    private static Amodal.Result Shell(Amodal amodal, string redirection, params string[] args)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs sh");
        }

        var program = Path.Combine(AppContext.BaseDirectory, "Amodal.Cli.dll");
        var start = new ProcessStartInfo("sh", ["-c", $"dotnet '{program}' \"$@\" {redirection}", "sh", .. args])
        {
            WorkingDirectory = amodal.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        using var running = new Amodal.Running(Process.Start(start)!);
        return running.Wait();
    }
}
