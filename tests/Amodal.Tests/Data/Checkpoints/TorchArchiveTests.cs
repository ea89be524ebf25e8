using System.IO.Compression;
using Amodal.Data.Checkpoints;
using Amodal.Data.NumPy;

namespace Amodal.Tests.Data.Checkpoints;

public sealed class TorchArchiveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("scorenet", 272), InlineData("rec_l", 166), InlineData("transformer", 104), InlineData("imder", 483)]
    public void Published_state_dictionaries_equal_their_arrays(string name, int count)
    {
        var arrays = Golden.Read($"{name}.npz").Where(a => a.Key.StartsWith("sd.", StringComparison.Ordinal)).ToDictionary(a => a.Key[3..], a => a.Value);
        var tensors = TorchArchive.Read(Repository.Shared("golden", $"{name}_sd.pth"));
        Assert.Equal(count, tensors.Count);
        Assert.Equal(arrays.Keys.Order(), tensors.Select(t => t.Key).Order());
        foreach (var (key, tensor) in tensors)
        {
            Assert.Equal(arrays[key].Shape, tensor.Shape);
            Assert.Equal(arrays[key].ToFloats(), tensor.ToFloats()); // copies: equal to the last bit
        }
    }

    [Fact]
    public void Views_of_every_number_type_are_read_in_C_order()
    {
        var file = new TorchFile();
        var floats = file.Storage([.. Enumerable.Range(0, 12).SelectMany(i => BitConverter.GetBytes((float)i))]);
        file.View("transposed", "FloatStorage", floats, 12, offset: 0, shape: [3, 4], strides: [1, 3]);
        file.View("column", "FloatStorage", floats, 12, offset: 2, shape: [3, 1], strides: [4, 9]);
        file.View("scalar", "FloatStorage", floats, 12, offset: 11, shape: [], strides: []);
        file.View("empty", "FloatStorage", floats, 12, offset: 12, shape: [0, 5], strides: [5, 1]);
        Add("DoubleStorage", [0, 0, 0, 0, 0, 0, 0xF8, 0xBF]);
        Add("HalfStorage", [0x00, 0xBE]);
        Add("BFloat16Storage", [0xC0, 0xBF]);
        Add("LongStorage", [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        Add("IntStorage", [0xFE, 0xFF, 0xFF, 0xFF]);
        Add("ShortStorage", [0xFE, 0xFF]);
        Add("CharStorage", [0xFE]);
        Add("ByteStorage", [0xFE]);
        Add("BoolStorage", [1]);
        file.Value("parameter", p =>
        {
            p.Global("torch._utils", "_rebuild_parameter").Op('(');
            TorchFile.Tensor(p, "FloatStorage", floats, 12, 5, [1], [1]);
            p.Bool(true).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');
        });
        var tensors = Read(file.Done()).ToDictionary();
        Assert.Equal([0f, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11], tensors["transposed"].ToFloats());
        Assert.Equal([2f, 6, 10], tensors["column"].ToFloats());
        Assert.Equal([11f], tensors["scalar"].ToFloats());
        Assert.Equal([0, 5], tensors["empty"].Shape);
        Assert.Equal([5f], tensors["parameter"].ToFloats());
        double[] expected = [-1.5, -1.5, -1.5, -2, -2, -2, -2, 254, 1];
        Assert.Equal(expected, tensors.Where(t => t.Key.EndsWith("Storage", StringComparison.Ordinal)).Select(t => t.Value.ToDoubles()[0]));

        void Add(string type, byte[] content) => file.View(type, type, file.Storage(content), 1, 0, [1], [1]);
    }

    [Fact]
    public void Unwanted_tensors_are_not_read_and_big_endian_files_are()
    {
        var file = new TorchFile().Add("bert.weight", [1], [1]).View("x", "FloatStorage", "0", 1, 0, [1], [1]);
        var read = Assert.Single(Read(file.Done(("byteorder", "big"u8.ToArray())), name => name != "bert.weight"));
        Assert.Equal("x", read.Key);
        Assert.Equal([BitConverter.Int32BitsToSingle(0x0000803F)], read.Value.ToFloats()); // 1 is 3F800000
    }

    [Fact]
    public void What_is_no_checkpoint_says_what_it_is()
    {
        Refused("no zip archive", "some text that is long enough"u8.ToArray());
        Refused("no zip archive", []);
        Refused("before torch 1.6", [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.']);
        Refused("'data.pkl'", TorchFile.Zip([("other.txt", [1])]));
        Refused("TorchScript", TorchFile.Zip([("data.pkl", [1]), ("constants.pkl", [1])]));
        Refused("damaged zip archive", new TorchFile().Add("x", [8], new float[8]).Done()[..^200]);
        Refused("not tensors by name", TorchFile.Zip([("data.pkl", new PickleBytes(2).List("a").Done())]));
        Refused("'epoch': is an int, not a tensor", new TorchFile().Add("x", [1], [1]).Value("epoch", p => p.Int(3)).Done());
        Refused("is packed", new TorchFile { Compression = CompressionLevel.Optimal }.Add("x", [100], new float[100]).Done());
    }

    [Theory]
    [InlineData("os", "system"), InlineData("torch", "ComplexFloatStorage"), InlineData("trains.singleTask.model.imder", "IMDER"), InlineData("torch._utils", "_rebuild_qtensor")]
    public void Names_beyond_the_few_needed_are_refused_by_name(string module, string name) =>
        Refused($"asks for {module}.{name}", new TorchFile().Value("x", p => p.Global(module, name).Op('(').Text("true").Op('t').Op('R')).Done());

    [Theory]
    [InlineData(8, 0, new[] { 9 }, new[] { 1 }, "reaches beyond")] // one element more than there are
    [InlineData(8, 5, new[] { 4 }, new[] { 1 }, "reaches beyond")] // begins too late
    [InlineData(8, 0, new[] { 2 }, new[] { 8 }, "reaches beyond")] // steps too far
    [InlineData(8, 0, new[] { 9, 1 }, new[] { 0, 1 }, "reaches beyond")] // expanded
    [InlineData(8, 0, new[] { int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue }, new[] { int.MaxValue, 0, 0, 0, 1 }, "reaches beyond")]
    [InlineData(8, 0, new[] { -1 }, new[] { 1 }, "shape, strides or offset")]
    [InlineData(8, -1, new[] { 1 }, new[] { 1 }, "shape, strides or offset")]
    [InlineData(8, 0, new[] { 2 }, new[] { -1 }, "shape, strides or offset")]
    [InlineData(8, 0, new[] { 2, 2 }, new[] { 1 }, "shape, strides or offset")]
    [InlineData(9, 0, new[] { 8 }, new[] { 1 }, "says that 'checkpoint/data/0' holds 9 elements")]
    [InlineData(int.MaxValue, 0, new[] { 8 }, new[] { 1 }, "says that")]
    [InlineData(-8, 0, new[] { 8 }, new[] { 1 }, "says that")]
    public void Views_are_held_against_their_storage(int count, int offset, int[] shape, int[] strides, string problem)
    {
        var file = new TorchFile();
        Refused(problem, file.View("x", "FloatStorage", file.Storage(new byte[32]), count, offset, shape, strides).Done());
    }

    [Fact]
    public void Storages_that_are_missing_or_damaged_are_named()
    {
        Refused("'data/7'", new TorchFile().View("x", "FloatStorage", "7", 1, 0, [1], [1]).Done());
        Refused("refers to something else", new TorchFile().Value("x", p => p.Text("storage").Op('Q')).Done());
        var sound = new TorchFile().Add("x", [8], [1, 2, 3, 4, 5, 6, 7, 8]).Done();
        var at = sound.AsSpan().IndexOf(BitConverter.GetBytes(5f));
        sound[at] ^= 1;
        Refused("checksum", sound);
    }

    [Fact]
    public void Many_copies_of_one_storage_are_refused()
    {
        var file = new TorchFile();
        var key = file.Storage(new byte[40_000]);
        for (var i = 0; i < 4_000; i++)
        {
            file.View($"x{i}", "FloatStorage", key, 10_000, 0, [100, 100], [1, 100]); // 160 MB of copies from 0.6 MB of file
        }

        Refused("share storages", file.Done());
    }

    private IReadOnlyList<KeyValuePair<string, NumPyArray>> Read(byte[] file, Predicate<string>? wanted = null) =>
        TorchArchive.Read(_folder.Write("model.pth", file), wanted);

    private void Refused(string problem, byte[] file) =>
        Assert.Contains(problem, Assert.Throws<InputException>(() => Read(file)).Message, StringComparison.Ordinal);
}
