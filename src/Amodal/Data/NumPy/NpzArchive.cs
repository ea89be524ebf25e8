using System.IO.Compression;
using System.IO.Hashing;

namespace Amodal.Data.NumPy;

/// <summary>Reads .npz files (zip archives of .npy arrays).</summary>
internal static class NpzArchive
{
    private const int MaxEntries = 100_000;
    private const int MostThatDeflateGives = 1100; // 1032 bytes from one, and some for the frame

    /// <summary>Reads all arrays of an archive, in its order; names are without .npy.</summary>
    /// <param name="limits">What it may cost; the defaults if null.</param>
    public static IReadOnlyList<KeyValuePair<string, NumPyArray>> Read(string path, ReadLimits? limits = null)
    {
        limits ??= new ReadLimits();
        using var file = InputFile.Open(path);
        try
        {
            using var archive = new ZipArchive(file, ZipArchiveMode.Read);
            CheckSizes(path, file.Length, archive, limits);
            return [.. archive.Entries.Select(entry => ReadEntry(path, entry, limits.Stop, limits.Watch(path, file)))];
        }
        catch (InvalidDataException problem)
        {
            throw new InputException(path, null, $"is a damaged zip archive: {problem.Message} Copy or export it again.", problem);
        }
        catch (Exception problem) when (problem is IOException or NotSupportedException or ArgumentException)
        {
            throw new InputException(path, null, $"cannot be read as a zip archive: {problem.Message}", problem);
        }
    }

    // The directory says how much will come out; each entry is then held to what it said.
    private static void CheckSizes(string path, long fileLength, ZipArchive archive, ReadLimits limits)
    {
        var allowed = limits.Unfolded(fileLength);
        if (archive.Entries.Count > MaxEntries)
        {
            throw new InputException(path, null, $"holds {archive.Entries.Count} arrays; at most {MaxEntries} make sense.");
        }

        var total = 0L;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in archive.Entries)
        {
            if (!entry.FullName.EndsWith(".npy", StringComparison.Ordinal))
            {
                throw new InputException(path, $"entry '{entry.FullName}'", "is not an .npy array, so the file is no .npz of NumPy. Write it with numpy.savez (a model of PyTorch is no data set).");
            }

            if (LeadsOut(entry.FullName))
            {
                throw new InputException(path, $"entry '{entry.FullName}'", "would leave its folder when the file is unpacked, as no array of NumPy does. Write the file again.");
            }

            if (!names.Add(entry.FullName))
            {
                throw new InputException(path, $"entry '{entry.FullName}'", "occurs twice. Write the file again.");
            }

            total += Math.Max(0, Math.Min(entry.Length, long.MaxValue / 2 / MaxEntries));
            if (entry.Length < 0 || total > allowed || entry.Length / MostThatDeflateGives > entry.CompressedLength)
            {
                throw new InputException(path, $"entry '{entry.FullName}'", $"unfolds to {entry.Length} bytes, {total} with those before it; the limit for a file of this size is {allowed}. If you trust it, unpack it and import the folder, or raise the limit.");
            }
        }
    }

    /// <summary>Whether a program that unpacks an entry of that name beneath a folder would write outside it.</summary>
    internal static bool LeadsOut(string name) =>
        name.StartsWith('/') || name.StartsWith('\\') || name.Split('/', '\\').Contains("..") || (name.Length > 1 && name[1] == ':');

    private static KeyValuePair<string, NumPyArray> ReadEntry(string path, ZipArchiveEntry entry, CancellationToken stop, Action? filled)
    {
        var checksum = new Crc32(); // the framework does not look at the archive's
        using var source = new ByteSource($"{path}: entry '{entry.FullName}'", entry.Open(), null, entry.Length) { Checksum = checksum, Stop = stop, Filled = filled };
        var array = NpyFile.Read(source);
        if (source.Offset != entry.Length || source.PeekByte() >= 0 || checksum.GetCurrentHashAsUInt32() != entry.Crc32)
        {
            throw new InputException(path, $"entry '{entry.FullName}'", "has another size or checksum than it says: the file is damaged. Copy or export it again.");
        }

        return new(entry.FullName[..^4], array);
    }
}
