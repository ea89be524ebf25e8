using System.Numerics;

namespace Amodal.Data.Pickles;

/// <summary>The stack machine that a pickle is a program for. It has no recursion, so no file can overflow our stack.</summary>
internal sealed class PickleMachine(ByteSource source, ReadLimits limits, IPickleAddition? addition = null)
{
    private const int MaxDigits = 1000; // Python's ints have no bound, but parsing them costs the square of their length

    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly PickleCalls _calls = new(source, limits);
    private long _pushed;
    private long _at; // where the current operation began

    /// <summary>Runs to STOP.</summary>
    public object? Run()
    {
        while (true)
        {
            _at = source.Offset;
            var code = (PickleOp)source.Byte();
            if (code == PickleOp.Stop)
            {
                return Finish();
            }

            if (!Constant(code) && !Container(code) && !Memo(code))
            {
                Construct(code);
            }
        }
    }

    private object? Finish()
    {
        var value = Pop();
        return value is PickledGlobal or PickledType
            ? throw Fault($"holds {PickleReader.NameOf(value)}, not data. Export the arrays with numpy.savez.")
            : value;
    }

    private bool Constant(PickleOp code)
    {
        switch (code)
        {
            case PickleOp.Proto: Protocol(source.Byte()); break;
            case PickleOp.Frame: _ = source.UInt64(); break; // frames only help readers that read ahead
            case PickleOp.None: Push(null); break;
            case PickleOp.NewTrue: Push(true); break;
            case PickleOp.NewFalse: Push(false); break;
            case PickleOp.Int: Push(TextInt()); break;
            case PickleOp.BinInt: Push((long)source.Int32()); break;
            case PickleOp.BinInt1: Push((long)source.Byte()); break;
            case PickleOp.BinInt2: Push((long)source.UInt16()); break;
            case PickleOp.Long: Push(Digits(TextLine().TrimEnd('L'))); break;
            case PickleOp.Long1: Push(BinaryLong(source.Byte())); break;
            case PickleOp.Long4: Push(BinaryLong(source.UInt32())); break;
            case PickleOp.Float: Push(TextFloat()); break;
            case PickleOp.BinFloat: Push(source.DoubleBigEndian()); break;
            case PickleOp.String: Push(QuotedText.ParseString(TextLine()) ?? throw Damaged("a text without quotes")); break;
            case PickleOp.BinString: Push(Latin1(source.UInt32())); break;
            case PickleOp.ShortBinString: Push(Latin1(source.Byte())); break;
            case PickleOp.BinBytes: Push(Raw(source.UInt32())); break;
            case PickleOp.ShortBinBytes: Push(Raw(source.Byte())); break;
            case PickleOp.BinBytes8: Push(Raw(source.UInt64())); break;
            case PickleOp.ByteArray8: Push(Raw(source.UInt64())); break;
            case PickleOp.Unicode: Push(QuotedText.ParseUnicode(TextLine())); break;
            case PickleOp.BinUnicode: Push(Utf8(source.UInt32())); break;
            case PickleOp.ShortBinUnicode: Push(Utf8(source.Byte())); break;
            case PickleOp.BinUnicode8: Push(Utf8(source.UInt64())); break;
            default: return false;
        }

        return true;
    }

    private bool Container(PickleOp code)
    {
        switch (code)
        {
            case PickleOp.Mark: Mark(); break;
            case PickleOp.Pop: PopOrUnmark(); break;
            case PickleOp.PopMark: _ = PopToMark(); break;
            case PickleOp.Dup: Push(Top()); break;
            case PickleOp.EmptyList: Push(new PickleSequence(PickleSequenceKind.List, [])); break;
            case PickleOp.List: Push(new PickleSequence(PickleSequenceKind.List, PopToMark())); break;
            case PickleOp.Append: Append([Pop()]); break;
            case PickleOp.Appends: Append(PopToMark()); break;
            case PickleOp.EmptyTuple: Push(new PickleSequence(PickleSequenceKind.Tuple, [])); break;
            case PickleOp.Tuple: Push(new PickleSequence(PickleSequenceKind.Tuple, PopToMark())); break;
            case PickleOp.Tuple1: Push(new PickleSequence(PickleSequenceKind.Tuple, Pop(1))); break;
            case PickleOp.Tuple2: Push(new PickleSequence(PickleSequenceKind.Tuple, Pop(2))); break;
            case PickleOp.Tuple3: Push(new PickleSequence(PickleSequenceKind.Tuple, Pop(3))); break;
            case PickleOp.EmptyDict: Push(new PickleDictionary()); break;
            case PickleOp.Dict: NewDictionary(); break;
            case PickleOp.SetItem: SetItems(Pop(2)); break;
            case PickleOp.SetItems: SetItems(PopToMark()); break;
            case PickleOp.EmptySet: Push(new PickleSequence(PickleSequenceKind.Set, [])); break;
            case PickleOp.AddItems: Append(PopToMark()); break;
            case PickleOp.FrozenSet: Push(new PickleSequence(PickleSequenceKind.Set, PopToMark())); break;
            default: return false;
        }

        return true;
    }

    private bool Memo(PickleOp code)
    {
        switch (code)
        {
            case PickleOp.Put: Remember(TextIndex()); break;
            case PickleOp.BinPut: Remember(source.Byte()); break;
            case PickleOp.LongBinPut: Remember(source.UInt32()); break;
            case PickleOp.Memoize: Remember((uint)_memo.Count); break;
            case PickleOp.Get: Recall(TextIndex()); break;
            case PickleOp.BinGet: Recall(source.Byte()); break;
            case PickleOp.LongBinGet: Recall(source.UInt32()); break;
            default: return false;
        }

        return true;
    }

    private void Construct(PickleOp code)
    {
        switch (code)
        {
            case PickleOp.Global: Push(Global(TextLine(), TextLine())); break;
            case PickleOp.StackGlobal: StackGlobal(); break;
            case PickleOp.Reduce: Reduce(); break;
            case PickleOp.Build: Build(); break;
            case PickleOp.Inst: throw Refused($"{TextLine()}.{TextLine()}");
            case PickleOp.Obj: throw Refused(PopToMark() is [var first, ..] ? PickleReader.NameOf(first) : "an object");
            case PickleOp.NewObj: throw Refused(PickleReader.NameOf(Pop(2)[0]));
            case PickleOp.NewObjEx: throw Refused(PickleReader.NameOf(Pop(3)[0]));
            case PickleOp.PersId: Push(Load(TextLine())); break;
            case PickleOp.BinPersId: Push(Load(Pop())); break;
            case PickleOp.Ext1 or PickleOp.Ext2 or PickleOp.Ext4: throw Refused("an entry of copyreg's extension registry");
            case PickleOp.NextBuffer or PickleOp.ReadOnlyBuffer:
                throw Fault("keeps its arrays in buffers outside the file (protocol 5, out of band). Write it with plain pickle.dump or numpy.savez.");
            default:
                throw Fault($"holds 0x{(byte)code:x2}, which is no pickle operation: the file is damaged or not a pickle. Copy or export it again.");
        }
    }

    private void Protocol(byte version)
    {
        if (version > 5)
        {
            throw Fault($"is a pickle of protocol {version}; 0 to 5 can be read. Write it with protocol 4.");
        }
    }

    // The stack.
    private void Push(object? value)
    {
        // A container grows on the stack by values that came through here, so it is never more than one level too deep.
        if (value is PickleContainer { Depth: var depth } && depth > limits.MaxDepth)
        {
            throw TooDeep();
        }

        if (++_pushed > limits.MaxObjects || _stack.Count >= limits.MaxStack)
        {
            throw Fault($"holds more values than a feature file should (limits: {limits.MaxObjects} in all, {limits.MaxStack} at a time). Store numbers in arrays, not in lists.");
        }

        _stack.Add(value);
    }

    private object? Top() => _stack.Count > Floor ? _stack[^1] : throw Damaged("an operation without its value");

    private object? Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private List<object?> Pop(int count)
    {
        if (_stack.Count - Floor < count)
        {
            throw Damaged("an operation without its values");
        }

        var values = _stack.GetRange(_stack.Count - count, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    private void Mark()
    {
        _marks.Add(_stack.Count);
        if (_marks.Count > limits.MaxDepth)
        {
            throw TooDeep();
        }
    }

    private List<object?> PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw Damaged("the end of a group that was not begun");
        }

        var values = Pop(_stack.Count - Floor);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    private void PopOrUnmark()
    {
        // As Python does: POP on a bare mark takes the mark away.
        if (_marks.Count > 0 && _stack.Count == Floor)
        {
            _marks.RemoveAt(_marks.Count - 1);
            return;
        }

        _ = Pop();
    }

    // The memo.
    private void Remember(uint index)
    {
        _memo[index] = Top();
        if (_memo.Count > limits.MaxMemo)
        {
            throw Fault($"remembers more than {limits.MaxMemo} values, the limit. Store numbers in arrays, not in lists.");
        }
    }

    private void Recall(uint index) =>
        Push(_memo.TryGetValue(index, out var value) ? value : throw Damaged($"a reference to value {index}, which is not there"));

    // Containers.
    private void Append(List<object?> items)
    {
        if (Top() is not PickleSequence { Kind: not PickleSequenceKind.Tuple } target)
        {
            throw Damaged($"items for {PickleReader.NameOf(Top())}");
        }

        items.ForEach(target.Add);
    }

    private void NewDictionary()
    {
        var pairs = PopToMark();
        Push(new PickleDictionary());
        SetItems(pairs);
    }

    private void SetItems(List<object?> pairs)
    {
        if (Top() is not PickleDictionary target || pairs.Count % 2 != 0)
        {
            throw Damaged($"keys and values for {PickleReader.NameOf(Top())}");
        }

        for (var i = 0; i < pairs.Count; i += 2)
        {
            target.Set(pairs[i], pairs[i + 1]);
        }
    }

    // Calls.
    private PickledGlobal Global(string module, string name) =>
        PickledGlobal.Find(module, name) ?? addition?.Find(module, name) ?? throw Refused($"{module}.{name}");

    private object? Load(object? id) =>
        addition is null ? throw Refused("a persistent id (as torch.save writes them)") : addition.Load(id, Fault);

    private void StackGlobal()
    {
        if (Pop(2) is not [string module, string name])
        {
            throw Damaged("a name that is no text");
        }

        Push(Global(module, name));
    }

    private void Reduce()
    {
        var call = Pop(2);
        if (call is not [PickledGlobal function, PickleSequence { Kind: PickleSequenceKind.Tuple } arguments])
        {
            throw Refused(PickleReader.NameOf(call[0]));
        }

        Push(function.Function == PickledFunction.Added ? addition!.Call(function, arguments, Fault) : _calls.Call(function, arguments, Fault));
    }

    private void Build()
    {
        var state = Pop();
        if (addition is null || (Top(), state) is not (PickleDictionary, PickleDictionary))
        {
            _calls.SetState(Top(), state, Fault);
        }

        // Else the attributes of an OrderedDict, such as the _metadata of a module's state: no values of its.
    }

    // Numbers and texts.
    private string TextLine() => Encoding.Latin1.GetString(_calls.Charged(source.Line(), 3));

    private uint TextIndex() => uint.TryParse(TextLine(), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        ? index
        : throw Damaged("a reference that is no number");

    private object TextInt() => TextLine() switch { "00" => false, "01" => true, var digits => Digits(digits) };

    private object Digits(string digits)
    {
        if (digits.Length > MaxDigits || !BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            throw Damaged($"an int that is no number, or has more than {MaxDigits} digits");
        }

        return Small(value);
    }

    private object BinaryLong(uint size) => size <= MaxDigits
        ? Small(new BigInteger(source.Bytes(size)))
        : throw Damaged($"an int of {size} bytes");

    // Without the cast the conditional would turn the long back into a BigInteger.
    private static object Small(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    private double TextFloat()
    {
        var text = TextLine();
        return text switch
        {
            "nan" or "-nan" => double.NaN,
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : throw Damaged("a float that is no number"),
        };
    }

    private ReadOnlyMemory<byte> Raw(ulong size) => _calls.Charged(source.Bytes(size), 1);

    private string Latin1(uint size) => Encoding.Latin1.GetString(_calls.Charged(source.Bytes(size), 3));

    private string Utf8(ulong size) => Encoding.UTF8.GetString(_calls.Charged(source.Bytes(size), 3));

    // Errors.
    private InputException Fault(string problem) => source.Fault(problem, _at);

    private InputException Damaged(string what) => Fault($"holds {what}: the file is damaged or not a pickle. Copy or export it again.");

    private InputException TooDeep() => Fault($"nests its values deeper than {limits.MaxDepth}, the limit. Feature files need about three levels: export the arrays with numpy.savez.");

    private InputException Refused(string name) => Fault(
        $"asks for {(name.Length > 100 ? name[..100] + "..." : name)}. Amodal refuses to run code from a pickle {addition?.Advice ?? "and builds only NumPy arrays, dicts, lists, tuples, texts and numbers; export the arrays with numpy.savez."}");
}

/// <summary>
/// Reads Python pickles, protocols 0 to 5, without Python and without running anything: it builds NumPy arrays,
/// dictionaries, lists, tuples, sets, texts, bytes, numbers, None and bools, and refuses everything else by name.
/// </summary>
/// <remarks>
/// Values come as <see cref="NumPyArray"/>, <see cref="PickleDictionary"/>, <see cref="PickleSequence"/>,
/// <see cref="string"/> (the byte strings of Python 2 too, as latin-1), <c>ReadOnlyMemory&lt;byte&gt;</c>,
/// <see cref="long"/>, <see cref="System.Numerics.BigInteger"/> (beyond 64 bits), <see cref="double"/>,
/// <see cref="bool"/> and null. The same value may occur in several places, and a container may hold itself.
/// </remarks>
internal static class PickleReader
{
    /// <summary>Reads the first pickle of a file, which may be gzipped.</summary>
    /// <param name="limits">What it may cost; the defaults if null.</param>
    public static object? Read(string path, ReadLimits? limits = null)
    {
        limits ??= new ReadLimits();
        using var source = ByteSource.Open(path, limits);
        var value = new PickleMachine(source, limits).Run();
        source.Drain();
        return value;
    }

    /// <summary>What a value is in Python, for messages.</summary>
    internal static string NameOf(object? value) => value switch
    {
        null => "None",
        bool => "a bool",
        long or System.Numerics.BigInteger => "an int",
        double => "a float",
        string => "a str",
        ReadOnlyMemory<byte> => "bytes",
        PickleDictionary => "a dict",
        PickleSequence { Kind: PickleSequenceKind.List } => "a list",
        PickleSequence { Kind: PickleSequenceKind.Tuple } => "a tuple",
        PickleSequence => "a set",
        NumPyArray array => $"an array of {array.Description}",
        PickledGlobal global => global.FullName,
        PickledType => "a numpy.dtype",
        _ => "a value",
    };
}
