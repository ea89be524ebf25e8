using Amodal.Configuration;
using Amodal.Data;
using Amodal.Files;
using Amodal.Missingness;
using Amodal.Training;

namespace Amodal.Tests.Files;

public sealed class InputFileTests : IDisposable
{
    private static readonly TimeSpan _long = TimeSpan.FromMinutes(1); // only a read that waits for ever takes so long

    private readonly string _folder = Directory.CreateTempSubdirectory("amodal-").FullName;

    public static TheoryData<string> EveryReader => [.. _readers.Keys];

    private static readonly Dictionary<string, Action<string>> _readers = new()
    {
        ["weights"] = path => SafeTensors.Read(path),
        ["weights' texts"] = path => SafeTensors.ReadMetadata(path),
        ["configuration"] = path => YamlOptions.Read<ExperimentOptions>(path),
        ["masks"] = path => MaskFile.Read(path, ["a"], [new Modality("text", 1, 1)]),
    };

    [Theory, MemberData(nameof(EveryReader))]
    public async Task A_pipe_is_refused_and_not_waited_for(string reader)
    {
        var pipe = Pipe.MakeOrSkip(Path.Combine(_folder, "pipe"));
        var read = Task.Run(() => Assert.Throws<InputException>(() => _readers[reader](pipe)), TestContext.Current.CancellationToken);
        Assert.Contains("a pipe or a device", (await read.WaitAsync(_long, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(EveryReader))]
    public void A_folder_is_named_as_one(string reader) =>
        Assert.Contains("cannot be read: it is a folder", Assert.Throws<InputException>(() => _readers[reader](_folder)).Message, StringComparison.Ordinal);

    [Theory, MemberData(nameof(EveryReader))]
    public void What_is_not_there_is_bad_input(string reader) =>
        Assert.Contains("is not there", Assert.Throws<InputException>(() => _readers[reader](Path.Combine(_folder, "gone"))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_of_just_the_size_allowed_is_read_and_a_larger_one_is_not()
    {
        var path = Path.Combine(_folder, "a");
        File.WriteAllText(path, "1234");
        Assert.Equal("1234"u8.ToArray(), InputFile.ReadBytes(path, most: 4));
        Assert.Contains("at most 3", Assert.Throws<InputException>(() => InputFile.ReadBytes(path, most: 3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_may_not_be_read_is_bad_input()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Skip("root may read everything");
            return;
        }

        var path = Path.Combine(_folder, "secret");
        File.WriteAllText(path, "x");
        File.SetUnixFileMode(path, UnixFileMode.None);
        Assert.Contains("no permission", Assert.Throws<InputException>(() => InputFile.Open(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
