using System.Buffers.Binary;
using System.Numerics;

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

    // Fields of Event, of its Summary, and of a Summary's Value.
    private const int EventTime = 1;
    private const int EventStep = 2;
    private const int EventVersion = 3;
    private const int EventSummary = 5;
    private const int SummaryValue = 1;
    private const int ValueTag = 1;
    private const int ValueNumber = 2;

    private readonly string _path;

    /// <summary>Opens the folder's event file or begins it, and cuts off what is damaged or comes after a step.</summary>
    /// <param name="folder">Its folder, which is made if it is not there.</param>
    /// <param name="lastStep">The last step that is kept; 0 keeps none.</param>
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
            Append(Event(time).Text(EventVersion, "brain.Event:2"));
        }
    }

    /// <summary>Adds the values of one step.</summary>
    /// <param name="values">Numbers by tag; TensorBoard groups tags by what stands before the first slash.</param>
    public void Append(long step, DateTimeOffset time, IEnumerable<KeyValuePair<string, double>> values)
    {
        var summary = new ProtoMessage().Messages(SummaryValue, values.Select(v => new ProtoMessage().Text(ValueTag, v.Key).Number(ValueNumber, (float)v.Value)));
        Append(Event(time).Integer(EventStep, step).Message(EventSummary, summary));
    }

    private static ProtoMessage Event(DateTimeOffset time) => new ProtoMessage().DoubleNumber(EventTime, (time - DateTimeOffset.UnixEpoch).TotalSeconds);

    private void Append(ProtoMessage written)
    {
        var message = written.ToArray();
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
    private static long Step(ReadOnlySpan<byte> message) => message.Length > 9 ? (long)(ProtoMessage.ReadInteger(message[9..], EventStep) ?? 0) : 0;

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
