using System.Buffers.Binary;
using System.Text;
using Amodal.Files;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Tests.Files;

public sealed class SafeTensorsTests : IDisposable
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";
    private readonly string _folder = Directory.CreateTempSubdirectory("amodal-").FullName;

    private string At(string name) => Path.Combine(_folder, name);

    [Fact]
    public void Writes_the_bytes_of_the_format()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(At("a"), new Dictionary<string, Tensor> { ["a"] = tensor(new[] { 1f, -2f }) }, new Dictionary<string, string> { ["k"] = "v" });
        // By hand from the format's description: length (padded to a multiple of 8), JSON, IEEE 754 little-endian.
        var json = """{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"""u8.ToArray();
        byte[] expected = [80, 0, 0, 0, 0, 0, 0, 0, .. json, .. new byte[80 - json.Length].Select(_ => (byte)' '), 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0];
        Assert.Equal(expected, File.ReadAllBytes(At("a")));
    }

    [Fact]
    public void Reads_a_file_made_by_hand()
    {
        using var scope = NewDisposeScope();
        var json = """{"h":{"dtype":"F16","shape":[1],"data_offsets":[12,14]},"i":{"shape":[],"data_offsets":[0,8],"dtype":"I64"},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]},"t":{"dtype":"BOOL","shape":[2],"data_offsets":[14,16]},"__metadata__":{"step":"7"}}""";
        var read = SafeTensors.Read(Make(json, [5, 0, 0, 0, 0, 0, 0, 0x80, 0x80, 0x3F, 0, 0xC0, 0, 0x3C, 1, 0]), out var metadata);
        Assert.Equal(long.MinValue + 5, read["i"].item<long>());
        Assert.Equal([1, 2], read["b"].shape);
        Assert.Equal([1f, -2f], read["b"].to(ScalarType.Float32).data<float>().ToArray());
        Assert.Equal(1f, read["h"].to(ScalarType.Float32).item<float>());
        Assert.Equal([true, false], read["t"].data<bool>().ToArray());
        Assert.Equal("7", Assert.Single(metadata).Value);
        Assert.Equal("7", SafeTensors.ReadMetadata(At("made"))["step"]);
    }

    [Fact]
    public void Any_tensors_come_back_as_they_were()
    {
        var types = Gen.OneOf(ScalarType.Float32, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32, ScalarType.Bool, ScalarType.BFloat16, ScalarType.Float16, ScalarType.Byte);
        var one = Gen.Select(Gen.Long[0, 4].Array[0, 4], types);
        var names = Gen.Dictionary(Gen.OneOf(Gen.String[Gen.Char['\u0001', '\uD7FF'], 1, 8], Gen.OneOf("a.b", "é", "\"", "\\")), one)[0, 5];
        Gen.Select(names, Gen.Int).Sample((shapes, seed) =>
        {
            using var scope = NewDisposeScope();
            var random = new Amodal.Randomness.StableRandom((ulong)(uint)seed);
            var tensors = shapes.ToDictionary(s => s.Key, s => Random(s.Value.Item1, s.Value.Item2, random));
            SafeTensors.Write(At("p"), tensors);
            var read = SafeTensors.Read(At("p"));
            Assert.Equal(tensors.Keys.Order(StringComparer.Ordinal), read.Keys.Order(StringComparer.Ordinal));
            foreach (var (name, expected) in tensors)
            {
                Assert.Equal(expected.shape, read[name].shape);
                Assert.Equal(expected.dtype, read[name].dtype);
                Assert.Equal(expected.contiguous().bytes.ToArray(), read[name].bytes.ToArray());
            }
        }, iter: 200, threads: 1);
    }

    /// <summary>Random bytes, so that NaNs with payloads must survive; transposed, so that strides must not.</summary>
    private static Tensor Random(long[] shape, ScalarType type, Amodal.Randomness.StableRandom random)
    {
        var made = empty(shape, type);
        foreach (ref var b in made.numel() == 0 ? [] : made.bytes)
        {
            b = (byte)random.NextInt(type == ScalarType.Bool ? 2 : 256);
        }

        return shape.Length < 2 ? made : made.transpose(0, -1);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Numbers_that_are_not_finite_are_read_but_not_loaded_as_weights(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var target = new Dictionary<string, Tensor> { ["whole"] = zeros(2, ScalarType.Int64), ["w"] = zeros(2, type) };
        foreach (var bad in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity })
        {
            SafeTensors.Write(At("a"), new Dictionary<string, Tensor> { ["whole"] = ones(2, ScalarType.Int64), ["w"] = tensor([1, bad]).to(type) });
            Assert.Equal(2, SafeTensors.Read(At("a")).Count);
            Assert.Equal("tensor 'w'", Assert.Throws<InputException>(() => SafeTensors.LoadInto(target, At("a"))).Place);
            Assert.Equal(0, target["whole"].sum().item<long>()); // all of them or none
        }
    }

    [Fact]
    public void The_order_given_does_not_change_the_bytes()
    {
        using var scope = NewDisposeScope();
        Tensor a = ones(3), b = zeros(2, ScalarType.Float64), c = ones(1, ScalarType.Bool);
        SafeTensors.Write(At("1"), new Dictionary<string, Tensor> { ["c"] = c, ["a"] = a, ["b"] = b }, new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" });
        SafeTensors.Write(At("2"), new Dictionary<string, Tensor> { ["b"] = b, ["c"] = c, ["a"] = a }, new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" });
        Assert.Equal(File.ReadAllBytes(At("1")), File.ReadAllBytes(At("2")));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "tensor 'a'", "not whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8.5]}}""", "tensor 'a'", "not whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "tensor 'a'", "not whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "tensor 'a'", "not whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", "tensor 'a'", "not whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "tensor 'a'", "lies at bytes 8 to 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "tensor 'a'", "lies at bytes 0 to 16, but the file has 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "tensor 'a'", "F32 of shape (3), which does not fit its 8 bytes")]
    // 2^62 * 4 * 4 bytes wraps to 0 in 64 bits, and so does 2^32 * 2^32 * 8 after any order.
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "tensor 'a'", "does not fit its 0 bytes")]
    [InlineData("""{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "tensor 'a'", "does not fit its 0 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "tensor 'b'", "inside the tensor before it")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "tensor 'a'", "no bytes may lie between")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", null, "has 8 bytes of data, but its tensors end at 4")]
    [InlineData("""{}""", null, "its tensors end at 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "tensor 'a'", "twice")]
    [InlineData("""{"a":{"dtype":"F8_E5M2","shape":[8],"data_offsets":[0,8]}}""", "tensor 'a'", "has the type 'F8_E5M2'; read are F64")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "tensor 'a'", "exactly dtype, shape and data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}""", "tensor 'a'", "exactly dtype, shape and data_offsets")]
    [InlineData("""{"a":[]}""", "tensor 'a'", "exactly dtype, shape and data_offsets")]
    [InlineData("""{"__metadata__":{"a":1}}""", "__metadata__", "not an object of texts")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", "__metadata__", "the key 'a' twice")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "header", "not sound JSON")]
    [InlineData("""{"a":""", "header", "not sound JSON")]
    [InlineData("""[]""", "header", "not a JSON object")]
    public void Refuses_headers_that_are_not_sound(string json, string? place, string problem)
    {
        var refused = Assert.Throws<InputException>(() => SafeTensors.Read(Make(json, new byte[8])));
        Assert.Equal(At("made"), refused.Origin);
        Assert.Equal(place, refused.Place);
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100_000_001UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(0x8000_0000_0000_0000UL)]
    [InlineData(1000UL)]
    [InlineData(0UL)]
    public void Refuses_a_header_length_before_anything_is_allocated(ulong length)
    {
        var path = Make(Good, new byte[8], length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("header: claims", Assert.Throws<InputException>(() => SafeTensors.Read(path)).Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void Refuses_a_file_cut_off_anywhere()
    {
        var whole = File.ReadAllBytes(Make(Good, new byte[8]));
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(At("cut"), whole[..length]);
            Assert.Throws<InputException>(() => SafeTensors.Read(At("cut")));
        }
    }

    [Fact]
    public void Refuses_bools_that_are_neither() =>
        Assert.Contains("other than 0 and 1", Assert.Throws<InputException>(() =>
            SafeTensors.Read(Make("""{"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}""", [1, 2]))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_or_a_folder_is_bad_input()
    {
        Assert.Contains("is not there", Assert.Throws<InputException>(() => SafeTensors.Read(At("none"))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<InputException>(() => SafeTensors.Read(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_reading_nor_writing_leaves_tensors_behind()
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor> { ["a"] = ones(3, 2).t(), ["b"] = ones(2, ScalarType.Bool) };
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        SafeTensors.Write(At("a"), tensors);
        foreach (var tensor in SafeTensors.Read(At("a")).Values)
        {
            tensor.Dispose();
        }

        Assert.Throws<InputException>(() => SafeTensors.Read(Make("""{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"BOOL","shape":[1],"data_offsets":[8,9]}}""", [0, 0, 0, 0, 0, 0, 0, 0, 9])));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_module_comes_back_as_it_was_saved()
    {
        using var scope = NewDisposeScope();
        using var saved = nn.Sequential(("one", nn.Linear(3, 2)), ("two", nn.BatchNorm1d(2)));
        using var loaded = nn.Sequential(("one", nn.Linear(3, 2)), ("two", nn.BatchNorm1d(2)));
        saved.forward(ones(4, 3)); // moves the buffers off their start
        SafeTensors.Save(saved, At("m"), new Dictionary<string, string> { ["format"] = "1" });
        SafeTensors.LoadInto(loaded, At("m"));
        Assert.Equal(7, saved.state_dict().Count);
        foreach (var (name, expected) in saved.state_dict())
        {
            Assert.Equal(expected.bytes.ToArray(), loaded.state_dict()[name].bytes.ToArray());
        }

        Assert.True(loaded.parameters().All(p => p.requires_grad));
    }

    [Fact]
    public void A_module_that_does_not_fit_is_told_everything_and_stays_as_it_was()
    {
        using var scope = NewDisposeScope();
        using var saved = nn.Sequential(("one", nn.Linear(3, 2)), ("old", nn.Linear(2, 2, hasBias: false)), ("same", nn.Linear(2, 2)));
        using var other = nn.Sequential(("one", nn.Linear(4, 2)), ("new", nn.Linear(2, 2, hasBias: false)), ("same", nn.Linear(2, 2, dtype: ScalarType.Float64)));
        SafeTensors.Save(saved, At("m"));
        var before = other.state_dict().Values.Select(t => t.bytes.ToArray()).ToList();
        var message = Assert.Throws<InputException>(() => SafeTensors.LoadInto(other, At("m"))).Message;
        Assert.Contains("missing are new.weight;", message, StringComparison.Ordinal);
        Assert.Contains("unknown are tensor 'old.weight';", message, StringComparison.Ordinal);
        Assert.Contains("one.weight is F32 (2, 3) instead of F32 (2, 4)", message, StringComparison.Ordinal);
        Assert.Contains("same.bias is F32 (2) instead of F64 (2)", message, StringComparison.Ordinal);
        Assert.Equal(before, other.state_dict().Values.Select(t => t.bytes.ToArray()));
    }

    [Fact]
    public void A_full_disk_keeps_the_old_file()
    {
        using var scope = NewDisposeScope();
        using var disk = TinyDisk.MountOrSkip("64k");
        var path = Path.Combine(disk.Folder, "a.safetensors");
        SafeTensors.Write(path, new Dictionary<string, Tensor> { ["a"] = ones(10) });
        var old = File.ReadAllBytes(path);
        var refused = Assert.Throws<InputException>(() => SafeTensors.Write(path, new Dictionary<string, Tensor> { ["a"] = ones(100_000) }));
        Assert.Equal(path, refused.Origin);
        Assert.Contains("no space left on device", refused.Message, StringComparison.Ordinal);
        Assert.Equal(old, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFileSystemEntries(disk.Folder));
    }

    [Fact]
    public void A_disk_that_takes_no_writing_is_bad_input()
    {
        using var scope = NewDisposeScope();
        using var disk = TinyDisk.MountOrSkip("64k");
        disk.MakeReadOnly();
        var refused = Assert.Throws<InputException>(() => SafeTensors.Write(Path.Combine(disk.Folder, "a"), new Dictionary<string, Tensor> { ["a"] = ones(1) }));
        Assert.Contains("cannot be written", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_format_cannot_hold_is_a_fault_of_the_program()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => SafeTensors.Write(At("a"), new Dictionary<string, Tensor> { ["a"] = ones(1, ScalarType.ComplexFloat32) }));
        Assert.Throws<ArgumentException>(() => SafeTensors.Write(At("a"), new Dictionary<string, Tensor> { ["__metadata__"] = ones(1) }));
        Assert.False(File.Exists(At("a")));
    }

    private string Make(string json, byte[] data, ulong? length = null)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, length ?? (ulong)bytes.Length);
        File.WriteAllBytes(At("made"), [.. prefix, .. bytes, .. data]);
        return At("made");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
