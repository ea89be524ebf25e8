using Amodal.Files;

namespace Amodal.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("amodal-").FullName;

    [Fact]
    public void Writes_replaces_and_leaves_no_temporary_file()
    {
        var path = Path.Combine(_folder, "new", "a.txt");
        AtomicFile.WriteText(path, "one");
        AtomicFile.WriteText(path, "zwei ä");
        Assert.Equal("zwei ä"u8.ToArray(), File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void Keeps_the_old_file_when_writing_fails()
    {
        var path = Path.Combine(_folder, "a.txt");
        AtomicFile.WriteText(path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_full_disk_is_bad_input_and_the_old_file_stays()
    {
        var path = Path.Combine(_folder, "a.txt");
        AtomicFile.WriteText(path, "old");
        // The runtime's own exception for ENOSPC, had by writing to the device that is always full.
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        var problem = Assert.Throws<InputException>(() => AtomicFile.Write(path, _ =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            full.Write(new byte[100]);
            full.Flush();
        }));
        Assert.Contains("no space left on device", problem.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_folder_where_a_file_should_be_is_bad_input()
    {
        var problem = Assert.Throws<InputException>(() => AtomicFile.WriteText(_folder, "x"));
        Assert.Contains("a folder has that name", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_where_a_folder_should_be_is_bad_input()
    {
        AtomicFile.WriteText(Path.Combine(_folder, "a"), "x");
        var problem = Assert.Throws<InputException>(() => AtomicFile.WriteText(Path.Combine(_folder, "a", "b"), "x"));
        Assert.Contains("cannot be written", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_permission_is_bad_input()
    {
        // /proc refuses new files even to root.
        Assert.SkipUnless(Directory.Exists("/proc/self"), "needs /proc");
        Assert.Contains("cannot be written", Assert.Throws<InputException>(() => AtomicFile.WriteText("/proc/self/amodal", "x")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
