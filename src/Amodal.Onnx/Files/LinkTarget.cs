namespace Amodal.Files;

/// <summary>Where a name leads to in the end.</summary>
internal static class LinkTarget
{
    private const int MostLinks = 40; // as many as Linux follows

    /// <summary>The full path with every link on the way followed; what it names need not be there.</summary>
    public static string Of(string path) => Follow(Path.GetFullPath(path), MostLinks);

    private static string Follow(string path, int left)
    {
        if (Path.GetDirectoryName(path) is not { } folder)
        {
            return path;
        }

        // A link's relative target counts from the folder that the link is really in.
        folder = Follow(folder, left);
        path = Path.Combine(folder, Path.GetFileName(path));
        return new FileInfo(path).LinkTarget is not { } target ? path
            : left > 0 ? Follow(Path.GetFullPath(target, folder), left - 1)
            : throw new IOException("its links lead in a circle.");
    }
}
