using System.IO.Compression;
using System.Numerics;
using Amodal.Data;
using Amodal.Data.NumPy;
using Amodal.Data.Pickles;
using CsCheck;

namespace Amodal.Tests.Data.Pickles;

public sealed class PickleReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void Every_protocol_builds_the_same_array(int protocol)
    {
        if (protocol == 0)
        {
            // Protocol 0 keeps bytes in a quoted str: 1.0f is 00 00 80 3f, 10.0f is 00 00 20 41.
            var text = new PickleBytes(0).Global("numpy.core.multiarray", "_reconstruct").Op('(').Global("numpy", "ndarray").Tuple(0).Line('S', "'b'").Op('t').Op('R')
                .Op('(').Int(1).Tuple(2).Type("f4", '<').Bool(false).Line('S', @"'\x00\x00\x80?\x00\x00 A'").Op('t').Op('b');
            Assert.Equal([1f, 10f], Assert.IsType<NumPyArray>(Read(text)).ToFloats());
            return;
        }

        var array = Assert.IsType<NumPyArray>(Read(new PickleBytes(protocol).Floats([2, 2], 1, -2.5f, float.NaN, 1e30f)));
        Assert.Equal([2, 2], array.Shape);
        Assert.Equal([1, -2.5f, float.NaN, 1e30f], array.ToFloats());
    }

    [Theory]
    [InlineData("numpy.core.multiarray"), InlineData("numpy._core.multiarray")]
    public void Names_of_both_NumPy_generations_are_known(string module) =>
        Assert.Equal([7f], Assert.IsType<NumPyArray>(Read(new PickleBytes().Array("f4", '<', [1], BitConverter.GetBytes(7f), module: module))).ToFloats());

    [Theory]
    [InlineData("f4", '<', new byte[] { 0, 0, 0xC0, 0xBF }, -1.5)]
    [InlineData("f4", '>', new byte[] { 0xBF, 0xC0, 0, 0 }, -1.5)]
    [InlineData("f8", '<', new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0xBF }, -1.5)]
    [InlineData("f8", '>', new byte[] { 0xBF, 0xF8, 0, 0, 0, 0, 0, 0 }, -1.5)]
    [InlineData("f2", '<', new byte[] { 0x00, 0xBE }, -1.5)]
    [InlineData("f2", '>', new byte[] { 0xBE, 0x00 }, -1.5)]
    [InlineData("i1", '|', new byte[] { 0xFE }, -2)]
    [InlineData("u1", '|', new byte[] { 0xFE }, 254)]
    [InlineData("i2", '>', new byte[] { 0xFF, 0xFE }, -2)]
    [InlineData("i4", '<', new byte[] { 0xFE, 0xFF, 0xFF, 0xFF }, -2)]
    [InlineData("i8", '<', new byte[] { 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, -2)]
    [InlineData("u4", '>', new byte[] { 0xFF, 0xFF, 0xFF, 0xFE }, 4294967294)]
    [InlineData("b1", '|', new byte[] { 1 }, 1)]
    public void Every_number_type_is_converted(string type, char order, byte[] content, double expected)
    {
        var array = Assert.IsType<NumPyArray>(Read(new PickleBytes().Array(type, order, [1], content)));
        Assert.Equal([expected], array.ToDoubles());
        Assert.Equal([(float)expected], array.ToFloats());
    }

    [Fact]
    public void Fortran_order_becomes_C_order()
    {
        // np.arange(24).reshape(2, 3, 4) in F order holds element (i, j, k) = 12 i + 4 j + k at i + 2 j + 6 k.
        var content = new byte[24];
        for (var (i, value) = (0, 0); i < 2; i++)
        {
            for (var j = 0; j < 3; j++)
            {
                for (var k = 0; k < 4; k++)
                {
                    content[i + (2 * j) + (6 * k)] = (byte)value++;
                }
            }
        }

        var array = Assert.IsType<NumPyArray>(Read(new PickleBytes().Array("u1", '|', [2, 3, 4], content, fortran: true)));
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (double)i), array.ToDoubles());
    }

    [Fact]
    public void Texts_are_read_in_both_byte_orders_and_bytes_as_utf8()
    {
        byte[] little = [(byte)'h', 0, 0, 0, 0xE4, 0, 0, 0, (byte)'a', 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(["hä", "a"], Assert.IsType<NumPyArray>(Read(new PickleBytes().Array("U2", '<', [2], little))).ToStrings());
        byte[] big = [0, 1, 0xF6, 0x00];
        Assert.Equal(["\U0001F600"], Assert.IsType<NumPyArray>(Read(new PickleBytes().Array("U1", '>', [1], big))).ToStrings());
        Assert.Equal(["ab", "c"], Assert.IsType<NumPyArray>(Read(new PickleBytes().Array("S2", '|', [2], "abc\0"u8))).ToStrings());
    }

    [Fact]
    public void Object_arrays_of_texts_are_read()
    {
        var pickle = new PickleBytes().NewArray().Op('(').Int(1).Tuple(2).Type("O8", '|').Bool(false).List("a", "b").Op('t').Op('b');
        Assert.Equal(["a", "b"], Assert.IsType<NumPyArray>(Read(pickle)).ToStrings());
    }

    [Fact]
    public void Protocol_5_arrays_from_buffers_are_read()
    {
        var pickle = new PickleBytes(5).Global("numpy._core.numeric", "_frombuffer").Op('(');
        pickle.Op(0x96, 4, 0, 0, 0, 0, 0, 0, 0).Op(BitConverter.GetBytes(2f)).Type("f4", '<').Tuple(1, 1).Text("C").Op('t').Op('R');
        Assert.Equal([2f], Assert.IsType<NumPyArray>(Read(pickle)).ToFloats());
    }

    [Fact]
    public void Python_2_strings_serve_as_bytes_and_as_texts()
    {
        var pickle = new PickleBytes(2).Op('}').Op('(').Python2String("key"u8)
            .NewArray().Op('(').Int(1).Tuple(1).Type("f4", '<').Bool(false).Python2String([0, 0, 0x80, 0xBF]).Op('t').Op('b').Op('u');
        var dictionary = Assert.IsType<PickleDictionary>(Read(pickle));
        Assert.Equal([-1f], Assert.IsType<NumPyArray>(dictionary["key"]).ToFloats());
    }

    [Fact]
    public void Plain_values_and_containers_are_read()
    {
        var pickle = new PickleBytes().Op(']').Op('(');
        pickle.Op('N').Bool(true).Int(-5).Float(0.5).Text("ü").Bytes([1, 2]).Op(0x8A, 2, 0xFF, 0x7F).Op(0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1);
        pickle.Op('K').Op(1).Op('K').Op(2).Op(0x86).Op(0x8F).Op('(').Int(1).Op(0x90).Global("collections", "OrderedDict").Op(')').Op('R').Text("k").Int(3).Op('s').Op('e');
        var list = Assert.IsType<PickleSequence>(Read(pickle));
        Assert.Equal([null, true, -5L, 0.5, "ü"], list.Take(5));
        Assert.Equal([1, 2], Assert.IsType<ReadOnlyMemory<byte>>(list[5]).ToArray());
        Assert.Equal([32767L, BigInteger.Pow(2, 64)], list.Skip(6).Take(2));
        Assert.Equal([1L, 2L], Assert.IsType<PickleSequence>(list[8]));
        Assert.Equal(PickleSequenceKind.Set, Assert.IsType<PickleSequence>(list[9]).Kind);
        Assert.Equal(3L, Assert.IsType<PickleDictionary>(list[10])["k"]);
    }

    [Fact]
    public void Protocol_0_values_are_read()
    {
        var list = Assert.IsType<PickleSequence>(Read("(lp0\nI7\naL12L\naF0.25\naI01\naS'a\\x41\\n\\''\naVx\\u00e4\na(dp1\nS'k'\nI2\nsa."u8.ToArray()));
        Assert.Equal([7L, 12L, 0.25, true, "aA\n'", "xä"], list.Take(6));
        Assert.Equal(2L, Assert.IsType<PickleDictionary>(list[6])["k"]);
    }

    [Fact]
    public void Scalars_are_numbers()
    {
        var pickle = new PickleBytes().Global("numpy._core.multiarray", "scalar").Op('(').Type("i8", '<').Bytes(BitConverter.GetBytes(long.MaxValue)).Op('t').Op('R');
        Assert.Equal(long.MaxValue, Read(pickle));
    }

    [Theory]
    [InlineData("os", "system"), InlineData("posix", "system"), InlineData("builtins", "eval"), InlineData("numpy", "load"), InlineData("numpy.testing._private.utils", "runstring")]
    public void Code_is_refused_by_name_and_not_run(string module, string name)
    {
        var proof = Path.Combine(_folder.Name, "proof");
        foreach (var protocol in new[] { 0, 2, 4 })
        {
            var pickle = new PickleBytes(protocol).Global(module, name).Op('(').Text($"touch {proof}").Op('t').Op('R');
            var problem = Refusal(pickle.Done());
            Assert.Contains($"asks for {module}.{name}. Amodal refuses to run code from a pickle", problem.Message, StringComparison.Ordinal);
            Assert.Contains("numpy.savez", problem.Message, StringComparison.Ordinal);
            Assert.StartsWith("byte ", problem.Place, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(proof));
    }

    [Fact]
    public void Every_other_way_to_make_objects_is_refused()
    {
        Assert.Contains("os.system", Refusal("(S'x'\nios\nsystem\n."u8.ToArray()).Message, StringComparison.Ordinal);
        Assert.Contains("asks for numpy.ndarray", Refusal(new PickleBytes().Global("numpy", "ndarray").Op(')').Op(0x81).Done()).Message, StringComparison.Ordinal);
        Assert.Contains("numpy.ndarray", Refusal(new PickleBytes(1).Op('(').Global("numpy", "ndarray").Op('o').Done()).Message, StringComparison.Ordinal);
        Assert.Contains("persistent id", Refusal("P1\n."u8.ToArray()).Message, StringComparison.Ordinal);
        Assert.Contains("extension registry", Refusal(new PickleBytes().Op(0x82, 1).Done()).Message, StringComparison.Ordinal);
        Assert.Contains("out of band", Refusal(new PickleBytes(5).Op(0x97).Done()).Message, StringComparison.Ordinal);
        Assert.Contains("calls numpy.dtype with (an int)", Refusal(new PickleBytes().Global("numpy", "dtype").Int(1).Op(0x85).Op('R').Done()).Message, StringComparison.Ordinal);
        // bytes(10**9) would allocate on the file's word.
        Assert.Contains("calls builtins.bytes", Refusal(new PickleBytes().Global("builtins", "bytes").Int(1_000_000_000).Op(0x85).Op('R').Done()).Message, StringComparison.Ordinal);
        Assert.Contains("holds numpy.dtype, not data", Refusal(new PickleBytes().Global("numpy", "dtype").Done()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_is_bad_input()
    {
        var whole = SmallSample();
        Assert.IsType<PickleDictionary>(Read(whole));
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Contains("truncated or damaged", Refusal(whole[..length]).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_truncation_of_a_gzipped_pickle_is_bad_input()
    {
        var whole = Gzip(SmallSample());
        // The last 8 bytes are checksum and size; 12 bytes of packed content hold at least one byte that is missed.
        for (var length = 2; length < whole.Length - 20; length++)
        {
            _ = Refusal(whole[..length]);
        }
    }

    [Fact]
    public void A_flipped_byte_is_bad_input_or_another_value_but_nothing_else()
    {
        var whole = Sample();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length - 1], Gen.Byte).Sample(
            (first, a, second, b) =>
            {
                var damaged = whole.ToArray();
                damaged[first] = a;
                damaged[second] = b;
                try
                {
                    _ = MmsaReader.Read(_folder.Write($"{Environment.CurrentManagedThreadId}.pkl", damaged));
                }
                catch (InputException)
                {
                }
            },
            iter: 1000);
    }

    [Theory]
    [InlineData(1000, true), InlineData(1001, false)]
    public void An_int_has_a_limit(int size, bool isRead)
    {
        // Both as bytes (LONG4) and as digits (LONG of protocol 0).
        byte[] bytes = [0x80, 2, 0x8B, .. BitConverter.GetBytes(size), .. Enumerable.Repeat((byte)1, size), (byte)'.'];
        var digits = System.Text.Encoding.ASCII.GetBytes("L" + new string('1', size) + "L\n.");
        foreach (var content in new[] { bytes, digits })
        {
            if (isRead)
            {
                Assert.IsType<BigInteger>(Read(content));
            }
            else
            {
                Assert.Contains("the file is damaged or not a pickle", Refusal(content).Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("builtins", "set"), InlineData("collections", "OrderedDict")]
    public void Copies_are_charged(string module, string name)
    {
        // A list of 1000 pairs, copied 100 times: some 10 KB of file, of which 160 KB may come, and copies of 800 KB or more.
        var pickle = new PickleBytes().Op(']').Op('(').Op('K').Op(1).Op('K').Op(2).Op(0x86).Op(0x94); // memo 0: the pair (1, 2)
        for (var i = 1; i < 1000; i++)
        {
            pickle.Op('h').Op(0);
        }

        pickle.Op('e').Op(0x94).Global(module, name).Op(0x94); // memo 1: the list, memo 2: the function
        for (var i = 0; i < 100; i++)
        {
            pickle.Op('h').Op(2).Op('h').Op(1).Op(0x85).Op('R').Op('0');
        }

        var path = _folder.Write("a.pkl", pickle.Op('h').Op(1).Done());
        Assert.Contains("would take more than", Assert.Throws<InputException>(() => PickleReader.Read(path, new ReadLimits { FreeBytes = 10_000 })).Message, StringComparison.Ordinal);
        Assert.NotNull(PickleReader.Read(path));
    }

    [Theory]
    [InlineData(']', 0x85)] // ((((...),),),)
    [InlineData('N', (byte)'l')]
    public void Deep_nesting_is_refused(char first, byte wrap)
    {
        var pickle = new PickleBytes().Op(first);
        for (var i = 0; i < 200_000; i++)
        {
            pickle.Op(wrap == (byte)'l' ? [(byte)'(', (byte)'(', (byte)'l', (byte)'0'] : [wrap]);
        }

        Assert.Contains("deeper than 100", Refusal(pickle.Done()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_by_filling_lists_afterwards_is_refused()
    {
        var pickle = new PickleBytes().Op(']');
        for (var i = 0; i < 100_000; i++)
        {
            pickle.Op(0x94).Op('0').Op(']').Op(0x94); // memo 2i holds the inner list, 2i+1 the outer
            pickle.Op('j').Op(BitConverter.GetBytes(2 * i)).Op('a');
        }

        Assert.Contains("deeper than 100", Refusal(pickle.Done()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_holds_itself_is_read()
    {
        var list = Assert.IsType<PickleSequence>(Read(new PickleBytes().Op(']').Op(0x94).Op('h').Op(0).Op('a')));
        Assert.Same(list, list[0]);
    }

    [Fact]
    public void Doubling_through_the_memo_costs_nothing_and_is_no_data_set()
    {
        // A "billion laughs": each level holds the one below twice; 90 levels would be 2^90 values if they were copied.
        var pickle = new PickleBytes().Op(']').Op(0x94);
        for (var i = 0; i < 90; i++)
        {
            pickle.Op('h').Op((byte)i).Op(0x86).Op(0x94);
        }

        Assert.Contains("not of the MMSA layout", Assert.Throws<InputException>(() => MmsaReader.Read(_folder.Write("a.pkl", pickle.Done()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encoding_one_text_again_and_again_is_refused()
    {
        var pickle = new PickleBytes().Global("_codecs", "encode").Op(0x94).Op('0').Text(new string('x', 100_000)).Text("latin1").Op(0x86).Op(0x94).Op('0');
        for (var i = 0; i < 1000; i++)
        {
            pickle.Op('h').Op(0).Op('h').Op(1).Op('R'); // 100 kB for each five bytes
        }

        var path = _folder.Write("a.pkl", pickle.Done());
        var problem = Assert.Throws<InputException>(() => PickleReader.Read(path, new ReadLimits { FreeBytes = 1_000_000 }));
        Assert.Contains("bytes of memory", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_beyond_the_limits_are_refused()
    {
        var many = new PickleBytes().Op('(');
        for (var i = 0; i < 50; i++)
        {
            many.Op('N').Op(0x94);
        }

        var path = _folder.Write("a.pkl", many.Op('t').Done());
        Assert.Contains("more values", Assert.Throws<InputException>(() => PickleReader.Read(path, new ReadLimits { MaxObjects = 49 })).Message, StringComparison.Ordinal);
        Assert.Contains("more values", Assert.Throws<InputException>(() => PickleReader.Read(path, new ReadLimits { MaxStack = 49 })).Message, StringComparison.Ordinal);
        Assert.Contains("remembers more than 49", Assert.Throws<InputException>(() => PickleReader.Read(path, new ReadLimits { MaxMemo = 49 })).Message, StringComparison.Ordinal);
        Assert.Equal(50, Assert.IsType<PickleSequence>(PickleReader.Read(path, new ReadLimits { MaxObjects = 51, MaxStack = 50, MaxMemo = 50 })).Count);
    }

    [Theory]
    [InlineData(new[] { int.MaxValue, int.MaxValue, int.MaxValue })]
    [InlineData(new[] { 1_000_000_000 })]
    [InlineData(new[] { -1, -4 })]
    [InlineData(new[] { 65536, 65536, 65536, 65536 })]
    [InlineData(new[] { 5 })]
    [InlineData(new[] { 0 })]
    public void Shapes_that_the_bytes_do_not_fill_are_refused(int[] shape)
    {
        var problem = Refusal(new PickleBytes().Array("f4", '<', shape, new byte[16]).Done());
        Assert.Contains("declares an array", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('B'), InlineData('X'), InlineData('T')]
    public void A_size_beyond_the_file_is_refused_before_anything_is_allocated(char code)
    {
        foreach (var gzip in new[] { false, true })
        {
            var pickle = new PickleBytes().Sized(code, 2_000_000_000, "short"u8).Done();
            var before = GC.GetAllocatedBytesForCurrentThread();
            _ = Refusal(gzip ? Gzip(pickle) : pickle);
            // The reader's own buffers are well below 10 MB; 2 GB were declared.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
        }

        Assert.Contains("cannot be read", Refusal(new PickleBytes().Op(0x8E, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF).Done()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_bomb_is_refused()
    {
        var path = _folder.Write("a.pkl", Gzip(new PickleBytes().Sized('B', 3_000_000, new byte[3_000_000]).Done()));
        var limits = new ReadLimits { FreeBytes = 1_000_000, MaxExpansion = 50 };
        Assert.Contains("unpacks to more than", Assert.Throws<InputException>(() => PickleReader.Read(path, limits)).Message, StringComparison.Ordinal);
        Assert.IsType<ReadOnlyMemory<byte>>(PickleReader.Read(path, limits with { FreeBytes = 4_000_000 }));
    }

    [Fact]
    public void Damaged_gzip_is_bad_input()
    {
        var whole = Gzip(new PickleBytes().Text(new string('x', 1000)).Done());
        whole[^5] ^= 1; // in the checksum, which comes after all content
        Assert.Contains("is damaged", Refusal(whole).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] SmallSample() => new PickleBytes(4).Dictionary(("text", p => p.Floats([1, 2], 1, 2)), ("id", p => p.List("a"))).Done();

    private static byte[] Sample()
    {
        static Action<PickleBytes> Split(int rows) => p => p.Dictionary(
            ("text", q => q.Floats([rows, 2, 1], [.. Enumerable.Range(0, 2 * rows).Select(i => (float)i)])),
            ("audio", q => q.Array("f8", '>', [rows, 1], new byte[8 * rows], fortran: true)),
            ("id", q => q.List([.. Enumerable.Range(0, rows).Select(i => $"v$_${i}")])),
            ("regression_labels", q => q.Floats([rows], new float[rows])));
        return new PickleBytes(3).Dictionary(("train", Split(3)), ("valid", Split(1)), ("test", Split(2))).Done();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }

    private object? Read(PickleBytes pickle) => Read(pickle.Done());

    private object? Read(byte[] pickle) => PickleReader.Read(_folder.Write("a.pkl", pickle));

    private InputException Refusal(byte[] pickle) => Assert.Throws<InputException>(() => Read(pickle));
}
