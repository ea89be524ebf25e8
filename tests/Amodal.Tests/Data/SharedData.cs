namespace Amodal.Tests.Data;

/// <summary>The real data beside the repository; tests that need them are skipped where they are not.</summary>
internal static class SharedData
{
    public static string Path(string relative)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Amodal.slnx")))
        {
            folder = folder.Parent;
        }

        var path = System.IO.Path.Combine(folder?.Parent?.FullName ?? "", "shared", "data", relative);
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"needs ../shared/data/{relative}");
        return path;
    }
}
