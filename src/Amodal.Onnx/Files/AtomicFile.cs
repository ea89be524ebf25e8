using System.Text;

namespace Amodal.Files;

/// <summary>
/// Writes whole files or nothing: the bytes go to a temporary file beside the target, which then takes the target's
/// name in one step. A reader, or a run that is cut off, sees the old file or the new one, never a part.
/// </summary>
internal static class AtomicFile
{
    private const int HResultDiskFull = unchecked((int)0x80070070); // Windows ERROR_DISK_FULL
    private const int HResultHandleDiskFull = unchecked((int)0x80070027); // Windows ERROR_HANDLE_DISK_FULL
    private const int ErrnoNoSpace = 28; // ENOSPC, the same on Linux and macOS

    /// <summary>Writes a file through a stream.</summary>
    /// <param name="path">The target; it is replaced if it is there, with its permissions kept, and its folder is made if it is not. Of a link,
    /// what it leads to is replaced.</param>
    /// <param name="write">Writes the content; the stream is closed for it afterwards. It may seek.</param>
    /// <remarks>What <paramref name="write"/> itself throws comes through, but an <see cref="IOException"/> becomes an
    /// <see cref="InputException"/>; the temporary file is removed in every case.</remarks>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Explaining(path, () =>
        {
            var before = CheckTarget(path);
            var target = LinkTarget.Of(path);
            var folder = Path.GetDirectoryName(target)!; // only a root has none, which is a folder
            Directory.CreateDirectory(folder);
            using var temporary = TemporaryFile.Create(folder);
            write(temporary.Stream);
            temporary.Become(target, before);
        });
    }

    /// <summary>Says what is there now, which has to be a file or nothing.</summary>
    internal static FileStatus CheckTarget(string path)
    {
        var status = FileStatus.Of(path);
        return status.Kind switch
        {
            FileKind.Folder => throw new InputException(path, null, "cannot be written: a folder has that name. Name a file in it."),
            FileKind.Other => throw new InputException(path, null, "cannot be written: it is a pipe or a device, which a file would replace. Name a file."),
            _ => status,
        };
    }

    /// <summary>Writes a text as UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Does what writes a file; where that fails, says why and what to do.</summary>
    internal static void Explaining(string path, Action write)
    {
        try
        {
            write();
        }
        catch (IOException problem)
        {
            throw new InputException(path, null, Explain(problem), problem);
        }
        catch (UnauthorizedAccessException problem)
        {
            throw new InputException(path, null, "cannot be written: no permission. Write elsewhere, or change the permissions of its folder.", problem);
        }
    }

    private static string Explain(IOException problem) => problem switch
    {
        _ when IsDiskFull(problem) => "cannot be written: no space left on device. Free some space, or write elsewhere.",
        PathTooLongException => "cannot be written: the name is too long. Choose a shorter one.",
        _ => $"cannot be written: {problem.Message}",
    };

    private static bool IsDiskFull(IOException problem) =>
        problem.HResult is HResultDiskFull or HResultHandleDiskFull
        || (!OperatingSystem.IsWindows() && (problem.HResult & 0xFFFF) == ErrnoNoSpace);
}

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
