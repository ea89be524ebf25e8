using System.IO.Compression;

namespace Amodal.Data;

/// <summary>Writes Amodal's own format; its keys stand at <see cref="NpzReader"/>.</summary>
public static class NpzWriter
{
    /// <summary>Writes a data set; the file is whole or not there, and the same content gives the same bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dataSet">The data set.</param>
    /// <param name="stop">Ends the work; nothing is written then.</param>
    /// <exception cref="InputException">The file cannot be written, or a modality's name would lead out of it.</exception>
    public static void Write(string path, DataSet dataSet, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(dataSet);
        AtomicFile.Write(path, stream =>
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            AddTexts(path, archive, NpzReader.ModalitiesKey, [.. dataSet.Modalities.Select(modality => modality.Name)]);
            foreach (var (key, names) in NamesOf(dataSet.Target))
            {
                AddTexts(path, archive, key, names);
            }

            foreach (var split in dataSet.Splits)
            {
                AddSplit(path, archive, split, stop);
            }

            stop.ThrowIfCancellationRequested();
        });
    }

    /// <summary>Writes any arrays under their keys; the file is whole or not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="arrays">Numbers, row-major, and their shapes.</param>
    /// <param name="texts">Lists of texts.</param>
    /// <exception cref="InputException">The file cannot be written, or a key would lead out of it.</exception>
    public static void Write(
        string path, IEnumerable<(string Key, float[] Values, IReadOnlyList<int> Shape)> arrays, IEnumerable<(string Key, IReadOnlyList<string> Texts)> texts) =>
        AtomicFile.Write(path, stream =>
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            foreach (var (key, values, shape) in arrays)
            {
                Add<float>(path, archive, key, "<f4", shape, values);
            }

            foreach (var (key, list) in texts)
            {
                AddTexts(path, archive, key, list);
            }
        });

    private static IEnumerable<(string Key, IReadOnlyList<string> Names)> NamesOf(Target target) => target switch
    {
        ClassTarget classes => [(NpzReader.ClassesKey, classes.Classes)],
        SeveralTarget several =>
        [
            (NpzReader.LabelNamesKey, [.. several.Parts.Select(p => p.Name)]),
            .. several.Parts.Where(p => p.Target is ClassTarget).Select(p => (NpzReader.ClassesOf(p.Name), ((ClassTarget)p.Target).Classes)),
        ],
        _ => [],
    };

    private static void AddSplit(string path, ZipArchive archive, Split split, CancellationToken stop)
    {
        AddTexts(path, archive, NpzReader.IdsKey(split.Name), split.Ids);
        if (split.Groups is { } groups)
        {
            AddTexts(path, archive, NpzReader.GroupsKey(split.Name), groups);
        }

        if (split.Speakers is { } speakers)
        {
            AddTexts(path, archive, NpzReader.SpeakersKey(split.Name), speakers);
        }

        Add<float>(path, archive, NpzReader.LabelsKey(split.Name), "<f4", split.Labels.Length == split.Count ? [split.Count] : [split.Count, split.Labels.Length / split.Count], split.Labels);
        foreach (var features in split.Features)
        {
            var modality = features.Modality;
            // One step is written with its time axis, so that lengths have something to count.
            Add<float>(path, archive, NpzReader.FeaturesKey(split.Name, modality.Name), "<f4", [split.Count, modality.Length, modality.Width], features.Values, stop);
            if (features.Lengths is { } lengths)
            {
                Add<int>(path, archive, NpzReader.LengthsKey(split.Name, modality.Name), "<i4", [split.Count], lengths);
            }
        }
    }

    private static void AddTexts(string path, ZipArchive archive, string key, IReadOnlyList<string> texts)
    {
        var encoded = texts.Select(text => Encoding.UTF32.GetBytes(text)).ToList();
        var width = Math.Max(4, encoded.Max(bytes => bytes.Length)); // NumPy has no texts of length 0
        if ((long)width * texts.Count > Array.MaxLength)
        {
            throw new InputException(path, $"array '{key}'", $"would take {(long)width * texts.Count} bytes, because one text of it has {width / 4} characters. Shorten it.");
        }

        var content = new byte[width * texts.Count];
        for (var i = 0; i < encoded.Count; i++)
        {
            encoded[i].CopyTo(content, i * width);
        }

        Add<byte>(path, archive, key, $"<U{width / 4}", [texts.Count], content);
    }

    private static void Add<T>(string path, ZipArchive archive, string key, string type, IReadOnlyList<int> shape, ReadOnlySpan<T> values, CancellationToken stop = default)
        where T : unmanaged
    {
        const int part = 1 << 20;
        if (NpzArchive.LeadsOut(key))
        {
            throw new InputException(path, $"array '{key}'", "would leave its folder when the file is unpacked; give the modality a name without '..'.");
        }

        var entry = archive.CreateEntry(key + ".npy", CompressionLevel.Fastest);
        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // the same content, the same bytes
        using var stream = entry.Open();
        stream.Write(NpyHeader.Bytes(type, shape));
        for (; values.Length > part; values = values[part..])
        {
            stop.ThrowIfCancellationRequested();
            stream.Write(MemoryMarshal.AsBytes(values[..part]));
        }

        stream.Write(MemoryMarshal.AsBytes(values));
    }
}
