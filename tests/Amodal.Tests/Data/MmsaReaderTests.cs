using Amodal.Data;

namespace Amodal.Tests.Data;

public sealed class MmsaReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Six_modalities_called_anything_are_read_in_order()
    {
        string[] names = ["EEG α", "x.y/z", "a b", "0", "skin_conductance", "text"];
        var data = Read(Split("train", 3, names), Split("valid", 1, names), Split("test", 2, names.Reverse().ToArray()));
        Assert.Equal(names, data.Modalities.Select(modality => modality.Name));
        Assert.All(data.Splits, split => Assert.Equal(names, split.Features.Select(features => features.Modality.Name)));
        // Of one utterance, the value is the modality's place in the alphabet of the file: see Split.
        Assert.Equal(data["valid"].Features.Select(f => f.Values[0]), names.Select(name => (float)name.Length));
    }

    [Fact]
    public void Known_keys_that_are_no_features_are_left_out_and_unknown_ones_noted()
    {
        var data = Read(("train", [
            .. Arrays(2, ["text", "audio"]),
            ("text_bert", p => p.Floats([2, 3, 1], new float[6])),
            ("regression_labels_T", p => p.Floats([2, 1], 1, 2)),
            ("classification_labels", p => p.Floats([2], 1, 2)),
            ("raw_text", p => p.List("a", "b")),
            ("tokens", p => p.Array("i4", '<', [2, 2], new byte[16])),
            ("speaker", p => p.Floats([2], 1, 2))]));
        Assert.Equal(["text", "audio"], data.Modalities.Select(modality => modality.Name));
        Assert.Equal(["a", "b"], data["train"].Transcripts!);
        Assert.Equal(["b"], data["train"].Select("test", [1]).Transcripts!);
        Assert.Equal(["'text_bert'", "'tokens'", "'speaker'"], data.Notes.Where(note => note.Contains("no modality", StringComparison.Ordinal)).Select(note => note.Split(' ')[0]));
    }

    [Fact]
    public void Lengths_ids_and_numbers_that_are_not_finite_are_read()
    {
        var data = Read(("train", [
            ("text", p => p.Floats([2, 2, 1], float.NaN, 1, float.NegativeInfinity, float.PositiveInfinity)),
            ("audio", p => p.Floats([2, 1], 1, 2)),
            ("text_lengths", p => p.Op(']').Op('(').Int(1).Int(2).Op('e')),
            ("audio_lengths", p => p.Array("i8", '<', [2], new byte[16])),
            ("regression_labels", p => p.Array("f8", '<', [2, 1], [.. BitConverter.GetBytes(0.5), .. BitConverter.GetBytes(-1.5)]))]));
        var train = data["train"];
        Assert.Equal([float.NaN, 1, float.NaN, float.NaN], train.Features[0].Values);
        Assert.Equal(3, train.Features[0].NonFiniteReplaced);
        Assert.Equal([1, 2], train.Features[0].Lengths!);
        Assert.Null(train.Features[1].Lengths); // no time axis
        Assert.Equal([0.5f, -1.5f], train.Labels);
        Assert.Equal(["train_0", "train_1"], train.Ids);
        Assert.Equal(new Modality("audio", 1, 1), data.Modalities[1]);
    }

    [Fact]
    public void An_utterance_in_two_splits_is_refused_and_an_id_of_another_is_noted()
    {
        Assert.Contains("split 'test', row 0: is the utterance 'v$_$2' of split 'train', row 1, with the same features and label",
            Refusal(Named("train", ["v$_$1", "v$_$2"], 1, 2), Named("test", ["v$_$2"], 2)).Message, StringComparison.Ordinal);
        var notes = Read(Named("train", ["v$_$1", "v$_$2"], 1, 2), Named("test", ["v$_$2"], 3)).Notes;
        Assert.Contains(notes, note => note.StartsWith("1 ids are in both train and test, such as 'v$_$2'", StringComparison.Ordinal));

        static (string, (string, Action<PickleBytes>)[]) Named(string name, string[] ids, params float[] values) =>
            (name, [("a", p => p.Floats([ids.Length, 1], values)), ("b", p => p.Floats([ids.Length, 1], values)), ("id", p => p.List(ids)), ("regression_labels", p => p.Floats([ids.Length], new float[ids.Length]))]);
    }

    [Fact]
    public void Regression_labels_come_before_labels()
    {
        var data = Read(("train", [.. Arrays(2, ["text", "audio"])[..2], ("labels", p => p.Floats([2], 0, 1)), ("regression_labels", p => p.Floats([2], -0.5f, 2.5f))]));
        Assert.Equal([-0.5f, 2.5f], data["train"].Labels);
        Assert.Equal([0f, 1f], Read(("train", [.. Arrays(2, ["text", "audio"])[..2], ("labels", p => p.Floats([2], 0, 1))]))["train"].Labels);
    }

    [Fact]
    public void A_split_called_dev_or_val_is_valid()
    {
        Assert.Equal(["train", "valid"], Read(Split("dev", 1, ["a", "b"]), Split("train", 2, ["a", "b"])).Splits.Select(split => split.Name));
        Assert.Equal(["valid"], Read(Split("val", 1, ["a", "b"])).Splits.Select(split => split.Name));
        var both = Read(Split("dev", 1, ["a", "b"]), Split("valid", 2, ["a", "b"]));
        Assert.Equal(2, both["valid"].Count);
        Assert.Contains("The key 'dev' is no split and was left out.", both.Notes);
    }

    [Fact]
    public void Token_ids_are_never_a_modality()
    {
        var data = Read(("train", [.. Arrays(2, ["audio", "vision"]), ("text_bert", p => p.Floats([2, 3, 1], new float[6]))]));
        Assert.Equal(["audio", "vision"], data.Modalities.Select(modality => modality.Name));
        Assert.Contains(data.Notes, note => note.StartsWith("'text_bert' in split 'train' is no modality", StringComparison.Ordinal)
            && note.Contains("run the model on them and store what comes out as 'text'", StringComparison.Ordinal));
    }

    [Fact]
    public void Ids_of_three_columns_are_a_video_and_its_times()
    {
        // MulT: (video, start, end), one text each, also with an axis more.
        foreach (var shape in new int[][] { [3, 3], [3, 3, 1] })
        {
            var data = Read(("train", [.. Arrays(3, ["text", "audio"]), ("id", p => p.Array("S4", '|', shape, "ab_11.5\u00004.0\u0000ab_14.0\u00009.5\u0000cd_10.5\u00002.0\u0000"u8))]));
            Assert.Equal(["ab_1_1.5_4.0", "ab_1_4.0_9.5", "cd_1_0.5_2.0"], data["train"].Ids);
            Assert.Equal(["ab_1", "ab_1", "cd_1"], data["train"].Ids.Select(VideoGroups.Of(data)));
        }
    }

    [Fact]
    public void Labels_that_are_not_finite_are_counted() =>
        Assert.Contains("has the label NaN, which is no finite number; 1 others of 3 have none either.",
            Refusal(("test", [.. Arrays(3, ["text", "audio"])[..2], ("regression_labels", p => p.Floats([3], 0, float.NaN, float.PositiveInfinity))])).Message, StringComparison.Ordinal);

    [Fact]
    public void What_was_left_out_is_told_when_too_little_is_left() =>
        Assert.Contains("'audio' in split 'train' is no modality and was left out: it is a list",
            Refusal(("train", [.. Arrays(2, ["text"]), ("audio", p => p.List("a", "b"))])).Message, StringComparison.Ordinal);

    [Fact]
    public void Wrong_rows_are_refused()
    {
        var problem = Refusal(("train", [.. Arrays(2, ["text"]), ("audio", p => p.Floats([3, 1], 1, 2, 3))]));
        Assert.Equal("split 'train', array 'audio'", problem.Place);
        Assert.Contains("has 3 rows, but there are 2 labels", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_labels_are_refused() =>
        Assert.Contains("split 'train': has no labels. Put one number per utterance under 'regression_labels'",
            Refusal(("train", [("text", p => p.Floats([1, 1], 1)), ("audio", p => p.Floats([1, 1], 1))])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(float.NaN), InlineData(float.PositiveInfinity)]
    public void Labels_that_are_not_finite_are_refused(float label)
    {
        var problem = Refusal(("valid", [.. Arrays(3, ["text", "audio"]), ("regression_labels", p => p.Floats([3], 0, label, 0))]));
        Assert.Equal("split 'valid', row 1", problem.Place);
        Assert.Contains("is no finite number", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_rows_may_lack_a_label_but_not_have_an_infinite_one_and_not_all_may()
    {
        var data = Read(("train", [.. Arrays(3, ["text", "audio"]), ("regression_labels", p => p.Floats([3], 0, float.NaN, 1))]));
        Assert.Equal([0, 2], data["train"].Labelled);
        Assert.Contains("2 of 3 training rows have a label; the others train only what needs none.", data.Notes);
        Assert.Equal("split 'train', row 1", Refusal(("train", [.. Arrays(3, ["text", "audio"]), ("regression_labels", p => p.Floats([3], float.NaN, float.PositiveInfinity, 0))])).Place);
        Assert.Contains("has no label in any row", Refusal(("train", [.. Arrays(2, ["text", "audio"]), ("regression_labels", p => p.Floats([2], float.NaN, float.NaN))])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_split_is_refused() =>
        Assert.Contains("split 'valid': is empty", Refusal(Split("train", 2, ["a", "b"]), Split("valid", 0, ["a", "b"])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_modality_that_a_split_lacks_or_has_alone_is_refused()
    {
        Assert.Contains("split 'test': has no modality 'c', but split 'train' has", Refusal(Split("train", 2, ["a", "b", "c"]), Split("test", 2, ["a", "b"])).Message, StringComparison.Ordinal);
        Assert.Contains("array 'c': is not in split 'train'", Refusal(Split("train", 2, ["a", "b"]), Split("test", 2, ["a", "b", "c"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_shape_in_another_split_is_refused() =>
        Assert.Contains("has the shape (1, 2, 3), but in split 'train' a row of 'b' has 1 steps of 1 features",
            Refusal(Split("train", 2, ["a", "b"]), ("test", [.. Arrays(1, ["a"]), ("b", p => p.Floats([1, 2, 3], new float[6]))])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1), InlineData(33)]
    public void Too_few_or_too_many_modalities_are_refused(int count) =>
        Assert.Contains($"holds {count} modalities", Refusal(Split("train", 1, [.. Enumerable.Range(0, count).Select(i => $"m{i}")])).Message, StringComparison.Ordinal);

    [Fact]
    public void Lengths_beyond_the_array_are_refused()
    {
        var problem = Refusal(("train", [.. Arrays(1, ["a"]), ("b", p => p.Floats([1, 2, 1], 1, 2)), ("b_lengths", p => p.Op(']').Int(3).Op('a'))]));
        Assert.Contains("row 0: is 3; a whole number from 0 to 2 is needed", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_that_come_twice_are_refused() =>
        Assert.Contains("row 2: has the id 'x' of row 0", Refusal(("train", [.. Arrays(3, ["a", "b"]), ("id", p => p.List("x", "y", "x"))])).Message, StringComparison.Ordinal);

    [Fact]
    public void Something_else_than_splits_is_refused()
    {
        Assert.Contains("not of the MMSA layout", Assert.Throws<InputException>(() => MmsaReader.Read(_folder.Write("a.pkl", new PickleBytes().List("a").Done()))).Message, StringComparison.Ordinal);
        Assert.Contains("split 'train': is None", Assert.Throws<InputException>(() => MmsaReader.Read(_folder.Write("a.pkl", new PickleBytes().Dictionary(("train", p => p.Op('N'))).Done()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Absent_splits_are_noted() => Assert.Contains("There is no split 'valid'.", Read(Split("train", 1, ["a", "b"])).Notes);

    public void Dispose() => _folder.Dispose();

    private static (string, (string, Action<PickleBytes>)[]) Split(string name, int rows, string[] modalities) => (name, Arrays(rows, modalities));

    private static (string, Action<PickleBytes>)[] Arrays(int rows, string[] modalities) =>
    [
        .. modalities.Select(name => (name, (Action<PickleBytes>)(p => p.Floats([rows, 1], [.. Enumerable.Repeat((float)name.Length, rows)])))),
        ("regression_labels", p => p.Floats([rows], new float[rows])),
    ];

    private DataSet Read(params (string Name, (string, Action<PickleBytes>)[] Arrays)[] splits) =>
        MmsaReader.Read(_folder.Write("a.pkl", new PickleBytes().Dictionary([.. splits.Select(split => (split.Name, (Action<PickleBytes>)(p => p.Dictionary(split.Arrays))))]).Done()));

    private InputException Refusal(params (string Name, (string, Action<PickleBytes>)[] Arrays)[] splits) => Assert.Throws<InputException>(() => Read(splits));
}
