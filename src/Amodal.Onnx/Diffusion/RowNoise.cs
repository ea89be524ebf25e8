using System.Numerics;
using System.Runtime.CompilerServices;

namespace Amodal.Diffusion;

/// <summary>
/// Noise that belongs to utterances: row i of every draw is a function of row i's key, the number of draws so far and the
/// position in the row, and of nothing else. Batch size, order and the other rows change no number; nor does the device.
/// </summary>
/// <remarks>
/// Philox4x32-10 with counter (block in the row, draw), and Box-Muller on 32-bit uniforms. Computed in double and rounded
/// to the type asked for. Rows may differ in shape between draws. Not safe for use by several threads at once.
/// </remarks>
public sealed class RowNoise
{
    private readonly ulong[] _keys;
    private ulong _drawCount;

    /// <summary>Noise for a batch of as many rows as there are keys, in their order.</summary>
    /// <param name="rowKeys">A key per row, from <see cref="RowKey"/>.</param>
    public RowNoise(IEnumerable<ulong> rowKeys) => _keys = [.. rowKeys];

    /// <summary>Noise for one sample of each utterance.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="utterances">The utterances' ids, a row each.</param>
    /// <param name="draw">Which sample of the utterance this is, from 0.</param>
    /// <param name="stream">Keeps apart what one sample needs noise for, such as the target modality's index.</param>
    public RowNoise(ulong seed, IEnumerable<string> utterances, int draw = 0, ulong stream = 0)
        : this(utterances.Select(u => RowKey(seed, u, draw, stream)))
    {
    }

    /// <summary>The key of one row: names the noise of this sample of this utterance.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="utterance">The utterance's id.</param>
    /// <param name="draw">Which sample of the utterance this is, from 0.</param>
    /// <param name="stream">Keeps apart what one sample needs noise for, such as the target modality's index.</param>
    public static ulong RowKey(ulong seed, string utterance, int draw = 0, ulong stream = 0) =>
        new StableRandom(seed, StableRandom.KeyOf(utterance), (ulong)draw, stream).NextUInt64();

    /// <summary>One draw.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="values">Filled, row after row.</param>
    /// <param name="rows">How many rows it holds.</param>
    /// <exception cref="ArgumentException">There is not a row per key.</exception>
    public void Fill<T>(Span<T> values, int rows)
        where T : INumberBase<T>
    {
        if (rows != _keys.Length || (rows > 0 && values.Length % rows != 0))
        {
            throw new ArgumentException($"{values.Length} numbers in {rows} rows, but this noise is for {_keys.Length} utterances", nameof(rows));
        }

        var (draw, width) = (_drawCount++, _keys.Length == 0 ? 0 : values.Length / _keys.Length);
        for (var row = 0; row < _keys.Length; row++)
        {
            FillRow(_keys[row], draw, values.Slice(row * width, width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // unoptimised at first, as the runtime would have it, it takes longer than a small network
    private static void FillRow<T>(ulong key, ulong draw, Span<T> row)
        where T : INumberBase<T>
    {
        Span<double> four = stackalloc double[4];
        for (var start = 0; start < row.Length; start += 4)
        {
            var (a, b, c, d) = StableRandom.Philox(key, (ulong)start / 4, draw);
            (four[0], four[1]) = BoxMuller(a, b);
            (four[2], four[3]) = BoxMuller(c, d);
            var part = row[start..Math.Min(start + 4, row.Length)];
            for (var i = 0; i < part.Length; i++)
            {
                part[i] = T.CreateTruncating(four[i]);
            }
        }
    }

    /// <summary>Two standard normal numbers from two words (Box and Muller 1958); none is beyond 6.8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (double, double) BoxMuller(uint a, uint b)
    {
        const double Unit = 1.0 / (1UL << 32);
        var radius = Math.Sqrt(-2 * Math.Log((a + 0.5) * Unit)); // never log 0
        var (sin, cos) = Math.SinCos(2 * Math.PI * Unit * b);
        return (radius * cos, radius * sin);
    }
}
