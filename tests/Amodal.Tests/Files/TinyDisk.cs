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
        if (!OperatingSystem.IsLinux() || !SystemProgram.Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder))
        {
            Directory.Delete(folder);
            Assert.Skip("needs the right to mount a tmpfs");
        }

        return new TinyDisk(folder);
    }

    public void MakeReadOnly() => Assert.True(SystemProgram.Run("mount", "-o", "remount,ro", Folder));

    public void Dispose()
    {
        SystemProgram.Run("umount", "--lazy", Folder);
        Directory.Delete(Folder);
    }
}
