namespace Amodal.Tests;

/// <summary>Where the repository and the data sets beside it lie.</summary>
internal static class Repository
{
    /// <summary>The folder with Amodal.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path under ../shared; skips the test where that is absent.</summary>
    public static string Shared(params string[] parts)
    {
        var path = Path.Combine([Path.GetDirectoryName(Root)!, "shared", .. parts]);
        Assert.SkipUnless(Path.Exists(path), $"needs {Path.Combine(["shared", .. parts])} beside the repository");
        return path;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Amodal.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("Amodal.slnx is not above the tests");
    }
}
