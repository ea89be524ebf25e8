using System.ComponentModel;
using System.Diagnostics;

namespace Amodal.Tests.Files;

/// <summary>A small program of the system, such as mount, run to its end.</summary>
internal static class SystemProgram
{
    private static readonly TimeSpan _long = TimeSpan.FromMinutes(2); // only what hangs takes so long

    /// <summary>Whether it is there and ends well; a failed test where it does not end.</summary>
    public static bool Run(string program, params string[] arguments)
    {
        try
        {
            // It writes a line at most, which the pipe holds.
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            if (!process.WaitForExit(_long))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"{program} has not ended within {_long.TotalMinutes} minutes");
            }

            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // no such program
        }
    }
}
