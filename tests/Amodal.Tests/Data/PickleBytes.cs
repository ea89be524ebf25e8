using System.Buffers.Binary;
using System.Text;

namespace Amodal.Tests.Data;

/// <summary>Builds pickles byte by byte, as CPython and NumPy write them, without either.</summary>
internal sealed class PickleBytes(int protocol = 4)
{
    private readonly List<byte> _bytes = protocol >= 2 ? [0x80, (byte)protocol] : [];

    public byte[] Done() => [.. _bytes, (byte)'.'];

    public PickleBytes Op(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleBytes Op(char code) => Op((byte)code);

    public PickleBytes Line(char code, string line) => Op(code).Op(Encoding.Latin1.GetBytes(line + "\n"));

    public PickleBytes Sized(char code, uint size, ReadOnlySpan<byte> content)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(length, size);
        return Op(code).Op(length).Op(content);
    }

    public PickleBytes Text(string text) => protocol == 0
        ? Line('V', text)
        : Sized('X', (uint)Encoding.UTF8.GetByteCount(text), Encoding.UTF8.GetBytes(text));

    public PickleBytes Int(int value)
    {
        if (protocol == 0)
        {
            return Line('I', value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Op('J').Op(bytes);
    }

    public PickleBytes Bool(bool value) => protocol >= 2 ? Op(value ? (byte)0x88 : (byte)0x89) : Line('I', value ? "01" : "00");

    public PickleBytes Float(double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        return Op('G').Op(bytes);
    }

    public PickleBytes Global(string module, string name) => protocol >= 4
        ? Text(module).Text(name).Op(0x93)
        : Op('c').Op(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    /// <summary>Bytes as Python 3 writes them: BINBYTES, or before protocol 3 a text that _codecs.encode turns back.</summary>
    public PickleBytes Bytes(ReadOnlySpan<byte> content) => protocol >= 3
        ? Sized('B', (uint)content.Length, content)
        : Global("_codecs", "encode").Op('(').Text(Encoding.Latin1.GetString(content)).Text("latin1").Op('t').Op('R');

    /// <summary>Bytes as Python 2 writes them.</summary>
    public PickleBytes Python2String(ReadOnlySpan<byte> content) => Sized('T', (uint)content.Length, content);

    public PickleBytes Tuple(params IReadOnlyList<int> items)
    {
        Op('(');
        foreach (var item in items)
        {
            Int(item);
        }

        return Op('t');
    }

    /// <summary>A dtype and its state.</summary>
    public PickleBytes Type(string name, char order) => Global("numpy", "dtype")
        .Op('(').Text(name).Bool(false).Bool(true).Op('t').Op('R')
        .Op('(').Int(3).Text(order.ToString()).Op('N').Op('N').Op('N').Int(-1).Int(-1).Int(0).Op('t').Op('b');

    public PickleBytes NewArray(string module = "numpy.core.multiarray") => Global(module, "_reconstruct")
        .Op('(').Global("numpy", "ndarray").Tuple(0).Bytes("b"u8).Op('t').Op('R');

    public PickleBytes Array(string type, char order, IReadOnlyList<int> shape, ReadOnlySpan<byte> content, bool fortran = false, string module = "numpy.core.multiarray") =>
        NewArray(module).Op('(').Int(1).Tuple(shape).Type(type, order).Bool(fortran).Bytes(content).Op('t').Op('b');

    public PickleBytes Floats(IReadOnlyList<int> shape, params float[] values) =>
        Array("f4", '<', shape, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));

    /// <summary>A dictionary with text keys; each value puts itself on.</summary>
    public PickleBytes Dictionary(params IReadOnlyList<(string Key, Action<PickleBytes> Value)> entries)
    {
        Op('}').Op('(');
        foreach (var (key, value) in entries)
        {
            Text(key);
            value(this);
        }

        return Op('u');
    }

    public PickleBytes List(params IReadOnlyList<string> texts)
    {
        Op(']').Op('(');
        foreach (var text in texts)
        {
            Text(text);
        }

        return Op('e');
    }
}
