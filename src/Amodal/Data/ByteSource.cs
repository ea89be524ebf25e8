using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Amodal.Data;

/// <summary>
/// Reads a file, unpacked if it is gzipped, and knows where it stands. Nothing is allocated on the word of the file
/// alone: a count that the file declares is held against the bytes that are there.
/// </summary>
internal sealed class ByteSource : IDisposable
{
    private const int Chunk = 1 << 20;
    private const int MaxLine = 1 << 29;
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly long? _length;
    private readonly long _limit;
    private int _start;
    private int _end;
    private long _read;

    /// <summary>Reads from a stream.</summary>
    /// <param name="length">How many bytes there are, when that is known.</param>
    public ByteSource(string name, Stream stream, long? length, long limit) =>
        (Name, _stream, _length, _limit) = (name, stream, length, limit);

    /// <summary>Ends the reading.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Called after every read.</summary>
    public Action? Filled { get; init; }

    /// <summary>Taken over all that is read; null for none.</summary>
    public Crc32? Checksum { get; init; }

    /// <summary>The file, for messages.</summary>
    public string Name { get; }

    /// <summary>Bytes read so far; behind gzip, unpacked ones.</summary>
    public long Offset => _read - (_end - _start);

    /// <summary>Opens a file, which may be gzipped.</summary>
    public static ByteSource Open(string path, ReadLimits limits)
    {
        var file = InputFile.Open(path);
        if (!InputFile.BeginsWith(file, [0x1F, 0x8B]))
        {
            return new ByteSource(path, file, file.Length, limits.MaxBytes) { Stop = limits.Stop, Filled = limits.Watch(path, file) };
        }

        return new ByteSource(path, new GZipStream(file, CompressionMode.Decompress), null, limits.Unfolded(file.Length)) { Stop = limits.Stop, Filled = limits.Watch(path, file) };
    }

    public int PeekByte() => _start < _end || Fill() ? _buffer[_start] : -1;

    public byte Byte() => _start < _end || Fill() ? _buffer[_start++] : throw Truncated(1);

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Fixed(stackalloc byte[2]));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Fixed(stackalloc byte[4]));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Fixed(stackalloc byte[4]));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Fixed(stackalloc byte[8]));

    public double DoubleBigEndian() => BinaryPrimitives.ReadDoubleBigEndian(Fixed(stackalloc byte[8]));

    /// <summary>Exactly so many bytes.</summary>
    public byte[] Bytes(ulong count)
    {
        if (count > (ulong)Array.MaxLength)
        {
            throw Fault($"holds one value of {count} bytes; more than {Array.MaxLength} cannot be read. Export it as float32, or in parts.");
        }

        if (count > (ulong)Math.Max(0, (_length ?? _limit) - Offset))
        {
            throw _length is null ? TooLarge() : Truncated((long)count);
        }

        if (_length is not null || count <= Chunk)
        {
            var exact = new byte[count];
            Fixed(exact);
            return exact;
        }

        return Growing((int)count);
    }

    /// <summary>The bytes up to a line feed, which is eaten and left out.</summary>
    public byte[] Line()
    {
        using var line = new MemoryStream();
        for (var next = Byte(); next != '\n'; next = Byte())
        {
            line.WriteByte(next);
            if (line.Length > MaxLine)
            {
                throw Fault($"holds a line of more than {MaxLine} bytes. Write the pickle with protocol 2 or later.");
            }
        }

        return line.ToArray();
    }

    /// <summary>Reads to the end, so that a checksum at the end of a gzip file is looked at.</summary>
    public void Drain()
    {
        while (_start < _end || Fill())
        {
            _start = _end;
        }
    }

    /// <summary>An error at a place in the file, by default here.</summary>
    public InputException Fault(string problem, long? at = null, Exception? inner = null) =>
        new(Name, $"byte {at ?? Offset}", problem, inner);

    public void Dispose() => _stream.Dispose();

    // The size comes from the file and nothing tells how much is behind it: grow with what really arrives.
    private byte[] Growing(int count)
    {
        var bytes = new byte[Chunk];
        for (var filled = 0; ; bytes = Enlarged(bytes, count))
        {
            Fixed(bytes.AsSpan(filled));
            filled = bytes.Length;
            if (filled == count)
            {
                return bytes;
            }
        }
    }

    private static byte[] Enlarged(byte[] bytes, int count)
    {
        Array.Resize(ref bytes, (int)Math.Min(count, 2L * bytes.Length));
        return bytes;
    }

    private ReadOnlySpan<byte> Fixed(Span<byte> target)
    {
        for (var filled = 0; filled < target.Length;)
        {
            if (_start == _end && !Fill())
            {
                throw Truncated(target.Length - filled);
            }

            var some = Math.Min(target.Length - filled, _end - _start);
            _buffer.AsSpan(_start, some).CopyTo(target[filled..]);
            _start += some;
            filled += some;
        }

        return target;
    }

    private bool Fill()
    {
        Stop.ThrowIfCancellationRequested();
        try
        {
            (_start, _end) = (0, _stream.Read(_buffer));
        }
        catch (InvalidDataException problem)
        {
            throw Fault("is damaged: the packed data do not unpack. Copy or download the file again.", inner: problem);
        }
        catch (IOException problem)
        {
            throw Fault($"cannot be read: {problem.Message}", inner: problem);
        }

        Checksum?.Append(_buffer.AsSpan(0, _end));
        Filled?.Invoke();
        _read += _end;
        return _read <= _limit ? _end > 0 : throw TooLarge();
    }

    private InputException TooLarge() => Fault(
        $"unpacks to more than {_limit} bytes, the limit for a file of this size. If you trust it, unpack it yourself (gunzip) or raise the limit.");

    private InputException Truncated(long missing) => Fault(
        $"ends here, but at least {missing} more bytes belong to it: the file is truncated or damaged. Copy or download it again.");
}
