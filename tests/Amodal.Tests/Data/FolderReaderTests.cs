using Amodal.Data;
using Amodal.Data.NumPy;

namespace Amodal.Tests.Data;

public sealed class FolderReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FolderReaderTests()
    {
        _folder.Write("utterances.csv", "id,split,label,video,part\n\"a,1\",train,1,a,train\nb_1,val,-2.5,b,train\nc_1,test,0,c,test\nc_2,,x,c,train\n");
        Write("sound.npy", "<f4", [4, 1], 0, 1, 2, 3);
        Write("face.npy", "<f4", [4, 2, 1], 0, 1, 2, 3, 4, 5, 6, 7);
        Write("labels.npy", "<f4", [4], 0, 0, 0, 0);
        Write("short.npy", "<f4", [3, 1], 0, 0, 0);
    }

    [Fact]
    public void Rows_go_to_their_splits_and_the_rest_is_noted()
    {
        var data = FolderReader.Read(_folder.Name);
        Assert.Equal([new("face", 2, 1), new("sound", 1, 1)], data.Modalities);
        Assert.Equal(["a,1"], data["train"].Ids);
        Assert.Equal([2f, 3f], data["valid"].Features[0].Values);
        Assert.Equal([-2.5f], data["valid"].Labels);
        Assert.Equal([2f], data["test"].Features[1].Values);
        Assert.Contains(data.Notes, note => note.StartsWith("1 of 4 utterances have nothing in column 'split'", StringComparison.Ordinal));
        Assert.Contains(data.Notes, note => note.StartsWith("'short.npy' is float32 (3, 1), not", StringComparison.Ordinal));
    }

    [Fact]
    public void Lengths_files_are_used()
    {
        _folder.Write("face_lengths.npy", [.. NpyHeader.Bytes("<i4", [4]), 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
        Assert.Equal([2], FolderReader.Read(_folder.Name)["valid"].Features[0].Lengths!);
    }

    [Fact]
    public void Faults_name_the_file_the_line_and_the_column()
    {
        Assert.Contains("utterances.csv: column 'fold': is not there; the columns are id, split, label, video, part", Refusal(new() { SplitColumn = "fold" }).Message, StringComparison.Ordinal);
        Assert.Contains("line 5, column 'label': says 'x'", Refusal(new() { SplitColumn = "part" }).Message, StringComparison.Ordinal);
        Assert.Contains("line 2, column 'video': says 'a'", Refusal(new() { SplitColumn = "video" }).Message, StringComparison.Ordinal);
        Assert.Contains("short.npy: has 3 rows, but the table has 4 lines", Refusal(new() { Modalities = [new("a", "face.npy"), new("b", "short.npy")] }).Message, StringComparison.Ordinal);
        Assert.Contains("none.npy: is not there", Refusal(new() { Modalities = [new("a", "none.npy")] }).Message, StringComparison.Ordinal);
        Assert.Contains("labels.npy: is float32 (4,)", Refusal(new() { Modalities = [new("a", "labels.npy")] }).Message, StringComparison.Ordinal);
        Assert.Contains("other.csv: is not there", Refusal(new() { Table = "other.csv" }).Message, StringComparison.Ordinal);
        _folder.Write("utterances.csv", "id,split,label\na,train,1\nb,train\n");
        Assert.Contains("line 3", Refusal(new()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""), InlineData(" "), InlineData("NaN")]
    public void A_line_of_train_may_have_no_label_and_no_other(string none)
    {
        _folder.Write("utterances.csv", $"id,split,label\na,train,1\nb,train,{none}\nc,test,0\nd,test,1\n");
        var data = FolderReader.Read(_folder.Name);
        Assert.Equal([1, float.NaN], data["train"].Labels);
        Assert.Contains("1 of 2 training rows have a label; the others train only what needs none.", data.Notes);
        _folder.Write("utterances.csv", $"id,split,label\na,train,1\nb,train,1\nc,test,0\nd,test,{none}\n");
        Assert.Contains("line 5, column 'label'", Refusal(new()).Message, StringComparison.Ordinal);

        // What is drawn for validation has a label, and so has its whole video.
        _folder.Write("utterances.csv", $"id,split,label,video\na,train,{none},u\nb,train,1,u\nc,train,0,v\nd,test,1,w\n");
        Assert.Equal(["c"], FolderReader.Read(_folder.Name, new() { ValidShare = 0.5 })["valid"].Ids);
    }

    [Fact]
    public void The_drawn_valid_split_keeps_groups_whole_and_repeats()
    {
        const int rows = 60;
        _folder.Write("utterances.csv", "id,split,label,video\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"u{i},train,0,v{i / 3}\n")));
        foreach (var name in new[] { "sound.npy", "face.npy" })
        {
            Write(name, "<f4", [rows, 1], [.. Enumerable.Range(0, rows).Select(i => (float)i)]);
        }

        var data = FolderReader.Read(_folder.Name, new() { ValidShare = 0.25 });
        Assert.Equal([45, 15], data.Splits.Select(split => split.Count));
        Assert.Empty(data["train"].Ids.Select(Video).Intersect(data["valid"].Ids.Select(Video)));
        Assert.Equal(data.Digest, FolderReader.Read(_folder.Name, new() { ValidShare = 0.25 }).Digest);
        Assert.NotEqual(data.Digest, FolderReader.Read(_folder.Name, new() { ValidShare = 0.25, ValidSeed = 2 }).Digest);
        static int Video(string id) => int.Parse(id.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture) / 3;
    }

    [Fact]
    public void Without_a_column_of_videos_the_ids_tell_which_rows_stay_together()
    {
        const int rows = 60;
        _folder.Write("utterances.csv", "id,split,label\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"vid{i / 4}[{i % 4}],train,{(i % 2) - 0.5}\n")));
        foreach (var name in new[] { "sound.npy", "face.npy" })
        {
            Write(name, "<f4", [rows, 1], [.. Enumerable.Range(0, rows).Select(i => (float)i)]);
        }

        var data = FolderReader.Read(_folder.Name, new() { ValidShare = 0.2 });
        Assert.Equal([48, 12], data.Splits.Select(split => split.Count));
        Assert.Empty(data["train"].Ids.Select(Video).Intersect(data["valid"].Ids.Select(Video)));
        static string Video(string id) => id.Split('[')[0];
    }

    [Fact]
    public void Groups_of_the_table_go_with_the_data()
    {
        var data = FolderReader.Read(_folder.Name);
        Assert.Equal(["a"], data["train"].Groups!);
        var path = Path.Combine(_folder.Name, "data.npz");
        NpzWriter.Write(path, data);
        var again = NpzReader.Read(path);
        Assert.Equal(["b"], again["valid"].Groups!);
        Assert.Equal(data.Digest, again.Digest);
        Assert.Equal("c", VideoGroups.Of(again)("c_1"));
        Assert.Equal(["train"], FolderReader.Read(_folder.Name, new() { GroupColumn = "part" })["train"].Groups!);
    }

    [Fact]
    public void Token_ids_are_never_a_modality()
    {
        Write("text_bert.npy", "<f4", [4, 1], 0, 1, 2, 3);
        var data = FolderReader.Read(_folder.Name);
        Assert.Equal(["face", "sound"], data.Modalities.Select(modality => modality.Name));
        Assert.Contains(data.Notes, note => note.StartsWith("'text_bert.npy' is no modality and was left out: it holds token ids", StringComparison.Ordinal));
        data = FolderReader.Read(_folder.Name, new() { Modalities = [new("a", "face.npy"), new("b", "sound.npy"), new("text_bert", "text_bert.npy")] });
        Assert.Equal(["a", "b"], data.Modalities.Select(modality => modality.Name));
    }

    [Fact]
    public void A_table_in_another_encoding_is_refused_with_its_line()
    {
        _folder.Write("utterances.csv", [.. "id,split,label\na,train,1\n"u8, 0xCA, 0xD3, .. ",train,2\n"u8]);
        Assert.Contains("line 3: holds bytes that are no UTF-8", Refusal(new()).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string name, string type, int[] shape, params float[] values) =>
        _folder.Write(name, [.. NpyHeader.Bytes(type, shape), .. values.SelectMany(BitConverter.GetBytes)]);

    private InputException Refusal(FolderOptions options) => Assert.Throws<InputException>(() => FolderReader.Read(_folder.Name, options));
}
