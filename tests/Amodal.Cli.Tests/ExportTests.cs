using System.Text.Json;

namespace Amodal.Cli.Tests;

/// <summary>amodal export, as a process.</summary>
public class ExportTests
{
    [Fact]
    public void A_run_is_exported_once_and_what_is_there_is_kept()
    {
        using var amodal = Amodal.WithRun();
        var result = amodal.Succeed("export", "run", "--out", "exported", "--json");
        using var told = JsonDocument.Parse(result.Output);
        Assert.All(told.RootElement.GetProperty("files").EnumerateArray(), f =>
            Assert.Equal(f.GetProperty("bytes").GetInt64(), new FileInfo(amodal.File(Path.Combine("exported", f.GetProperty("name").GetString()!))).Length));
        var before = Directory.GetFileSystemEntries(amodal.File("exported"));
        var again = amodal.Run("export", "run", "--out", "exported");
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("is not empty", again.Errors);
        Assert.Equal(before, Directory.GetFileSystemEntries(amodal.File("exported")));
        var none = amodal.Run("export", "nothing", "--out", "other");
        Assert.Equal(2, none.ExitCode);
        Assert.False(Directory.Exists(amodal.File("other")));
    }
}
