using Amodal.Native;
using Amodal.Tests.Data;

namespace Amodal.Tests.Native;

public class TorchBackendTests
{
    private static readonly byte[] _image = [1, 2, 3];

    [Fact]
    public void Where_nothing_may_run_from_the_user_s_data_the_copy_is_loaded_from_elsewhere()
    {
        // As the loader says it of a folder that is mounted noexec.
        Assert.Null(TorchBackend.LoadFromCache(_image, _ => throw new DllNotFoundException("failed to map segment from shared object")));
        string? from = null;
        Assert.Equal(7, TorchBackend.LoadFromTemporary(_image, path =>
        {
            from = path;
            Assert.Equal(_image, File.ReadAllBytes(path));
            return 7;
        }));
        Assert.False(Directory.Exists(Path.GetDirectoryName(from)), "what is loaded stays loaded, and its file is deleted");
    }

    [Fact]
    public void Where_nothing_may_run_at_all_the_fault_names_the_variables_to_set()
    {
        string? from = null;
        var fault = Assert.Throws<IOException>(() => TorchBackend.LoadFromTemporary(_image, path =>
        {
            from = path;
            throw new DllNotFoundException("failed to map segment from shared object");
        }));
        Assert.Contains("noexec", fault.Message, StringComparison.Ordinal);
        Assert.Contains("XDG_DATA_HOME or TMPDIR", fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.GetDirectoryName(from)));
    }

    [Fact]
    public void A_copy_is_written_under_a_name_that_no_other_process_has_and_nothing_else_is_left()
    {
        using var folder = new TemporaryFolder();
        // Of a process in another container that shares the home, with the same id as ours.
        var theirs = Path.Combine(folder.Name, $".{Environment.ProcessId}.tmp");
        File.WriteAllText(theirs, "half of theirs");
        var written = TorchBackend.WriteOnce(folder.Name, _image);
        Assert.Equal(_image, File.ReadAllBytes(written));
        Assert.Equal("half of theirs", File.ReadAllText(theirs));
        Assert.Equal(new[] { theirs, written }.Order(StringComparer.Ordinal), Directory.GetFiles(folder.Name).Order(StringComparer.Ordinal));
        File.SetLastWriteTimeUtc(written, DateTime.UnixEpoch);
        Assert.Equal(written, TorchBackend.WriteOnce(folder.Name, _image));
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(written)); // the same content is not written again
    }
}
