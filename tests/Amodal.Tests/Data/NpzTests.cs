using System.IO.Compression;
using Amodal.Data;
using Amodal.Data.Inspection;
using Amodal.Data.NumPy;
using Amodal.Data.Synthetic;
using CsCheck;

namespace Amodal.Tests.Data;

public sealed class NpzTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Round_trip_keeps_everything()
    {
        Gen.Select(Gen.ULong, Gen.Int[1, 5].Array[1, 3], Gen.Bool).Sample(
            (seed, counts, lengths) =>
            {
                var data = Examples.DataSet(seed, counts, lengths);
                var path = Path.Combine(_folder.Name, $"{seed}.npz");
                NpzWriter.Write(path, data);
                var again = DataFile.Read(path);
                Assert.Equal(data.Digest, again.Digest);
                Assert.Equal(data.Modalities, again.Modalities);
                Assert.Equal(data.Splits.SelectMany(split => split.Ids), again.Splits.SelectMany(split => split.Ids));
                Assert.Equal(data.Splits[0].Features[0].Values, again.Splits[0].Features[0].Values);
                Assert.Equal(data.Splits[0].Features[0].Lengths, again.Splits[0].Features[0].Lengths);
            },
            iter: 30);
    }

    [Theory]
    [InlineData("../up")]
    [InlineData("a/../../up")]
    [InlineData("..\\up")]
    public void Names_that_lead_out_of_the_folder_are_neither_written_nor_read(string name)
    {
        var path = Path.Combine(_folder.Name, "out.npz");
        var problem = Assert.Throws<InputException>(() => NpzWriter.Write(path, [($"recovered/{name}", [1f], [1])], []));
        Assert.Contains(name, problem.Place, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
        Assert.Contains("leave its folder", Assert.Throws<InputException>(() => NpzArchive.Read(Archive(($"train/{name}.npy", Npy("<f4", "()", new byte[4]))))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/up.npy")]
    [InlineData("\\up.npy")]
    [InlineData("C:up.npy")]
    public void Absolute_names_are_not_read(string name) =>
        Assert.Contains("leave its folder", Assert.Throws<InputException>(() => NpzArchive.Read(Archive((name, Npy("<f4", "()", new byte[4]))))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_stop_ends_reading_and_writing_and_leaves_nothing()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var path = Path.Combine(_folder.Name, "a.npz");
        Assert.Throws<OperationCanceledException>(() => NpzWriter.Write(path, Examples.DataSet(3, [2, 2]), stop.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Name));
        NpzWriter.Write(path, Examples.DataSet(3, [2, 2]));
        Assert.Throws<OperationCanceledException>(() => DataFile.Read(path, limits: new ReadLimits { Stop = stop.Token }));
        Assert.Throws<OperationCanceledException>(() => DataInspector.Inspect(DataFile.Read(path), stop.Token));
        Assert.Throws<OperationCanceledException>(() => SyntheticData.Generate(new SyntheticOptions { Utterances = 20 }, stop.Token));
    }

    [Fact]
    public void The_same_data_give_the_same_bytes()
    {
        var paths = new[] { "a.npz", "b.npz" }.Select(name => Path.Combine(_folder.Name, name)).ToArray();
        Array.ForEach(paths, path => NpzWriter.Write(path, Examples.DataSet(3, [2, 2])));
        Assert.Equal(File.ReadAllBytes(paths[0]), File.ReadAllBytes(paths[1]));
    }

    [Fact]
    public void The_digest_of_the_same_content_stays_for_ever() // runs know their data by it
    {
        // SHA-256 over the bytes that DataDigest.Compute lists, packed by hand with Python's struct.
        Modality[] modalities = [new("text", 2, 1), new("λ", 1, 2)];
        Split[] splits = [new("train", ["a", "b$_$1"], [-1.5f, 2], [new(modalities[0], [1, 2, 3, 4], [2, 1]), new(modalities[1], [5, 6, 7, 8])], ["group", "other"])];
        Assert.Equal("94e9092e3df60ba378f982dd12d41869dbcfc602854fd75ac5e3bb86fd0d5941", DataDigest.Compute(modalities, splits));
    }

    [Fact]
    public void The_digest_tells_every_change()
    {
        var data = Examples.DataSet(1, [2]);
        var split = data.Splits[0];
        string Digest(Split other) => DataDigest.Compute(data.Modalities, [other]);
        Split With(Func<float[], float[]> change) => new(split.Name, split.Ids, split.Labels, [new(data.Modalities[0], change(split.Features[0].Values), split.Features[0].Lengths), .. split.Features.Skip(1)]);
        Assert.Equal(data.Digest, Digest(With(values => values)));
        string[] changed =
        [
            data.Digest,
            Digest(With(values => [values[0] + 1, .. values[1..]])),
            Digest(new("valid", split.Ids, split.Labels, split.Features)),
            Digest(new(split.Name, ["a", "b"], split.Labels, split.Features)),
            Digest(new(split.Name, split.Ids, [0, 0], split.Features)),
            Digest(new(split.Name, split.Ids, split.Labels, [.. split.Features.Select(f => new FeatureArray(f.Modality, f.Values))])),
            DataDigest.Compute([.. data.Modalities.Select(m => m with { Name = m.Name + "x" })], [split]),
        ];
        Assert.Equal(changed.Length, changed.Distinct().Count());
    }

    [Fact]
    public void A_file_by_NumPy_without_modalities_or_ids_is_read_in_its_order()
    {
        // (rows, width) arrays, float64 and Fortran order, as numpy.savez writes what it is given.
        var path = Archive(("train/z.npy", Npy("<f8", "(2, 2)", Doubles(1, 2, 3, 4), fortran: true)), ("train/a.npy", Npy("<f4", "(2, 1)", new byte[8])), ("train.labels.npy", Npy("<f8", "(2,)", Doubles(1, -1))), ("other.npy", Npy("<f4", "()", new byte[4])));
        var data = DataFile.Read(path);
        Assert.Equal([new("z", 1, 2), new("a", 1, 1)], data.Modalities);
        Assert.Equal([1, 3, 2, 4], data["train"].Features[0].Values);
        Assert.Contains("Amodal does not know the array 'other'; it was left out.", data.Notes);
    }

    [Theory]
    [InlineData("(2000000000,)", "<f8", "more than")]
    [InlineData("(3,)", "<f4", "size")]
    [InlineData("(1,)", "<f4", "size")]
    [InlineData("(2,)", "|O", "pickled Python objects")]
    [InlineData("(-2,)", "<f4", "cannot be")]
    [InlineData("(2,)", "<q9", "unknown number type")]
    [InlineData("(99999999999999999999,)", "<f4", "cannot be")]
    public void Hostile_headers_are_refused(string shape, string type, string expected)
    {
        var problem = Assert.Throws<InputException>(() => NpzArchive.Read(Archive(("a.npy", Npy(type, shape, new byte[8])))));
        Assert.True(problem.Message.Contains(expected, StringComparison.Ordinal) || problem.Message.Contains("unpacks to more", StringComparison.Ordinal), problem.Message);
    }

    [Theory]
    [InlineData(65536, null)]
    [InlineData(65600, "has an .npy header of 65600 bytes; at most 65536 make sense")]
    public void A_header_has_a_limit(int length, string? expected)
    {
        var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }".PadRight(length - 1) + "\n";
        byte[] array = [0x93, .. "NUMPY"u8, 2, 0, .. BitConverter.GetBytes(length), .. System.Text.Encoding.ASCII.GetBytes(text), .. BitConverter.GetBytes(7f)];
        var path = _folder.Write("a.npy", array);
        if (expected is null)
        {
            Assert.Equal([7f], NpyFile.Read(path).ToFloats());
        }
        else
        {
            Assert.Contains(expected, Assert.Throws<InputException>(() => NpyFile.Read(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Groups_and_speakers_are_one_text_per_utterance()
    {
        var arrays = new[] { ("train/a.npy", Npy("<f4", "(2, 1)", new byte[8])), ("train/b.npy", Npy("<f4", "(2, 1)", new byte[8])), ("train.labels.npy", Npy("<f4", "(2,)", new byte[8])) };
        Assert.Contains("array 'train.groups': is float32 (2,); one text per utterance", Refusal([.. arrays, ("train.groups.npy", Npy("<f4", "(2,)", new byte[8]))]).Message, StringComparison.Ordinal);
        Assert.Contains("array 'train.groups': has 1 texts, but there are 2 labels", Refusal([.. arrays, ("train.groups.npy", Npy("<U1", "(1,)", new byte[4]))]).Message, StringComparison.Ordinal);
        Assert.Contains("array 'train.speakers': has 1 texts, but there are 2 labels", Refusal([.. arrays, ("train.speakers.npy", Npy("<U1", "(1,)", new byte[4]))]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_are_not_finite_survive_a_copy()
    {
        float[] values = [float.NaN, 1, float.NegativeInfinity, 2];
        var path = Archive(("train/a.npy", Npy("<f4", "(4, 1)", [.. values.SelectMany(BitConverter.GetBytes)])), ("train/b.npy", Npy("<f4", "(4, 1)", new byte[16])), ("train/text_bert.npy", Npy("<f4", "(4, 1)", new byte[16])), ("train.labels.npy", Npy("<f4", "(4,)", new byte[16])));
        var data = NpzReader.Read(path);
        Assert.Equal([float.NaN, 1, float.NaN, 2], data["train"].Features[0].Values);
        Assert.Equal(2, data["train"].Features[0].NonFiniteReplaced);
        Assert.Contains("array 'train/text_bert' is no modality and was left out: it holds token ids", string.Join('\n', data.Notes), StringComparison.Ordinal);
        var copy = Path.Combine(_folder.Name, "copy.npz");
        NpzWriter.Write(copy, data);
        Assert.Equal(data.Digest, NpzReader.Read(copy).Digest);
        Assert.Contains("'a' in train has 2 NaN or infinite numbers; the training mean stands for them.", NpzReader.Read(copy).Notes);
    }

    [Fact]
    public void A_zip_bomb_is_refused()
    {
        var path = Archive(("a.npy", Npy("|u1", "(3000000,)", new byte[3_000_000])));
        var problem = Assert.Throws<InputException>(() => NpzArchive.Read(path, new ReadLimits { FreeBytes = 1_000_000, MaxExpansion = 50 }));
        Assert.Contains("the limit for a file of this size is 1000000", problem.Message, StringComparison.Ordinal);
        Assert.Equal(3_000_000, Assert.Single(NpzArchive.Read(path)).Value.Count);
    }

    [Fact]
    public void An_archive_of_something_else_is_refused() =>
        Assert.Contains("no .npz of NumPy", Assert.Throws<InputException>(() => DataFile.Read(Archive(("archive/data.pkl", [0x80, 2])))).Message, StringComparison.Ordinal);

    [Fact]
    public void Damage_anywhere_is_bad_input_or_changes_nothing()
    {
        var path = Path.Combine(_folder.Name, "whole.npz");
        var data = Examples.DataSet(1, [2]);
        NpzWriter.Write(path, data);
        var whole = File.ReadAllBytes(path);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length]).Sample(
            (place, value, length) =>
            {
                var damaged = whole.ToArray();
                damaged[place] = value;
                foreach (var content in new[] { damaged, whole[..length] })
                {
                    try
                    {
                        // A name in the archive's directory may change to one that is noted and left out, but never a number.
                        var read = NpzReader.Read(_folder.Write($"{Environment.CurrentManagedThreadId}.npz", content));
                        Assert.Equal(data.Splits[0].Labels, read.Splits[0].Labels);
                    }
                    catch (InputException)
                    {
                    }
                }
            },
            iter: 1000);
    }

    [Fact]
    public void Lacking_and_wrong_arrays_are_refused()
    {
        var features = new[] { ("train/a.npy", Npy("<f4", "(2, 1)", new byte[8])), ("train/b.npy", Npy("<f4", "(2, 1)", new byte[8])) };
        Assert.Contains("has no labels. Put one number per utterance under 'train.labels'", Refusal([.. features]).Message, StringComparison.Ordinal);
        Assert.Contains("array 'train.labels': is float32 (2, 1); one number per utterance", Refusal([.. features, ("train.labels.npy", Npy("<f4", "(2, 1)", new byte[8]))]).Message, StringComparison.Ordinal);
        Assert.Contains("array 'train/c': is int32 (2, 1); a float array", Refusal([.. features, ("train/c.npy", Npy("<i4", "(2, 1)", new byte[8])), ("train.labels.npy", Npy("<f4", "(2,)", new byte[8]))]).Message, StringComparison.Ordinal);
        Assert.Contains("none of the splits", Refusal(("dev/a.npy", Npy("<f4", "(2, 1)", new byte[8]))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Doubles(params double[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] Npy(string type, string shape, byte[] content, bool fortran = false)
    {
        var header = $"{{'descr': '{type}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(header), .. content];
    }

    private string Archive(params (string Name, byte[] Content)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in entries)
            {
                using var stream = archive.CreateEntry(name).Open();
                stream.Write(content);
            }
        }

        return _folder.Write("archive.npz", bytes.ToArray());
    }

    private InputException Refusal(params (string Name, byte[] Content)[] entries) => Assert.Throws<InputException>(() => DataFile.Read(Archive(entries)));
}
