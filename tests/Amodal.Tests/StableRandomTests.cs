using Amodal.Randomness;

namespace Amodal.Tests;

public class StableRandomTests
{
    [Fact]
    public void Philox_gives_the_published_known_answers()
    {
        // Random123's kat_vectors: philox4x32-10 with all words 0, and with all words 1.
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), StableRandom.Philox(0, 0));
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu), StableRandom.Philox(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue));
    }

    [Fact]
    public void Streams_differ_and_repeat()
    {
        Assert.Equal(new StableRandom(1, 2, 3).NextUInt64(), new StableRandom(1, 2, 3).NextUInt64());
        Assert.NotEqual(new StableRandom(1, 2, 3).NextUInt64(), new StableRandom(1, 3, 2).NextUInt64());
        Assert.NotEqual(new StableRandom(1).NextUInt64(), new StableRandom(2).NextUInt64());
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_a_normal()
    {
        var random = new StableRandom(5);
        var x = Enumerable.Range(0, 200_000).Select(_ => random.NextNormal()).ToArray();
        // Five standard errors of the mean (1/sqrt n), the variance (sqrt(2/n)) and the fourth moment (sqrt(96/n)).
        Assert.Equal(0, x.Average(), 5 / Math.Sqrt(x.Length));
        Assert.Equal(1, x.Average(v => v * v), 5 * Math.Sqrt(2.0 / x.Length));
        Assert.Equal(3, x.Average(v => v * v * v * v), 5 * Math.Sqrt(96.0 / x.Length));
    }
}
