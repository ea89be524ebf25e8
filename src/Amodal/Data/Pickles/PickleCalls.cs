namespace Amodal.Data.Pickles;

/// <summary>What the allowed functions do with their arguments, and the account of the memory that they take.</summary>
internal sealed class PickleCalls(ByteSource source, ReadLimits limits)
{
    // A text costs 3 bytes for each of the file's and becomes bytes again once: 4. The rest is room.
    private const int BytesPerByte = 16;

    private long _allocated;

    /// <summary>Takes account of bytes, or of so many times their number.</summary>
    public byte[] Charged(byte[] bytes, int times)
    {
        Charge((long)bytes.Length * times);
        return bytes;
    }

    public object? Call(PickledGlobal function, PickleSequence arguments, Func<string, InputException> fault) => (function.Function, arguments) switch
    {
        // The shape and type given here are placeholders that the state replaces, in NumPy too.
        (PickledFunction.NewArray, [PickledGlobal { Function: PickledFunction.ArrayClass }, PickleSequence, _]) => new NumPyArray(),
        (PickledFunction.NewType, [string name, ..]) => new PickledType(TypeNamed(name, fault)),
        (PickledFunction.Scalar, [PickledType type, var content]) => Scalar(type.Type, content, fault),
        (PickledFunction.ArrayFromBuffer, [ReadOnlyMemory<byte> bytes, PickledType type, PickleSequence shape, "C" or "F"]) =>
            FromBuffer(bytes, type.Type, shape, arguments[3] is "F", fault),
        (PickledFunction.Encode, []) => ReadOnlyMemory<byte>.Empty,
        (PickledFunction.Encode, [string text, "latin1" or "latin-1" or "iso-8859-1"]) => Latin1(text, fault),
        (PickledFunction.Encode, [ReadOnlyMemory<byte> bytes]) => bytes,
        (PickledFunction.Set, []) => new PickleSequence(PickleSequenceKind.Set, []),
        (PickledFunction.Set, [PickleSequence items]) => Copy(items),
        (PickledFunction.Dictionary, []) => new PickleDictionary(),
        (PickledFunction.Dictionary, [PickleSequence pairs]) => Dictionary(pairs, fault),
        _ => throw fault($"calls {function.FullName} with ({string.Join(", ", arguments.Take(6).Select(PickleReader.NameOf))}), which is not supported. Export the arrays with numpy.savez."),
    };

    /// <summary>Sets the state of an array or a dtype.</summary>
    public void SetState(object? target, object? state, Func<string, InputException> fault)
    {
        switch (target, state)
        {
            case (NumPyArray { IsFilled: false } array, PickleSequence { Count: 5 } parts):
                SetArray(array, parts[1], parts[2], parts[3], parts[4], fault);
                break;
            case (NumPyArray { IsFilled: false } array, PickleSequence { Count: 4 } parts): // version 0, without a number for it
                SetArray(array, parts[0], parts[1], parts[2], parts[3], fault);
                break;
            case (PickledType type, PickleSequence { Count: >= 2 } parts) when parts[1] is "<" or ">" or "|" or "=":
                type.Type = type.Type with { IsBigEndian = parts[1] is ">" };
                break;
            default:
                throw fault($"sets a state on {PickleReader.NameOf(target)}, which is not supported. Export the arrays with numpy.savez.");
        }
    }

    private static NumPyType TypeNamed(string name, Func<string, InputException> fault) =>
        NumPyType.Parse(name) ?? throw fault($"asks for the unknown number type '{(name.Length > 40 ? name[..40] : name)}'. Export float32.");

    private void SetArray(NumPyArray array, object? shape, object? type, object? isFortran, object? content, Func<string, InputException> fault)
    {
        if (shape is not PickleSequence sizes || type is not PickledType { Type: var element })
        {
            throw fault("holds an array without shape or type: the file is damaged. Export it again.");
        }

        if (element.Kind == NumPyKind.Object && content is PickleSequence items)
        {
            array.Fill(Sizes(sizes, fault), isFortran is true or 1L, items, fault);
            return;
        }

        array.Fill(element, Sizes(sizes, fault), isFortran is true or 1L, Content(content, fault), fault);
    }

    private static NumPyArray FromBuffer(ReadOnlyMemory<byte> bytes, NumPyType type, PickleSequence shape, bool isFortran, Func<string, InputException> fault)
    {
        var array = new NumPyArray();
        array.Fill(type, Sizes(shape, fault), isFortran, bytes, fault);
        return array;
    }

    private object Scalar(NumPyType type, object? content, Func<string, InputException> fault)
    {
        var array = new NumPyArray();
        array.Fill(type, [], false, Content(content, fault), fault);
        return type.Kind switch
        {
            NumPyKind.Float => array.ToDoubles()[0],
            NumPyKind.Integer or NumPyKind.Unsigned => long.TryParse(array.ToStrings()[0], out var value) ? (object)value : array.ToDoubles()[0],
            NumPyKind.Boolean => array.ToDoubles()[0] != 0,
            NumPyKind.Text or NumPyKind.Bytes => array.ToStrings()[0],
            _ => throw fault($"holds a single {type}, which is not supported. Export float32."),
        };
    }

    private static long[] Sizes(PickleSequence shape, Func<string, InputException> fault) =>
        shape.Count <= NumPyArray.MaxRank && shape.All(size => size is long)
            ? [.. shape.Select(size => (long)size!)]
            : throw fault("holds an array whose shape is no tuple of ints: the file is damaged. Export it again.");

    private ReadOnlyMemory<byte> Content(object? content, Func<string, InputException> fault) => content switch
    {
        ReadOnlyMemory<byte> bytes => bytes,
        string text => Latin1(text, fault), // Python 2 keeps an array's bytes in a str
        _ => throw fault($"holds an array whose content is {PickleReader.NameOf(content)}: the file is damaged. Export it again."),
    };

    private ReadOnlyMemory<byte> Latin1(string text, Func<string, InputException> fault)
    {
        if (text.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF'))
        {
            throw fault("holds bytes that are written as text, with characters beyond latin-1: the file is damaged. Export it again.");
        }

        Charge(text.Length);
        return Encoding.Latin1.GetBytes(text);
    }

    private PickleSequence Copy(PickleSequence items)
    {
        Charge(8L * items.Count);
        return new PickleSequence(PickleSequenceKind.Set, [.. items]);
    }

    private PickleDictionary Dictionary(PickleSequence pairs, Func<string, InputException> fault)
    {
        Charge(32L * pairs.Count);
        var dictionary = new PickleDictionary();
        foreach (var pair in pairs)
        {
            if (pair is not PickleSequence { Count: 2 } both)
            {
                throw fault("makes a dictionary from something else than pairs: the file is damaged. Export it again.");
            }

            dictionary.Set(both[0], both[1]);
        }

        return dictionary;
    }

    private void Charge(long bytes)
    {
        _allocated += bytes;
        var allowed = Math.Min(limits.MaxBytes, limits.FreeBytes + (BytesPerByte * source.Offset));
        if (_allocated > allowed)
        {
            throw source.Fault($"would take more than {allowed} bytes of memory, the limit for a file of this size. Export the arrays with numpy.savez.");
        }
    }
}
