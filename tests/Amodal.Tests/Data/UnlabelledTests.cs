using Amodal.Data;
using Amodal.Data.Synthetic;
using Amodal.Randomness;

namespace Amodal.Tests.Data;

/// <summary>Training utterances without a label, in the file or from another one.</summary>
public sealed class UnlabelledTests : IDisposable
{
    private static readonly SyntheticOptions Options = new() { Utterances = 40, Labelled = 6 };
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void They_are_written_and_read_as_they_are_and_are_recognised()
    {
        var (given, read) = WriteAndRead(SyntheticData.Generate(Options));
        Assert.Equal(given["train"].Labels, read["train"].Labels);
        Assert.Equal(given.Digest, read.Digest);
        Assert.Equal(6, read["train"].Labelled.Count);
        Assert.Contains("6 of 24 training rows have a label; the others train only what needs none.", read.Notes);
        Assert.Equal(Options, SyntheticModel.TryRecognise(read)?.Options);

        read["test"].Labels[2] = float.NaN;
        NpzWriter.Write(Path.Combine(_folder.Name, "bad.npz"), read);
        Assert.Equal("split 'test', row 2", Assert.Throws<InputException>(() => DataFile.Read(Path.Combine(_folder.Name, "bad.npz"))).Place);
    }

    [Fact]
    public void Folds_leave_them_out_of_validation_and_test()
    {
        var data = SyntheticData.Generate(Options);
        var folds = FoldSplitter.Fold(data, FoldSplitter.AssignFolds(data, 3, seed: 1), testFold: 0);
        Assert.DoesNotContain(float.NaN, folds["test"].Labels);
        Assert.DoesNotContain(float.NaN, folds["valid"].Labels);
        Assert.Contains(float.NaN, folds["train"].Labels);
        Assert.Equal(18 - folds["train"].Labels.Count(float.IsNaN), 40 - folds.Splits.Sum(s => s.Count)); // left out
        Assert.Contains(folds.Notes, note => note.EndsWith("utterances of valid and test have no label and were left out.", StringComparison.Ordinal));
    }

    [Fact]
    public void Those_of_another_file_come_behind_train_by_the_names_of_their_modalities_and_without_labels()
    {
        var data = SyntheticData.Generate(new SyntheticOptions { Utterances = 40 });
        var other = SyntheticData.Generate(new SyntheticOptions { Utterances = 60, Seed = 2 });
        var (language, acoustic) = (other["test"].Features[0], other["test"].Features[1]);
        var renamed = new FeatureArray(acoustic.Modality with { Name = "Acoustic" }, acoustic.Values);
        var train = new Split("train", other["test"].Ids, other["test"].Labels, [renamed, language]);
        NpzWriter.Write(Path.Combine(_folder.Name, "more.npz"), new DataSet("more", [renamed.Modality, language.Modality], [train], ""));

        var more = DataFile.ReadUnlabelled(Path.Combine(_folder.Name, "more.npz"));
        var both = data.WithUnlabelled(more);
        Assert.Equal([24 + 15, 6, 10], both.Splits.Select(s => s.Count));
        Assert.Equal([.. data["train"].Labels, .. Enumerable.Repeat(float.NaN, 15)], both["train"].Labels);
        Assert.Equal([.. data["train"].Features[1].Values, .. acoustic.Values], both["train"].Features[1].Values);
        Assert.Equal(RowContent.Nothing, both["train"].Features[2].ContentOf(24)); // vision is not there
        Assert.Contains("24 of 39 training rows have a label; the others train only what needs none.", both.Notes);
        Assert.Equal((data.Digest, more.Source), (both.OwnDigest, both.Also));
        Assert.NotEqual(data.Digest, both.Digest);
        Assert.Contains($"id '{train.Ids[0]}'", Assert.Throws<InputException>(() => both.WithUnlabelled(more)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_split_of_the_other_file_counts_and_ids_that_it_lacks_are_made_up_as_its_own()
    {
        var data = SyntheticData.Generate(new SyntheticOptions { Utterances = 40 });
        var other = SyntheticData.Generate(new SyntheticOptions { Utterances = 40, Seed = 2 });
        NpzWriter.Write(Path.Combine(_folder.Name, "more.npz"), other);
        Assert.Equal(24 + 40, data.WithUnlabelled(DataFile.ReadUnlabelled(Path.Combine(_folder.Name, "more.npz")))["train"].Count);

        var random = new StableRandom(1);
        var bare = new DataSetBuilder("bare", needsLabels: false, everySplit: true);
        bare.Add(new RawSplit("test", null, [float.NaN], [new RawFeatures("vision", "vision", [1, 10, 10], [.. Enumerable.Range(0, 100).Select(_ => (float)random.NextNormal())], null)], row => $"row {row}"));
        Assert.Equal("also_test_0", data.WithUnlabelled(bare.Build())["train"].Ids[^1]);
    }

    public void Dispose() => _folder.Dispose();

    private (DataSet Given, DataSet Read) WriteAndRead(DataSet data)
    {
        var path = Path.Combine(_folder.Name, "data.npz");
        NpzWriter.Write(path, data);
        return (data, DataFile.Read(path));
    }
}
