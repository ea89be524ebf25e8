using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Amodal.Files;

/// <summary>
/// A TensorBoard event file of scalars that goes on where a checkpoint left off. Records are framed as TFRecord: length,
/// its checksum, the message, its checksum; the messages are Event and Summary of TensorFlow's protocol buffers.
/// </summary>
/// <remarks>
/// TorchSharp's SummaryWriter is not used: it writes the clock's ticks where seconds are meant, in single precision or as
/// 0, begins another file in every process, and cannot take back the steps that a resumed run repeats.
/// </remarks>
internal sealed class EventFile
{
    /// <summary>The name that TensorBoard looks for holds "tfevents".</summary>
    public const string Name = "events.out.tfevents.amodal";

    private const int HeaderSize = 12; // length (8) and its checksum (4), little-endian
    private const int FooterSize = 4;

    // Keys of protocol buffers: number of the field * 8 + wire type (0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes).
    private const byte EventTime = (1 << 3) | 1;
    private const byte EventStep = 2 << 3;
    private const byte EventVersion = (3 << 3) | 2;
    private const byte EventSummary = (5 << 3) | 2;
    private const byte SummaryValue = (1 << 3) | 2;
    private const byte ValueTag = (1 << 3) | 2;
    private const byte ValueNumber = (2 << 3) | 5;

    private readonly string _path;

    /// <summary>Opens the folder's event file or begins it, and cuts off what is damaged or comes after a step.</summary>
    /// <param name="folder">Its folder, which is made if it is not there.</param>
    /// <param name="lastStep">The last step that is kept; 0 keeps none.</param>
    /// <param name="time">When the file was begun, if it is now.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public EventFile(string folder, long lastStep, DateTimeOffset time)
    {
        _path = Path.Combine(folder, Name);
        AtomicFile.Explaining(_path, () =>
        {
            Directory.CreateDirectory(folder);
            AtomicFile.CheckTarget(_path);
            using var file = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
            file.SetLength(LengthUntil(file, lastStep));
        });
        if (new FileInfo(_path).Length == 0)
        {
            Append([.. Time(time), .. Field(EventVersion, "brain.Event:2"u8)]);
        }
    }

    /// <summary>Adds the values of one step.</summary>
    /// <param name="step">The step, over the last one.</param>
    /// <param name="time">When they were found.</param>
    /// <param name="values">Numbers by tag; TensorBoard groups tags by what stands before the first slash.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Append(long step, DateTimeOffset time, IEnumerable<KeyValuePair<string, double>> values)
    {
        var summary = values.SelectMany(v => Field(SummaryValue, [.. Field(ValueTag, Encoding.UTF8.GetBytes(v.Key)), .. Number(v.Value)])).ToArray();
        Append([.. Time(time), EventStep, .. Varint((ulong)step), .. Field(EventSummary, summary)]);
    }

    private void Append(byte[] message)
    {
        var record = new byte[HeaderSize + message.Length + FooterSize];
        BinaryPrimitives.WriteInt64LittleEndian(record, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Checksum(record.AsSpan(0, 8)));
        message.CopyTo(record, HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(HeaderSize + message.Length), Checksum(message));
        AtomicFile.Explaining(_path, () =>
        {
            // Appended in place: TensorBoard holds the file open and would not see another under its name.
            using var file = new FileStream(_path, FileMode.Append, FileAccess.Write);
            file.Write(record);
        });
    }

    /// <summary>Where the sound records up to a step end.</summary>
    private static long LengthUntil(FileStream file, long lastStep)
    {
        var bytes = new byte[file.Length]; // some hundred bytes an epoch
        file.ReadExactly(bytes);
        var end = 0;
        while (true)
        {
            var message = Message(bytes.AsSpan(end));
            if (message.IsEmpty || Step(message) > lastStep)
            {
                return end;
            }

            end += HeaderSize + message.Length + FooterSize;
        }
    }

    /// <summary>The first record's message; empty if there is no whole and sound record.</summary>
    private static ReadOnlySpan<byte> Message(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize + FooterSize || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Checksum(bytes[..8]))
        {
            return [];
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (length > (ulong)(bytes.Length - HeaderSize - FooterSize))
        {
            return [];
        }

        var message = bytes.Slice(HeaderSize, (int)length);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[(HeaderSize + message.Length)..]) == Checksum(message) ? message : [];
    }

    /// <summary>The step of a message that this class wrote: it stands after the nine bytes of the time. The version has none, which means 0.</summary>
    private static long Step(ReadOnlySpan<byte> message)
    {
        var (step, shift) = (0L, 0);
        for (var i = 10; message.Length > i && message[9] == EventStep; i++, shift += 7)
        {
            step |= (long)(message[i] & 0x7F) << shift;
            if (message[i] < 0x80)
            {
                break;
            }
        }

        return step;
    }

    private static byte[] Time(DateTimeOffset time)
    {
        var bytes = new byte[9];
        bytes[0] = EventTime;
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(1), (time - DateTimeOffset.UnixEpoch).TotalSeconds);
        return bytes;
    }

    private static byte[] Number(double value)
    {
        var bytes = new byte[5];
        bytes[0] = ValueNumber;
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(1), (float)value);
        return bytes;
    }

    private static byte[] Field(byte key, ReadOnlySpan<byte> content) => [key, .. Varint((ulong)content.Length), .. content];

    private static List<byte> Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return bytes;
    }

    /// <summary>CRC-32C, turned and shifted as TFRecord wants it, so that the checksum of data that hold checksums stays strong.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
