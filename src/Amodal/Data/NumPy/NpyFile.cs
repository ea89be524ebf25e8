namespace Amodal.Data.NumPy;

/// <summary>Reads .npy files, which may be gzipped.</summary>
internal static class NpyFile
{
    /// <summary>Reads the array.</summary>
    /// <param name="limits">What it may cost; the defaults if null.</param>
    public static NumPyArray Read(string path, ReadLimits? limits = null)
    {
        using var source = ByteSource.Open(path, limits ?? new ReadLimits());
        var array = Read(source);
        source.Drain();
        return array;
    }

    /// <summary>Reads only the header, for looking around in a folder.</summary>
    internal static NpyHeader ReadHeader(string path, ReadLimits limits)
    {
        using var source = ByteSource.Open(path, limits);
        return NpyHeader.Read(source);
    }

    /// <summary>Reads an array from the place where a source stands.</summary>
    internal static NumPyArray Read(ByteSource source)
    {
        var header = NpyHeader.Read(source);
        var size = header.ContentSize
            ?? throw source.Fault($"declares an array of shape ({string.Join(", ", header.Shape)}), more than {Array.MaxLength} bytes. Export it as float32, or in parts.");
        var array = new NumPyArray();
        array.Fill(header.Type, header.Shape, header.IsFortranOrder, source.Bytes(size), problem => source.Fault(problem));
        return array;
    }
}
