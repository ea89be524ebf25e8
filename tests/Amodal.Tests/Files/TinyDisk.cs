using System.Diagnostics;

namespace Amodal.Tests.Files;

/// <summary>A tmpfs of a few pages; made by root on Linux only.</summary>
internal sealed class TinyDisk : IDisposable
{
    private TinyDisk(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>The disk, or a skipped test where mounting is not permitted.</summary>
    public static TinyDisk MountOrSkip(string size)
    {
        var folder = Directory.CreateTempSubdirectory("amodal-disk-").FullName;
        if (!OperatingSystem.IsLinux() || !Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder))
        {
            Directory.Delete(folder);
            Assert.Skip("needs the right to mount a tmpfs");
        }

        return new TinyDisk(folder);
    }

    public void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Folder));

    public void Dispose()
    {
        Run("umount", "--lazy", Folder);
        Directory.Delete(Folder);
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // no such program
        }
    }
}
