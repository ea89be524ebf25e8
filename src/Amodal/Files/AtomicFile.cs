using System.Text;

namespace Amodal.Files;

/// <summary>
/// Writes whole files or nothing: the bytes go to a temporary file beside the target, which then takes the target's
/// name in one step. A reader, or a run that is cut off, sees the old file or the new one, never a part.
/// </summary>
public static class AtomicFile
{
    private const int HResultDiskFull = unchecked((int)0x80070070); // Windows ERROR_DISK_FULL
    private const int HResultHandleDiskFull = unchecked((int)0x80070027); // Windows ERROR_HANDLE_DISK_FULL
    private const int ErrnoNoSpace = 28; // ENOSPC, the same on Linux and macOS

    /// <summary>Writes a file through a stream.</summary>
    /// <param name="path">The target; it is replaced if it is there, and its folder is made if it is not.</param>
    /// <param name="write">Writes the content; the stream is closed for it afterwards. It may seek.</param>
    /// <exception cref="InputException">The file cannot be written; the old file, if any, is as it was.</exception>
    /// <remarks>What <paramref name="write"/> itself throws comes through, but an <see cref="IOException"/> becomes an
    /// <see cref="InputException"/>; the temporary file is removed in every case.</remarks>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string? temporary = null;
        try
        {
            Explaining(path, () =>
            {
                var target = Path.GetFullPath(path);
                var folder = Path.GetDirectoryName(target) ?? throw new InputException(path, null, "is a folder, not a file name; name a file in it.");
                if (Directory.Exists(target))
                {
                    throw new InputException(path, null, "cannot be written: a folder has that name. Name a file in it.");
                }

                Directory.CreateDirectory(folder);
                temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
                using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true); // or the new name could outlive a power cut that the bytes do not
                }

                File.Move(temporary, target, overwrite: true);
                temporary = null;
            });
        }
        finally
        {
            Remove(temporary);
        }
    }

    /// <summary>Writes a text as UTF-8 without a byte order mark.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public static void WriteText(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Does what writes a file; where that fails, says why and what to do.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
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

    private static void Remove(string? temporary)
    {
        if (temporary is null)
        {
            return;
        }

        try
        {
            File.Delete(temporary);
        }
        catch (IOException)
        {
            // The first error is the one to tell; a temporary file left behind harms nobody.
        }
        catch (UnauthorizedAccessException)
        {
        }
    }
}
