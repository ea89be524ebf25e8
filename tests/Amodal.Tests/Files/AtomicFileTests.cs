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

    [Fact]
    public void A_pipe_is_refused_and_stays_one()
    {
        var pipe = Pipe.MakeOrSkip(Path.Combine(_folder, "pipe"));
        var link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, pipe);
        foreach (var path in new[] { pipe, link })
        {
            Assert.Contains("a pipe or a device", Assert.Throws<InputException>(() => AtomicFile.WriteText(path, "x")).Message, StringComparison.Ordinal);
        }

        Assert.Equal(FileKind.Other, FileStatus.Of(pipe).Kind);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Theory]
    [InlineData("there.txt", "there.txt")]
    [InlineData("new.txt", "new.txt")]
    [InlineData("elsewhere/new.txt", "elsewhere/new.txt")]
    [InlineData("linked/up.txt", "elsewhere/inside/../up.txt")]
    public void Of_a_link_what_it_leads_to_is_replaced(string leadsTo, string target)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "elsewhere", "inside"));
        File.WriteAllText(Path.Combine(_folder, "there.txt"), "old");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "linked"), Path.Combine("elsewhere", "inside"));
        var link = Path.Combine(_folder, "link");
        // The last case is a link beside the inner folder, reached by the folder's link: "../up.txt" counts from where it really is.
        if (leadsTo == "linked/up.txt")
        {
            link = Path.Combine(_folder, "linked", "link");
            leadsTo = "../up.txt";
        }

        File.CreateSymbolicLink(link, leadsTo);
        AtomicFile.WriteText(link, "new");
        Assert.Equal(leadsTo, new FileInfo(link).LinkTarget);
        Assert.Equal("new", File.ReadAllText(Path.GetFullPath(target, _folder)));
        Assert.Null(new FileInfo(Path.GetFullPath(target, _folder)).LinkTarget);
    }

    [Fact]
    public void Links_in_a_circle_are_bad_input()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "a"), "b");
        File.CreateSymbolicLink(Path.Combine(_folder, "b"), "a");
        Assert.Contains("circle", Assert.Throws<InputException>(() => AtomicFile.WriteText(Path.Combine(_folder, "a"), "x")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)]
    public void Permissions_stay(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs permissions of Unix");
            return;
        }

        var path = Path.Combine(_folder, "a.txt");
        AtomicFile.WriteText(path, "one");
        File.SetUnixFileMode(path, mode);
        AtomicFile.WriteText(path, "two");
        Assert.Equal(mode, File.GetUnixFileMode(path));
        Assert.Equal("two", File.ReadAllText(path));
    }

    [Fact]
    public void The_right_to_run_as_its_owner_is_not_handed_on()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs permissions of Unix");
            return;
        }

        var path = Path.Combine(_folder, "a.txt");
        AtomicFile.WriteText(path, "one");
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        File.SetUnixFileMode(path, mode | UnixFileMode.SetUser | UnixFileMode.SetGroup);
        AtomicFile.WriteText(path, "two");
        Assert.Equal(mode, File.GetUnixFileMode(path));
    }

    [Fact]
    public void The_owner_stays_where_the_system_allows_it()
    {
        var path = Path.Combine(_folder, "a.txt");
        AtomicFile.WriteText(path, "one");
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "needs to be root to give files away");
        Assert.True(SystemProgram.Run("chown", "4242:2424", path), "chown");
        AtomicFile.WriteText(path, "two");
        Assert.Equal((4242u, 2424u), (FileStatus.Of(path).Owner, FileStatus.Of(path).Group));
    }

    [Fact]
    public void What_a_killed_process_left_goes_with_the_next_file_and_what_a_living_one_writes_stays()
    {
        var (dead, folder) = (Path.Combine(_folder, $".amodal-{Guid.NewGuid():N}.tmp"), Path.Combine(_folder, "not-ours"));
        File.WriteAllText(dead, "half");
        Directory.CreateDirectory(dead + ".d");
        File.WriteAllText(Path.Combine(dead + ".d", "part"), "half");
        string[] others = [Path.Combine(_folder, ".amodal-notes.tmp"), Path.Combine(_folder, $".other.{Guid.NewGuid():N}.tmp")];
        Array.ForEach(others, o => File.WriteAllText(o, "not ours"));
        using var living = TemporaryFile.Create(_folder);
        var livingFolder = living.CreateFolder();
        Assert.False(File.Exists(dead) || Directory.Exists(dead + ".d"));

        AtomicFile.WriteText(Path.Combine(_folder, "a.txt"), "x");
        Assert.True(File.Exists(living.Stream.Name) && Directory.Exists(livingFolder));
        Assert.All(others, o => Assert.True(File.Exists(o)));
        living.Become(Path.Combine(_folder, "b.txt"), default);
        Assert.True(File.Exists(Path.Combine(_folder, "b.txt")));
    }

    [Fact]
    public void A_finished_file_can_be_read_while_its_writer_still_holds_it()
    {
        using var file = TemporaryFile.Create(_folder);
        file.Stream.Write("x"u8);
        file.Become(Path.Combine(_folder, "a.txt"), default);
        using var reader = InputFile.Open(Path.Combine(_folder, "a.txt"));
        Assert.Equal(1, reader.Length);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
