using System.Buffers.Binary;
using System.IO.Compression;

namespace Amodal.Data.Checkpoints;

/// <summary>A tensor as a checkpoint describes it: a strided view into a storage, held against the storage's size.</summary>
internal sealed class TorchTensor
{
    private readonly long _offset;
    private readonly long[] _strides;

    private TorchTensor(TorchStorage storage, long offset, long[] shape, long[] strides) =>
        (Storage, _offset, Shape, _strides, Count) = (storage, offset, shape, strides, shape.Aggregate(1L, (product, size) => product * size));

    public TorchStorage Storage { get; }

    public long[] Shape { get; }

    public long Count { get; }

    /// <summary>Describes a view, or says what is wrong with it; nothing is read yet.</summary>
    public static TorchTensor Create(TorchStorage storage, long offset, long[] shape, long[] strides, Func<string, InputException> fault)
    {
        if (shape.Length != strides.Length || shape.Length > NumPyArray.MaxRank || offset < 0 || shape.Any(n => n < 0) || strides.Any(n => n < 0))
        {
            throw fault("holds a tensor whose shape, strides or offset make no sense: the file is damaged. Copy or save it again.");
        }

        // 128 bits: sizes and strides come from the file and may be anything below 2^63.
        var (count, last) = ((Int128)1, (Int128)offset);
        for (var i = 0; i < shape.Length; i++)
        {
            count *= shape[i];
            last += (Int128)Math.Max(shape[i] - 1, 0) * strides[i];
            if (count > storage.Count || last > long.MaxValue)
            {
                break; // and out of range already, unless a zero follows, which no torch.save writes behind such a size
            }
        }

        if (count > storage.Count || (count > 0 && last >= storage.Count))
        {
            throw fault($"holds a tensor of shape ({string.Join(", ", shape)}) that reaches beyond the {storage.Count} elements of its storage '{storage.Entry.Name}': the file is damaged, or the tensor was expanded. Save contiguous tensors.");
        }

        return new TorchTensor(storage, offset, shape, strides);
    }

    /// <summary>The tensor's elements out of its storage's bytes, in C order.</summary>
    public NumPyArray Read(ReadOnlyMemory<byte> storage, Func<string, InputException> fault)
    {
        var size = Storage.Type.ItemSize;
        var bytes = IsContiguous
            ? Count == 0 ? ReadOnlyMemory<byte>.Empty : storage.Slice((int)(_offset * size), (int)(Count * size))
            : Gather(storage.Span, size);
        var array = new NumPyArray();
        array.Fill(
            Storage.IsBrainFloat ? new NumPyType(NumPyKind.Float, 4, IsBigEndian: false) : Storage.Type,
            Shape, isFortran: false, Storage.IsBrainFloat ? Widen(bytes.Span) : bytes, fault);
        return array;
    }

    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var i = Shape.Length - 1; i >= 0 && Count > 0; i--)
            {
                if (Shape[i] != 1 && _strides[i] != expected)
                {
                    return false;
                }

                expected *= Shape[i];
            }

            return true;
        }
    }

    private byte[] Gather(ReadOnlySpan<byte> storage, int size)
    {
        var bytes = new byte[Count * size];
        var index = new long[Shape.Length];
        var at = _offset;
        for (var i = 0L; i < Count; i++)
        {
            storage.Slice((int)(at * size), size).CopyTo(bytes.AsSpan((int)(i * size)));
            for (var d = Shape.Length - 1; d >= 0; d--)
            {
                at += _strides[d];
                if (++index[d] < Shape[d])
                {
                    break;
                }

                (at, index[d]) = (at - (Shape[d] * _strides[d]), 0);
            }
        }

        return bytes;
    }

    /// <summary>bfloat16 is the upper half of a float32.</summary>
    private byte[] Widen(ReadOnlySpan<byte> halves)
    {
        var bytes = new byte[2 * halves.Length];
        for (var i = 0; i < halves.Length; i += 2)
        {
            var value = Storage.Type.IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(halves[i..]) : BinaryPrimitives.ReadUInt16LittleEndian(halves[i..]);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(2 * i), (uint)value << 16);
        }

        return bytes;
    }
}

/// <summary>The numbers behind one or more tensors of a checkpoint: an entry of the archive whose size fits what the pickle says of it.</summary>
/// <param name="IsBrainFloat">Whether they are bfloat16, which NumPy does not know: the type is then that of the two bytes.</param>
internal sealed record TorchStorage(ZipArchiveEntry Entry, NumPyType Type, bool IsBrainFloat, long Count);
