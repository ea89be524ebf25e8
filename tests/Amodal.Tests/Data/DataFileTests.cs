using Amodal.Data;
using Amodal.Data.NumPy;
using Amodal.Missingness;
using Amodal.Tests.Files;

namespace Amodal.Tests.Data;

public sealed class DataFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_file_that_is_not_there_is_bad_input() =>
        Assert.Contains("is not there", Assert.Throws<InputException>(() => DataFile.Read(Path.Combine(_folder.Name, "no", "such.pkl"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("id,label\n1,2\n", "no data set that Amodal knows")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid", "git lfs pull")]
    [InlineData("\u0089HDF", "no data set that Amodal knows")] // UTF-8 makes two bytes of the first
    public void Other_files_are_refused(string content, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => DataFile.Read(_folder.Write("a.pkl", content))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_form_is_told_by_content_not_by_name()
    {
        var path = Path.Combine(_folder.Name, "a.pkl");
        NpzWriter.Write(path, Examples.DataSet(1, [2, 2, 2]));
        Assert.Equal(3, DataFile.Read(path).Splits.Count);
    }

    [Fact]
    public void Reading_tells_how_far_it_is()
    {
        var path = Path.Combine(_folder.Name, "a.npz");
        NpzWriter.Write(path, Examples.DataSet(1, [2000, 20, 20]));
        List<double> shares = [];
        _ = DataFile.Read(path, limits: new ReadLimits { Progress = (file, share) => { Assert.Equal(path, file); shares.Add(share); } });
        Assert.True(shares.Distinct().Count() > 3);
        Assert.All(shares, share => Assert.InRange(share, 0, 1));
        Assert.True(shares.Max() > 0.9); // the archive's directory is behind the last array
        Assert.Equal(shares.Order(), shares);
    }

    [Fact]
    public void A_file_that_may_not_be_read_is_bad_input()
    {
        var path = _folder.Write("a.pkl", "x");
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.UserName == "root", "root may read everything");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.None);
        }

        Assert.Contains("no permission", Assert.Throws<InputException>(() => DataFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_or_a_folder_in_the_place_of_a_file_is_refused_and_not_waited_for()
    {
        _folder.Write("utterances.csv", "id,split,label\na,train,1\n");
        var pipe = Pipe.MakeOrSkip(Path.Combine(_folder.Name, "sound.npy"));
        Assert.Contains("is a pipe or a device", Refusal(() => DataFile.Read(pipe)).Message, StringComparison.Ordinal);
        Assert.Contains("is a pipe or a device", Refusal(() => DataFile.Read(_folder.Name)).Message, StringComparison.Ordinal);
        Assert.Contains("is a pipe or a device", Refusal(() => FolderReader.Read(_folder.Name, new() { Table = "sound.npy" })).Message, StringComparison.Ordinal);
        Assert.Contains("is a pipe or a device", Refusal(() => FoldSplitter.ReadFolds(pipe)).Message, StringComparison.Ordinal);
        Assert.Contains("is a pipe or a device", Refusal(() => MaskFile.Read(pipe, ["a"], [new Modality("m", 1, 1)])).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(_folder.Name, "inner.csv"));
        Assert.Contains("it is a folder. Name a file in it", Refusal(() => FolderReader.Read(_folder.Name, new() { Table = "inner.csv" })).Message, StringComparison.Ordinal);

        static InputException Refusal(Action read) => Assert.Throws<InputException>(read);
    }

    [Fact]
    public void Limits_hold_for_every_form()
    {
        var data = Examples.DataSet(1, [40, 4]);
        var npz = Path.Combine(_folder.Name, "data.npz");
        NpzWriter.Write(npz, data);
        var pickle = _folder.Write("a.pkl", new PickleBytes().Dictionary(("train", p => p.Dictionary(
            ("a", q => q.Floats([40, 2], new float[80])), ("b", q => q.Floats([40, 2], new float[80])), ("regression_labels", q => q.Floats([40], new float[40]))))).Done());
        _folder.Write("folder/utterances.csv", "id,split,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"u{i},train,{i}\n")));
        foreach (var name in new[] { "x.npy", "y.npy" })
        {
            _folder.Write($"folder/{name}", [.. NpyHeader.Bytes("<f4", [40, 2]), .. new byte[320]]);
        }

        foreach (var path in new[] { npz, pickle, Path.Combine(_folder.Name, "folder") })
        {
            Assert.NotEmpty(DataFile.Read(path).Splits);
            Assert.Contains("the limit for a file of this size", Assert.Throws<InputException>(() => DataFile.Read(path, limits: new ReadLimits { MaxBytes = 64 })).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(2), InlineData(32)]
    public void As_few_as_2_and_as_many_as_32_modalities_are_read(int count)
    {
        var names = Enumerable.Range(0, count).Select(i => $"m{i}");
        var path = _folder.Write("a.pkl", new PickleBytes().Dictionary(("train", p => p.Dictionary(
            [.. names.Select(name => (name, (Action<PickleBytes>)(q => q.Floats([2, 1], 1, 2)))), ("regression_labels", q => q.Floats([2], -1, 1))]))).Done());
        Assert.Equal(count, DataFile.Read(path).Modalities.Count);
    }

    public void Dispose() => _folder.Dispose();
}
