using System.Diagnostics;
using System.Reflection;

namespace Amodal.Cli;

/// <summary>This program, started again as a child.</summary>
internal static class OwnProcess
{
    public static Process Start(IEnumerable<string> args)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("the system does not tell where this program is");
        // Under `dotnet Amodal.Cli.dll` the process is dotnet, and the program its first argument.
        var isHosted = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHosted ? [Assembly.GetExecutingAssembly().Location, .. args] : args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    /// <summary>Ends it, if it has not ended by itself.</summary>
    public static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It is gone already.
        }
    }
}
