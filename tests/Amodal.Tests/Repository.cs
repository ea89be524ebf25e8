namespace Amodal.Tests;

/// <summary>Where the tests find the repository and, beside it, the shared folder.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>A file of the shared folder; skips the test where there is none.</summary>
    public static string Shared(params string[] parts)
    {
        var path = Path.Combine([Root, "..", "shared", .. parts]);
        if (!File.Exists(path))
        {
            Assert.Skip($"needs {path}, which is not there");
        }

        return path;
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Amodal.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("no folder above the tests holds Amodal.slnx");
    }
}
