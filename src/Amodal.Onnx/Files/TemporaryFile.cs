using System.Text.RegularExpressions;

namespace Amodal.Files;

/// <summary>
/// A file under a name of its own that becomes another in one step, or goes. It is locked while its process lives, which tells it from
/// one that a killed process left behind: those are removed when the next temporary file is made in their folder.
/// </summary>
internal sealed partial class TemporaryFile : IDisposable
{
    private const string FolderSuffix = ".d";
    private const int Attempts = 3;
    private readonly string _path;
    private bool _isMoved;

    private TemporaryFile(string path) =>
        // Shared for reading: the lock of a reader of the finished file then does not stand against ours.
        (_path, Stream) = (path, new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, 1 << 16));

    /// <summary>Takes the content.</summary>
    public FileStream Stream { get; }

    /// <summary>Makes one, and removes what killed processes left in that folder.</summary>
    public static TemporaryFile Create(string folder)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var file = new TemporaryFile(Path.Combine(folder, $".amodal-{Guid.NewGuid():N}.tmp"));
                // Another process may have taken it for abandoned before it was locked.
                if (File.Exists(file._path))
                {
                    file.RemoveAbandoned(folder);
                    return file;
                }

                file.Dispose();
            }
            catch (IOException) when (attempt < Attempts)
            {
            }
        }
    }

    /// <summary>Makes the folder that goes with this file: abandoned when this is.</summary>
    public string CreateFolder() => Directory.CreateDirectory(_path + FolderSuffix).FullName;

    /// <summary>Takes the target's name, with the permissions and the owner of what was there.</summary>
    public void Become(string target, FileStatus before)
    {
        Stream.Flush(flushToDisk: true); // or the new name could outlive a power cut that the bytes do not
        before.PutOn(Stream);
        File.Move(_path, target, overwrite: true); // while it is locked, so that nobody takes it for abandoned
        _isMoved = true;
    }

    public void Dispose()
    {
        Quietly(() =>
        {
            if (Directory.Exists(_path + FolderSuffix))
            {
                Directory.Delete(_path + FolderSuffix, recursive: true);
            }
        });
        if (!_isMoved)
        {
            Quietly(() => File.Delete(_path));
        }

        Quietly(Stream.Dispose);
    }

    private void RemoveAbandoned(string folder) => Quietly(() =>
    {
        var others = Directory.EnumerateFiles(folder, ".amodal-*.tmp").Where(f => f != _path && OwnName().IsMatch(Path.GetFileName(f))).ToList();
        if (others.Count == 0 || !IsHeld(_path))
        {
            return; // on some network disks nothing holds, and every file would seem abandoned
        }

        foreach (var other in others)
        {
            Quietly(() =>
            {
                using var held = new FileStream(other, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                if (Directory.Exists(other + FolderSuffix))
                {
                    Directory.Delete(other + FolderSuffix, recursive: true);
                }

                File.Delete(other);
            });
        }
    });

    private static bool IsHeld(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    // The first error is the one to tell; a temporary file left behind harms nobody and is tried again.
    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    [GeneratedRegex(@"^\.amodal-[0-9a-f]{32}\.tmp$")]
    private static partial Regex OwnName();
}
