using Amodal.Data;

namespace Amodal.Tests.Data;

/// <summary>Files that a trained model is put to use on: less has to be in them than in those that one learns from.</summary>
public sealed class UtteranceFileTests : IDisposable
{
    private static readonly Modality[] _known = [new("text", 3, 2), new("sound", 2, 1)];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_npz_of_nothing_but_arrays_is_enough()
    {
        var data = DataFile.ReadUtterances(Npz(("text", [1, 2, 3, 4], [2, 1, 2])));
        Assert.Equal((1, "test", 2), (data.Splits.Count, data.Splits[0].Name, data.Splits[0].Count));
        Assert.Equal(["test_0", "test_1"], data.Splits[0].Ids);
        Assert.All(data.Splits[0].Labels, label => Assert.True(float.IsNaN(label)));
        Assert.Contains("holds none of the splits", Assert.Throws<InputException>(() => DataFile.Read(Path.Combine(_folder.Name, "a.npz"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_split_in_question_is_read_and_test_where_none_is_asked()
    {
        var path = Npz(("train/text", [1, 2], [1, 2]), ("valid/text", [1, 2, 3, 4], [2, 2]), ("test/sound", [1, 2, 3], [3, 1]));
        Assert.Equal(3, DataFile.ReadUtterances(path).Splits.Single().Count);
        Assert.Equal("text", DataFile.ReadUtterances(path, "valid").Modalities.Single().Name);
        Refused("split 'dev': is not there; the file holds train, valid, test", () => DataFile.ReadUtterances(path, "dev"));
        path = Npz(("train/text", [1, 2], [1, 2]), ("valid/text", [1, 2, 3, 4], [2, 2]));
        Refused("holds the splits train, valid; say which to use", () => DataFile.ReadUtterances(path));
        Assert.Equal("valid", DataFile.ReadUtterances(Npz(("valid/text", [1, 2], [1, 2]))).Splits.Single().Name);
        Refused("holds no features", () => DataFile.ReadUtterances(Npz(("smell", [1], [1]))));
    }

    [Fact]
    public void A_pickle_needs_no_labels_and_no_splits()
    {
        (string, Action<PickleBytes>)[] rows = [("id", p => p.List("a", "b")), ("text", p => p.Floats([2, 1, 2], 1, 2, 3, 4))];
        foreach (var bytes in new[] { new PickleBytes(4).Dictionary(rows), new PickleBytes(4).Dictionary(("test", p => p.Dictionary(rows))) })
        {
            var split = DataFile.ReadUtterances(_folder.Write("a.pkl", bytes.Done())).Splits.Single();
            Assert.Equal(["a", "b"], split.Ids);
            Assert.Equal([1, 2, 3, 4], split.Features.Single().Values);
        }
    }

    [Fact]
    public void A_folder_needs_a_table_of_ids_only()
    {
        _folder.Write("utterances.csv", "id\na\nb\n");
        NpyWrite("text.npy", [1, 2, 3, 4], [2, 1, 2]);
        Assert.Equal(["a", "b"], DataFile.ReadUtterances(_folder.Name).Splits.Single().Ids);
        _folder.Write("utterances.csv", "id,split,label\na,train,1\nb,test,\n");
        var test = DataFile.ReadUtterances(_folder.Name).Splits.Single();
        Assert.Equal(("b", float.NaN), (test.Ids.Single(), test.Labels.Single()));
        Assert.Equal([1f], DataFile.ReadUtterances(_folder.Name, "train").Splits.Single().Labels);
    }

    [Theory]
    [InlineData(new float[] { 1, 2, 3 }, new float[] { 1, 2 }, "steps were cut, in 1 of 1 rows more than padding")]
    [InlineData(new float[] { 1, 2, 0 }, new float[] { 1, 2 }, "in 0 of 1 rows")]
    [InlineData(new float[] { 0, 1, 2 }, new float[] { 1, 2 }, "in 0 of 1 rows")]
    [InlineData(new float[] { 0, 1, 2, 3 }, new float[] { 1, 2 }, "in 1 of 1 rows")]
    [InlineData(new float[] { 0, 0, 1 }, new float[] { 0, 1 }, "in 0 of 1 rows")]
    [InlineData(new float[] { 1 }, new float[] { 1, 0 }, "sound' has 1 steps, but run was trained on 2: steps of zeros were added behind")]
    public void Sequences_are_cut_or_padded_where_they_are_padded_already(float[] given, float[] expected, string note)
    {
        var (rows, notes) = Fit([new FeatureArray(new Modality("sound", given.Length, 1), given)]);
        Assert.Equal(expected, rows.Features[1].Values);
        Assert.Contains(notes, n => n.Contains(note, StringComparison.Ordinal));
        Assert.Contains("There is no array 'text': the modality is missing in every row.", notes);
    }

    [Fact]
    public void Rows_padded_in_front_stay_so()
    {
        Modality[] known = [new("x", 4, 1)];
        var given = new Split("test", ["a", "b"], [0, 0], [new FeatureArray(new Modality("x", 3, 1), [0, 1, 2, 0, 0, 3])]);
        var notes = new List<string>();
        Assert.Equal([0, 0, 1, 2, 0, 0, 0, 3], FeatureFit.Fit("file", given, known, [], "run", notes.Add).Rows.Features[0].Values);
        Assert.Contains("zeros were added in front", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Data_of_the_runs_own_modalities_is_not_copied()
    {
        var given = new Split("test", ["a"], [0], [.. _known.Select(m => new FeatureArray(m, new float[m.RowSize]))]);
        Assert.Same(given, FeatureFit.Fit("file", given, _known, [], "run", _ => Assert.Fail()).Rows);
    }

    [Fact]
    public void Another_width_is_refused_with_both_and_so_is_data_of_other_modalities()
    {
        Refused("file: modality 'sound': has 7 features a step, but run was trained on 1", () => Fit([new FeatureArray(new Modality("sound", 2, 7), new float[14])]));
        Refused("file: modalities: are smell, but run was trained on text, sound", () => Fit([new FeatureArray(new Modality("smell", 2, 7), new float[14])]));
    }

    private static (Split Rows, List<string> Notes) Fit(FeatureArray[] features)
    {
        var notes = new List<string>();
        return (FeatureFit.Fit("file", new Split("test", ["a"], [0], features), _known, [], "run", notes.Add).Rows, notes);
    }

    private static void Refused(string expected, Action read) => Assert.Contains(expected, Assert.Throws<InputException>(read).Message, StringComparison.Ordinal);

    private string Npz(params (string Name, float[] Values, IReadOnlyList<int> Shape)[] arrays)
    {
        var path = Path.Combine(_folder.Name, "a.npz");
        NpzWriter.Write(path, arrays, []);
        return path;
    }

    private void NpyWrite(string file, float[] values, int[] shape)
    {
        using var archive = System.IO.Compression.ZipFile.OpenRead(Npz(("x", values, shape)));
        using var entry = archive.GetEntry("x.npy")!.Open();
        using var to = File.Create(Path.Combine(_folder.Name, file));
        entry.CopyTo(to);
    }
}
