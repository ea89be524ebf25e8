namespace Amodal.Files;

/// <summary>
/// Writes the files of a folder, all of them or none: they are made in a folder beside it or in it, and take their places when the last one is done.
/// A full disk leaves what was there.
/// </summary>
internal static class AtomicFolder
{
    /// <summary>Writes files into a folder.</summary>
    /// <param name="folder">Where to; made if it is not there. Files of the same names are replaced with their permissions kept, others stay. Of
    /// a link, what it leads to is written into.</param>
    /// <param name="write">Writes the files into the folder that it is given, and none elsewhere.</param>
    public static void Write(string folder, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        AtomicFile.Explaining(folder, () =>
        {
            var isThere = CheckTarget(folder);
            var target = Path.TrimEndingDirectorySeparator(LinkTarget.Of(folder));
            var around = isThere ? target : Path.GetDirectoryName(target)!;
            Directory.CreateDirectory(around);
            using var guard = TemporaryFile.Create(around);
            var made = guard.CreateFolder();
            Write(made, folder, write);
            if (isThere)
            {
                MoveFiles(made, target);
            }
            else
            {
                Directory.Move(made, target);
            }
        });
    }

    /// <summary>Whether a folder has nothing in it, or nothing but what a killed process left; that is removed.</summary>
    internal static bool IsFree(string folder)
    {
        var target = LinkTarget.Of(folder);
        if (!CheckTarget(folder) || !Directory.EnumerateFileSystemEntries(target).Any())
        {
            return true;
        }

        using (TemporaryFile.Create(target))
        {
            // What was abandoned goes when another one is made.
        }

        return !Directory.EnumerateFileSystemEntries(target).Any();
    }

    /// <summary>A fault of a file that is being made is one of the file that it was to become.</summary>
    private static void Write(string made, string folder, Action<string> write)
    {
        try
        {
            write(made);
        }
        catch (InputException e) when (e.Origin.StartsWith(made, StringComparison.Ordinal))
        {
            var problem = e.Message[(e.Origin.Length + (e.Place?.Length + 2 ?? 0) + 2)..];
            throw new InputException(folder + e.Origin[made.Length..], e.Place, problem, e);
        }
    }

    private static bool CheckTarget(string folder) => FileStatus.Of(folder).Kind switch
    {
        FileKind.Nothing => false,
        FileKind.Folder => true,
        _ => throw new InputException(folder, null, "is a file, a pipe or a device; name a folder."),
    };

    private static void MoveFiles(string from, string to)
    {
        // In the order they were made: what is read first, such as a manifest or a page, is written last.
        var moves = new DirectoryInfo(from).GetFiles("*", SearchOption.AllDirectories).OrderBy(f => f.LastWriteTimeUtc).ThenBy(f => f.FullName, StringComparer.Ordinal)
            .Select(f => (From: f.FullName, To: Path.Combine(to, Path.GetRelativePath(from, f.FullName)))).Select(m => (m.From, m.To, Before: AtomicFile.CheckTarget(m.To))).ToList();
        foreach (var (file, place, before) in moves)
        {
            var target = LinkTarget.Of(place);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (before.Kind == FileKind.Regular)
            {
                using var open = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                before.PutOn(open);
            }

            File.Move(file, target, overwrite: true);
        }
    }
}
