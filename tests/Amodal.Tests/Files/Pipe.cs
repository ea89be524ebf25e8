using System.Diagnostics;

namespace Amodal.Tests.Files;

/// <summary>A pipe under a name, as mkfifo makes it.</summary>
internal static class Pipe
{
    public static string MakeOrSkip(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs mkfifo");
        }

        using var process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        return path;
    }
}
