using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Amodal.Data;

/// <summary>
/// A fingerprint of a data set's content: the same for the same names, shapes, numbers, labels, ids and lengths in the
/// same order, whatever file they came from. Groups and speakers are not part of it: what learns from them checks them itself.
/// </summary>
public static class DataDigest
{
    /// <summary>SHA-256 over modalities and splits, lower-case hexadecimal.</summary>
    /// <remarks>
    /// Hashed, in this order: the number of modalities; name, length and width of each; the number of splits; of each its
    /// name, its number of rows, its ids, its labels, and for each modality its values, a 1 and the lengths, or a 0; last, of labels that are no score, what they are, in words.
    /// Texts are their length in UTF-8 and their UTF-8, counts are int32, everything is little-endian.
    /// </remarks>
    /// <param name="modalities">The modalities.</param>
    /// <param name="splits">The splits.</param>
    /// <param name="target">What the labels are; null for a score.</param>
    public static string Compute(IReadOnlyList<Modality> modalities, IReadOnlyList<Split> splits, Target? target = null)
    {
        ArgumentNullException.ThrowIfNull(modalities);
        ArgumentNullException.ThrowIfNull(splits);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, modalities.Count);
        foreach (var modality in modalities)
        {
            Add(hash, modality.Name);
            Add(hash, modality.Length);
            Add(hash, modality.Width);
        }

        Add(hash, splits.Count);
        foreach (var split in splits)
        {
            Add(hash, split);
        }

        if (target is not (null or ScoreTarget))
        {
            Add(hash, target.Text);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, Split split)
    {
        Add(hash, split.Name);
        Add(hash, split.Count);
        foreach (var id in split.Ids)
        {
            Add(hash, id);
        }

        hash.AppendData(MemoryMarshal.AsBytes(split.Labels.AsSpan()));
        foreach (var features in split.Features)
        {
            AddLarge(hash, features.Values);
            Add(hash, features.Lengths is null ? 0 : 1);
            hash.AppendData(MemoryMarshal.AsBytes(features.Lengths.AsSpan()));
        }
    }

    // An array may be of more bytes than a span can have.
    private static void AddLarge(IncrementalHash hash, ReadOnlySpan<float> values)
    {
        const int part = 1 << 24;
        for (; values.Length > part; values = values[part..])
        {
            hash.AppendData(MemoryMarshal.AsBytes(values[..part]));
        }

        hash.AppendData(MemoryMarshal.AsBytes(values));
    }

    private static void Add(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Add(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Add(IncrementalHash hash, int value) => hash.AppendData(BitConverter.GetBytes(value));
}
