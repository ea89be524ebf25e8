using static TorchSharp.torch;

namespace Amodal.Tests;

/// <summary>
/// Holds results of float32 arithmetic against each other, relative to the size of what is compared: the largest entry that
/// is expected. Another order of summation, as by wider vectors (AVX2 and AVX-512 add 8 and 16 at a time), in another batch
/// or on other threads, moves a sum by some <see cref="Rounding"/> of its largest terms, never by an absolute amount.
/// </summary>
internal static class Relative
{
    /// <summary>What float32 rounds off a result, at most and relative to it: 2^-24, 6e-8.</summary>
    public const double Rounding = 1.0 / (1 << 24);

    /// <summary>Some thirty operations in turn, each rounded, and what they round off growing little: 1e-5 is 168 roundings.</summary>
    public const double Network = 1e-5;

    /// <summary>Every entry is as expected, within a share of the largest of them.</summary>
    /// <param name="expected">What the size is taken from; some entry is not 0.</param>
    /// <param name="actual">Of the same shape.</param>
    /// <param name="tolerance">Share of the size that an entry may be off by.</param>
    /// <param name="size">What went into the sums, where it was larger than what came out.</param>
    public static void Equal(Tensor expected, Tensor actual, double tolerance, double size = 0)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        Equal(Values(expected), Values(actual), tolerance, size);

        static float[] Values(Tensor x) => x.detach().to(ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    /// <summary>One number is as expected, within a share of it or of what it was summed from.</summary>
    /// <inheritdoc cref="Equal(Tensor, Tensor, double, double)"/>
    public static void Equal(double expected, double actual, double tolerance, double size = 0) =>
        Assert.Equal(expected, actual, tolerance * Math.Max(size, Math.Abs(expected)));

    /// <inheritdoc cref="Equal(Tensor, Tensor, double, double)"/>
    public static void Equal(float[] expected, float[] actual, double tolerance, double size = 0)
    {
        Assert.Equal(expected.Length, actual.Length);
        var largest = Math.Max(size, expected.Max(Math.Abs));
        Assert.True(double.IsFinite(largest) && largest > 0, $"the largest that is expected is {largest}");
        var distance = expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max(); // NaN where one is not a number
        Assert.True(distance <= tolerance * largest, $"off by {distance} of {largest}: {distance / largest}, where {tolerance} is allowed");
    }
}
