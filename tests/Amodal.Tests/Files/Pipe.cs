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

        Assert.True(SystemProgram.Run("mkfifo", path), "mkfifo");
        return path;
    }
}
