using System.Diagnostics;

namespace Amodal.Tests.Export;

/// <summary>The system's Python, which sees the system's packages, with the scripts of tests/onnx.</summary>
internal static class SystemPython
{
    private const string Program = "/usr/bin/python3";

    /// <summary>Skips the test where there is no onnx package, which shares no code with what writes or runs our graphs.</summary>
    public static void NeedOnnx() => Assert.SkipUnless(
        File.Exists(Program) && Run("-c", "import onnx, numpy").ExitCode == 0,
        "needs Python's onnx (Debian: apt-get install --no-install-recommends python3-onnx)");

    /// <summary>Runs a script, which must succeed.</summary>
    /// <returns>Its lines.</returns>
    public static string[] RunScript(string name, IEnumerable<string> arguments)
    {
        var (exitCode, output) = Run([Path.Combine(Repository.Root, "tests", "onnx", name), .. arguments]);
        Assert.True(exitCode == 0, output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static (int ExitCode, string Output) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{Program} {string.Join(' ', arguments)} has not ended within five minutes");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult());
    }
}
