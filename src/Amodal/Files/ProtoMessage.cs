using System.Buffers.Binary;

namespace Amodal.Files;

/// <summary>A message of protocol buffers while it is written: fields one after another, each a tag and a value. Below 2 GB.</summary>
internal sealed class ProtoMessage
{
    private const int VarintWire = 0;
    private const int Fixed64Wire = 1;
    private const int LengthWire = 2;
    private const int Fixed32Wire = 5;
    private readonly MemoryStream _bytes = new();

    public ProtoMessage Integer(int field, long value)
    {
        WriteTag(field, VarintWire);
        WriteVarint((ulong)value);
        return this;
    }

    public ProtoMessage Integers(int field, IEnumerable<long> values) => values.Aggregate(this, (message, value) => message.Integer(field, value));

    public ProtoMessage Number(int field, float value)
    {
        Span<byte> four = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(four, value);
        WriteTag(field, Fixed32Wire);
        _bytes.Write(four);
        return this;
    }

    public ProtoMessage DoubleNumber(int field, double value)
    {
        Span<byte> eight = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(eight, value);
        WriteTag(field, Fixed64Wire);
        _bytes.Write(eight);
        return this;
    }

    public ProtoMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Bytes(int field, ReadOnlySpan<byte> value)
    {
        WriteTag(field, LengthWire);
        WriteVarint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    public ProtoMessage Message(int field, ProtoMessage value) => Bytes(field, value._bytes.GetBuffer().AsSpan(0, (int)value._bytes.Length));

    public ProtoMessage Messages(int field, IEnumerable<ProtoMessage> values) => values.Aggregate(this, (message, value) => message.Message(field, value));

    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>The integer that bytes begin with if they begin with this field; null if they do not.</summary>
    public static ulong? ReadInteger(ReadOnlySpan<byte> bytes, int field)
    {
        if (bytes.IsEmpty || bytes[0] != ((field << 3) | VarintWire))
        {
            return null;
        }

        var value = 0UL;
        for (var i = 1; i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * (i - 1));
            if (bytes[i] < 0x80)
            {
                break;
            }
        }

        return value;
    }

    private void WriteTag(int field, int wire) => WriteVarint(((ulong)field << 3) | (uint)wire);

    private void WriteVarint(ulong value)
    {
        for (; value > 0x7F; value >>= 7)
        {
            _bytes.WriteByte((byte)(value | 0x80));
        }

        _bytes.WriteByte((byte)value);
    }
}
