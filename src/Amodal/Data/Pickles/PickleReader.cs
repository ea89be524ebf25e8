namespace Amodal.Data.Pickles;

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
