using System.Runtime.CompilerServices;

namespace Amodal.Randomness;

/// <summary>
/// A random number generator that gives the same numbers on every machine, in every version: Philox4x32-10
/// (Salmon et al. 2011). A (seed, stream...) key names a sequence of its own, so parallel and reordered work draws the
/// same numbers.
/// </summary>
/// <remarks>
/// Integers and uniform numbers are the same bits everywhere; normal numbers go through the platform's log and cos, and
/// may differ in their last bits between platforms. Not safe for use by several threads at once.
/// </remarks>
internal sealed class StableRandom
{
    private readonly ulong _key;
    private ulong _block;
    private (uint A, uint B, uint C, uint D) _words;
    private int _used = 4;
    private double _spareNormal = double.NaN;

    /// <summary>The sequence named by a seed and any number of stream keys.</summary>
    public StableRandom(ulong seed, params ReadOnlySpan<ulong> streams)
    {
        _key = Mix(seed + 0x9E3779B97F4A7C15);
        foreach (var stream in streams)
        {
            _key = Mix((_key ^ stream) + 0x9E3779B97F4A7C15);
        }
    }

    /// <summary>A key for a text, such as an utterance's id: FNV-1a over its UTF-8 bytes.</summary>
    public static ulong KeyOf(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var b in System.Text.Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        return hash;
    }

    /// <summary>32 uniform bits.</summary>
    public uint NextUInt32()
    {
        if (_used == 4)
        {
            _words = Philox(_key, _block++);
            _used = 0;
        }

        return _used++ switch { 0 => _words.A, 1 => _words.B, 2 => _words.C, _ => _words.D };
    }

    /// <summary>64 uniform bits.</summary>
    public ulong NextUInt64() => NextUInt32() | ((ulong)NextUInt32() << 32);

    /// <summary>A uniform number in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform integer in [0, bound), without bias.</summary>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        var limit = uint.MaxValue - (uint.MaxValue % (uint)bound) - 1; // the largest whole number of bounds
        uint word;
        do
        {
            word = NextUInt32();
        }
        while (word > limit);
        return (int)(word % (uint)bound);
    }

    /// <summary>A standard normal number (Box and Muller 1958).</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spareNormal))
        {
            var spare = _spareNormal;
            _spareNormal = double.NaN;
            return spare;
        }

        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble())); // 1 - u is in (0, 1], so the log is finite
        var (sin, cos) = Math.SinCos(2 * Math.PI * NextDouble());
        _spareNormal = radius * sin;
        return radius * cos;
    }

    /// <summary>Fills with standard normal numbers.</summary>
    public void FillNormal(Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)NextNormal();
        }
    }

    /// <summary>Puts the items into a uniformly random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>One Philox4x32-10 block for a 64-bit key and a 64-bit counter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // for the sake of RowNoise, optimised at its first call
    internal static (uint A, uint B, uint C, uint D) Philox(ulong key, ulong counter, ulong counterHigh = 0)
    {
        var (k0, k1) = ((uint)key, (uint)(key >> 32));
        var (c0, c1, c2, c3) = ((uint)counter, (uint)(counter >> 32), (uint)counterHigh, (uint)(counterHigh >> 32));
        for (var round = 0; round < 10; round++)
        {
            var p0 = 0xD2511F53UL * c0;
            var p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            unchecked
            {
                k0 += 0x9E3779B9;
                k1 += 0xBB67AE85;
            }
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>The finaliser of SplitMix64: spreads every bit of the key over all bits.</summary>
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
