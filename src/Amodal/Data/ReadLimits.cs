namespace Amodal.Data;

/// <summary>What a file may cost to read. The defaults fit any published feature file; a hostile one ends in an error.</summary>
public sealed record ReadLimits
{
    /// <summary>Bytes that a file may unfold to, 1 to 2^40; a gzip or zip file counts by what comes out of it.</summary>
    [Range(1L, 1L << 40)]
    public long MaxBytes { get; init; } = 16L << 30;

    /// <summary>How many bytes may come out of each byte of a compressed file, 1 to 2000; real features give 1 to 30.</summary>
    [Range(1, 2000)]
    public int MaxExpansion { get; init; } = 200;

    /// <summary>Bytes that may come out in any case, at least 0, so that small files of zeros can be read.</summary>
    [Range(0L, 1L << 40)]
    public long FreeBytes { get; init; } = 64L << 20;

    /// <summary>Values that a pickle may put on its stack in all, at least 1.</summary>
    [Range(1, int.MaxValue)]
    public int MaxObjects { get; init; } = 20_000_000;

    /// <summary>Values on a pickle's stack at one time, at least 1.</summary>
    [Range(1, int.MaxValue)]
    public int MaxStack { get; init; } = 1_000_000;

    /// <summary>Values in a pickle's memo, at least 1.</summary>
    [Range(1, int.MaxValue)]
    public int MaxMemo { get; init; } = 10_000_000;

    /// <summary>How deep a pickle's lists, tuples and dictionaries may be nested, at least 1.</summary>
    [Range(1, int.MaxValue)]
    public int MaxDepth { get; init; } = 100;

    /// <summary>Ends the reading with an <see cref="OperationCanceledException"/>; never, by default.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Told the file that is being read and the share of it that is, every 64 KiB; a folder has several, one after another.</summary>
    public Action<string, double>? Progress { get; init; }

    /// <summary>Tells <see cref="Progress"/> where a file stands.</summary>
    internal Action? Watch(string path, FileStream file) =>
        Progress is null ? null : () => Progress(path, file.Length == 0 ? 1 : file.Position / (double)file.Length);

    /// <summary>Bytes that may come out of a compressed file of that many bytes.</summary>
    internal long Unfolded(long compressed) => Math.Min(MaxBytes, Math.Max(FreeBytes, checked(compressed * MaxExpansion)));
}
