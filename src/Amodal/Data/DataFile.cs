using System.IO.Compression;

namespace Amodal.Data;

/// <summary>Reads a data set from any of the forms that Amodal knows, told apart by content and not by name.</summary>
public static class DataFile
{
    /// <summary>Reads a data set.</summary>
    /// <param name="path">An .npz file of ours, a pickle of the MMSA layout (also gzipped), or a folder.</param>
    /// <param name="folder">Names of files and columns if it is a folder; the defaults if null.</param>
    /// <param name="limits">What a file may cost; the defaults if null.</param>
    /// <param name="target">
    /// What the labels are to be: <c>new("score")</c>, or <c>new("classes")</c>, with the classes' names where a model knows them already. Null takes
    /// what the file says, and a score where it has both.
    /// </param>
    /// <exception cref="InputException">It is not there, cannot be opened, is none of these forms, is not sound, or has no such labels.</exception>
    public static DataSet Read(string path, FolderOptions? folder = null, ReadLimits? limits = null, TargetSpec? target = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(path, folder, limits ?? new ReadLimits(), new DataSetBuilder(path, asked: target));
    }

    /// <summary>
    /// Reads utterances for a trained model: as <see cref="Read(string, FolderOptions, ReadLimits, TargetSpec)"/>, but labels need not be
    /// there (NaN stands for them), one modality is enough, and so is a file whose arrays are not divided into splits.
    /// </summary>
    /// <param name="path">As above.</param>
    /// <param name="split">The split; null takes the only one, or test.</param>
    /// <param name="folder">As above.</param>
    /// <param name="limits">As above.</param>
    /// <param name="target">What the model predicts, so that labels that are there are read alike; as above.</param>
    /// <returns>A data set of that split alone, without a digest.</returns>
    /// <exception cref="InputException">As above, or the split is not there.</exception>
    public static DataSet ReadUtterances(string path, string? split = null, FolderOptions? folder = null, ReadLimits? limits = null, TargetSpec? target = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(path, folder, limits ?? new ReadLimits(), new DataSetBuilder(path, needsLabels: false, split, target));
    }

    /// <summary>Reads utterances of every split for <see cref="DataSet.WithUnlabelled"/>: as <see cref="ReadUtterances"/>.</summary>
    /// <param name="path">As above.</param>
    /// <param name="folder">As above.</param>
    /// <param name="limits">As above.</param>
    /// <exception cref="InputException">As above.</exception>
    public static DataSet ReadUnlabelled(string path, FolderOptions? folder = null, ReadLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(path, folder, limits ?? new ReadLimits(), new DataSetBuilder(path, needsLabels: false, everySplit: true));
    }

    private static DataSet Read(string path, FolderOptions? folder, ReadLimits limits, DataSetBuilder builder)
    {
        if (Directory.Exists(path))
        {
            return FolderReader.Read(path, folder, limits, builder);
        }

        return FormOf(path) switch
        {
            Form.Zip => NpzReader.Read(path, limits, builder),
            Form.Pickle => MmsaReader.Read(path, limits, builder),
            _ => throw new InputException(path, null, "is no data set that Amodal knows: an .npz file, a pickle of the MMSA layout (also gzipped) or a folder with a table and .npy files is needed."),
        };
    }

    private enum Form
    {
        Unknown,
        Pickle,
        Zip,
    }

    private static Form FormOf(string path)
    {
        using var file = InputFile.Open(path);
        var head = InputFile.Head(file, 32);
        return head is [0x1F, 0x8B, ..] ? FormOf(path, Unpacked(path, file)) : FormOf(path, head);
    }

    private static Form FormOf(string path, byte[] head) => head switch
    {
        [] => throw new InputException(path, null, "is empty. Copy or export it again."),
        [(byte)'P', (byte)'K', ..] => Form.Zip,
        // A pickle of protocol 2 and later says so; an earlier one that holds a dictionary or a group begins with these.
        [0x80, ..] or [(byte)'(', ..] or [(byte)'}', ..] or [(byte)']', ..] => Form.Pickle,
        [0x93, (byte)'N', (byte)'U', ..] => throw new InputException(path, null, "is a single .npy array. Put one per modality into a folder with a table utterances.csv, and name the folder."),
        [0x89, (byte)'H', (byte)'D', (byte)'F', ..] => throw new InputException(path, null, "is an HDF5 file, which is not read. Export the arrays with numpy.savez."),
        _ when Encoding.ASCII.GetString(head).StartsWith("version https://git-lfs", StringComparison.Ordinal) =>
            throw new InputException(path, null, "is a Git LFS pointer, not the data. Get the data with: git lfs pull."),
        _ => Form.Unknown,
    };

    private static byte[] Unpacked(string path, FileStream file)
    {
        try
        {
            using var unpacked = new GZipStream(file, CompressionMode.Decompress);
            var head = new byte[32];
            return head[..unpacked.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException)
        {
            throw new InputException(path, null, "is a damaged gzip file. Copy or download it again.", problem);
        }
    }
}
