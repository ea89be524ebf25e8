using System.IO.Compression;
using System.IO.Hashing;
using Amodal.Data.Pickles;

namespace Amodal.Data.Checkpoints;

/// <summary>
/// Reads the tensors of a PyTorch checkpoint, torch.save(model.state_dict(), path) of torch 1.6 and later, without torch
/// and without running anything: a zip archive of one pickle, which names and describes the tensors, and an unpacked
/// entry for the numbers of each storage.
/// </summary>
internal static class TorchArchive
{
    private const int MaxEntries = 1_000_000;
    private const string Pickle = "data.pkl";
    private const string Advice = "Copy or save it again.";
    private static readonly byte[] _zip = "PK\x03\x04"u8.ToArray();

    // Protocol 2 and the magic number 0x1950a86a20f9469cfc6c, with which torch's format before 1.6 begins.
    private static readonly byte[] _legacy = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    /// <summary>Reads the tensors, in the file's order; each is C-ordered, and bfloat16 comes as float32.</summary>
    /// <param name="wanted">Asked for every tensor's name; those it declines are checked, but their numbers are not read. Null wants all.</param>
    /// <param name="limits">What it may cost; the defaults if null.</param>
    public static IReadOnlyList<KeyValuePair<string, NumPyArray>> Read(string path, Predicate<string>? wanted = null, ReadLimits? limits = null)
    {
        limits ??= new ReadLimits();
        using var file = InputFile.Open(path);
        CheckFormat(path, InputFile.Head(file, _legacy.Length));
        try
        {
            using var archive = new ZipArchive(file, ZipArchiveMode.Read);
            CheckEntries(path, file.Length, archive);
            return ReadTensors(path, Describe(path, archive, limits), wanted ?? (_ => true), limits.Unfolded(file.Length));
        }
        catch (InvalidDataException problem)
        {
            throw new InputException(path, null, $"is a damaged zip archive, perhaps cut off: {problem.Message} {Advice}", problem);
        }
        catch (Exception problem) when (problem is IOException or NotSupportedException or ArgumentException)
        {
            throw new InputException(path, null, $"cannot be read as a zip archive: {problem.Message}", problem);
        }
    }

    private static void CheckFormat(string path, byte[] head)
    {
        if (head.AsSpan().SequenceEqual(_legacy))
        {
            throw new InputException(path, null, "is a checkpoint in the format before torch 1.6, which is no zip archive and is not read. Load it with a newer torch and save it again: torch.save(torch.load(path), path).");
        }

        if (!head.AsSpan().StartsWith(_zip))
        {
            throw new InputException(path, null, "is no zip archive, so no checkpoint of torch 1.6 or later. Give what torch.save(model.state_dict(), path) wrote.");
        }
    }

    /// <summary>Every entry is stored as it is, so that all of them together are no larger than the file.</summary>
    private static void CheckEntries(string path, long fileLength, ZipArchive archive)
    {
        if (archive.Entries.Count > MaxEntries)
        {
            throw new InputException(path, null, $"holds {archive.Entries.Count} entries; a checkpoint has at most {MaxEntries}.");
        }

        var total = 0L;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in archive.Entries)
        {
            if (!names.Add(entry.FullName))
            {
                throw new InputException(path, $"entry '{entry.FullName}'", $"occurs twice. {Advice}");
            }

            if (entry.Length < 0 || entry.Length != entry.CompressedLength)
            {
                throw new InputException(path, $"entry '{entry.FullName}'", "is packed, which torch.save never does. Save the checkpoint again with torch.");
            }

            total += Math.Min(entry.Length, fileLength);
            if (total > fileLength)
            {
                throw new InputException(path, $"entry '{entry.FullName}'", $"claims {entry.Length} bytes, more with those before it than the {fileLength} of the file: it is damaged. {Advice}");
            }
        }
    }

    private static List<KeyValuePair<string, TorchTensor>> Describe(string path, ZipArchive archive, ReadLimits limits)
    {
        var pickles = archive.Entries.Where(e => e.FullName == Pickle || e.FullName.EndsWith("/" + Pickle, StringComparison.Ordinal)).ToList();
        if (pickles is not [var pickle])
        {
            throw new InputException(path, $"entry '{Pickle}'", pickles.Count == 0
                ? "is missing, so the archive is no checkpoint. Give what torch.save(model.state_dict(), path) wrote."
                : $"is there {pickles.Count} times. {Advice}");
        }

        var root = pickle.FullName[..^Pickle.Length];
        if (archive.GetEntry(root + "constants.pkl") is not null)
        {
            throw new InputException(path, null, "is a TorchScript program (torch.jit.save). Save the state dictionary alone: torch.save(model.state_dict(), path).");
        }

        var folder = root + "data/";
        var storages = archive.Entries.Where(e => e.FullName.StartsWith(folder, StringComparison.Ordinal)).ToDictionary(e => e.FullName[folder.Length..], StringComparer.Ordinal);
        var torch = new TorchPickle(storages, IsBigEndian(path, archive.GetEntry(root + "byteorder")));
        var name = $"{path}: entry '{pickle.FullName}'";
        using var source = new ByteSource(name, new MemoryStream(Content(path, pickle)), pickle.Length, pickle.Length);
        return Tensors(name, new PickleMachine(source, limits, torch).Run());
    }

    private static bool IsBigEndian(string path, ZipArchiveEntry? entry) => entry is { Length: <= 16 } && Encoding.ASCII.GetString(Content(path, entry)) == "big";

    private static List<KeyValuePair<string, TorchTensor>> Tensors(string name, object? value)
    {
        if (value is not PickleDictionary dictionary)
        {
            throw new InputException(name, null, $"holds {PickleReader.NameOf(value)}, not tensors by name. Save the state dictionary alone: torch.save(model.state_dict(), path).");
        }

        return [.. dictionary.Entries.Select(entry => entry is { Key: string key, Value: TorchTensor tensor }
            ? new KeyValuePair<string, TorchTensor>(key, tensor)
            : throw new InputException(name, entry.Key is string text ? $"'{text}'" : null,
                $"is {PickleReader.NameOf(entry.Value)}, not a tensor. Save the state dictionary alone: torch.save(model.state_dict(), path)."))];
    }

    private static List<KeyValuePair<string, NumPyArray>> ReadTensors(
        string path, List<KeyValuePair<string, TorchTensor>> tensors, Predicate<string> wanted, long allowed)
    {
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal); // a storage may serve several tensors
        var read = new List<KeyValuePair<string, NumPyArray>>();
        foreach (var (name, tensor) in tensors.Where(t => wanted(t.Key)))
        {
            var entry = tensor.Storage.Entry;
            if (!contents.TryGetValue(entry.FullName, out var bytes))
            {
                contents[entry.FullName] = bytes = Content(path, entry);
            }

            // Copies: a small storage could be asked for any number of times.
            allowed -= tensor.IsContiguous && !tensor.Storage.IsBrainFloat ? 0 : tensor.Count * 8;
            if (allowed < 0)
            {
                throw new InputException(path, $"tensor '{name}'", $"and those before it share storages to take more memory than a file of this size should. {Advice}");
            }

            read.Add(new(name, tensor.Read(bytes, problem => new InputException(path, $"tensor '{name}'", problem))));
        }

        return read;
    }

    private static byte[] Content(string path, ZipArchiveEntry entry)
    {
        if (entry.Length > Array.MaxLength)
        {
            throw new InputException(path, $"entry '{entry.FullName}'", $"has {entry.Length} bytes; at most {Array.MaxLength} can be read.");
        }

        using var stream = entry.Open();
        var bytes = new byte[entry.Length];
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length && stream.Read(new byte[1]) == 0 && Crc32.HashToUInt32(bytes) == entry.Crc32
            ? bytes
            : throw new InputException(path, $"entry '{entry.FullName}'", $"has another size or checksum than it says: the file is damaged. {Advice}");
    }
}
