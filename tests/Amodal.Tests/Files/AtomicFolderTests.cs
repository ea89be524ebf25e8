using Amodal.Files;

namespace Amodal.Tests.Files;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("amodal-").FullName;

    [Fact]
    public void Makes_the_folder_or_replaces_its_files_and_leaves_others()
    {
        var target = Path.Combine(_folder, "sub", "report");
        AtomicFolder.Write(target, made => Write(made, ("a", "1"), ("in/b", "2")));
        File.WriteAllText(Path.Combine(target, "mine"), "mine");
        AtomicFolder.Write(target + "/", made => Write(made, ("a", "3"), ("in/b", "4"), ("c", "5")));
        Assert.Equal(["a=3", "c=5", "in/b=4", "mine=mine"], Content(target));
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(target)!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void When_a_file_fails_all_stays_as_it_was(bool isThere)
    {
        var target = Path.Combine(_folder, "report");
        if (isThere)
        {
            AtomicFolder.Write(target, made => Write(made, ("a", "old"), ("b", "old")));
        }

        var problem = Assert.Throws<InputException>(() => AtomicFolder.Write(target, made =>
        {
            Write(made, ("a", "new"));
            throw new InputException(Path.Combine(made, "b"), "byte 3", "is odd.");
        }));
        Assert.Equal($"{Path.Combine(target, "b")}: byte 3: is odd.", problem.Message);
        Assert.Equal(isThere ? ["report/a=old", "report/b=old"] : [], Content(_folder));
        Assert.Equal(isThere ? 1 : 0, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Fact]
    public void A_full_disk_leaves_the_old_files()
    {
        using var disk = TinyDisk.MountOrSkip("64k");
        AtomicFolder.Write(disk.Folder, made => Write(made, ("results", "old"), ("report", "old")));
        var problem = Assert.Throws<InputException>(() => AtomicFolder.Write(disk.Folder, made => Write(made, ("results", "new"), ("report", new string('x', 100_000)))));
        Assert.Contains(Path.Combine(disk.Folder, "report") + ": cannot be written: no space left", problem.Message, StringComparison.Ordinal);
        Assert.Equal(["report=old", "results=old"], Content(disk.Folder));
        Assert.Equal(2, Directory.GetFileSystemEntries(disk.Folder).Length);
    }

    [Fact]
    public void Permissions_of_replaced_files_stay()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs permissions of Unix");
            return;
        }

        AtomicFolder.Write(_folder, made => Write(made, ("a", "1")));
        File.SetUnixFileMode(Path.Combine(_folder, "a"), UnixFileMode.UserRead);
        AtomicFolder.Write(_folder, made => Write(made, ("a", "2")));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(_folder, "a")));
        Assert.Equal(["a=2"], Content(_folder));
    }

    [Fact]
    public void A_link_to_a_folder_stays_a_link()
    {
        var real = Directory.CreateDirectory(Path.Combine(_folder, "real")).FullName;
        var (link, dangling) = (Path.Combine(_folder, "link"), Path.Combine(_folder, "dangling"));
        Directory.CreateSymbolicLink(link, "real");
        Directory.CreateSymbolicLink(dangling, "later");
        AtomicFolder.Write(link, made => Write(made, ("a", "1")));
        AtomicFolder.Write(dangling, made => Write(made, ("a", "2")));
        Assert.Equal("real", new DirectoryInfo(link).LinkTarget);
        Assert.Equal("later", new DirectoryInfo(dangling).LinkTarget);
        Assert.Equal(["a=1"], Content(real));
        Assert.Equal(["a=2"], Content(Path.Combine(_folder, "later")));
    }

    [Fact]
    public void A_file_or_a_pipe_of_that_name_is_bad_input()
    {
        var (file, pipe) = (Path.Combine(_folder, "file"), Pipe.MakeOrSkip(Path.Combine(_folder, "pipe")));
        File.WriteAllText(file, "mine");
        Assert.Throws<InputException>(() => AtomicFolder.Write(file, made => Write(made, ("a", "1"))));
        Assert.Throws<InputException>(() => AtomicFolder.Write(pipe, made => Write(made, ("a", "1"))));
        Assert.Equal("mine", File.ReadAllText(file));
        Assert.Equal(FileKind.Other, FileStatus.Of(pipe).Kind);
        // In the folder as well.
        var problem = Assert.Throws<InputException>(() => AtomicFolder.Write(_folder, made => Write(made, ("file", "new"), ("pipe", "1"))));
        Assert.Contains("a pipe or a device", problem.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Fact]
    public void A_folder_is_free_when_only_a_killed_process_left_something()
    {
        Assert.True(AtomicFolder.IsFree(Path.Combine(_folder, "new")));
        Assert.True(AtomicFolder.IsFree(_folder));
        var left = Path.Combine(_folder, $".amodal-{Guid.NewGuid():N}.tmp");
        File.WriteAllText(left, "");
        Directory.CreateDirectory(left + ".d");
        Assert.True(AtomicFolder.IsFree(_folder));
        File.WriteAllText(Path.Combine(_folder, "mine"), "");
        Assert.False(AtomicFolder.IsFree(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Write(string folder, params (string Name, string Text)[] files)
    {
        foreach (var (name, text) in files)
        {
            AtomicFile.WriteText(Path.Combine(folder, name), text);
        }
    }

    private static IEnumerable<string> Content(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Where(f => FileStatus.Of(f).Kind == FileKind.Regular).Select(f => $"{Path.GetRelativePath(folder, f)}={File.ReadAllText(f)}").Order(StringComparer.Ordinal);
}
