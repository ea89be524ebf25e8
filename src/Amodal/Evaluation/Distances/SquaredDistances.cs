using System.Runtime.Intrinsics;

namespace Amodal.Evaluation.Distances;

/// <summary>Squared Euclidean distances and inner products, several numbers at a time.</summary>
internal static class SquaredDistances
{
    /// <summary>From every point of one cloud to every point of another, (from, to).</summary>
    public static float[] Between(PointCloud from, PointCloud to)
    {
        var distances = new float[from.Count * to.Count];
        Fill(from, 0, from.Count, to, distances);
        return distances;
    }

    /// <summary>From some rows of a cloud to every point of another.</summary>
    /// <param name="to">The second cloud, of the same width.</param>
    /// <param name="distances">Filled, (rows, to.Count).</param>
    public static void Fill(PointCloud from, int first, int rows, PointCloud to, Span<float> distances)
    {
        const int Block = 16; // rows that stay in the cache while the other cloud streams by
        if (from.Width != to.Width)
        {
            throw new ArgumentException($"points of width {from.Width} and {to.Width} have no distance");
        }

        for (var start = 0; start < rows; start += Block)
        {
            var end = Math.Min(rows, start + Block);
            for (var j = 0; j < to.Count; j++)
            {
                for (var i = start; i < end; i++)
                {
                    distances[(i * to.Count) + j] = Of(from[first + i], to[j]);
                }
            }
        }
    }

    /// <summary>The squared distance, of the differences themselves: no cancellation between near points far out.</summary>
    public static float Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b);
        var (even, odd) = (Vector256<float>.Zero, Vector256<float>.Zero); // two sums: one would wait for its own last addition
        var i = 0;
        for (; i <= a.Length - (2 * Vector256<float>.Count); i += 2 * Vector256<float>.Count)
        {
            var p = Vector256.LoadUnsafe(ref x, (nuint)i) - Vector256.LoadUnsafe(ref y, (nuint)i);
            var q = Vector256.LoadUnsafe(ref x, (nuint)(i + Vector256<float>.Count)) - Vector256.LoadUnsafe(ref y, (nuint)(i + Vector256<float>.Count));
            even += p * p;
            odd += q * q;
        }

        var total = Vector256.Sum(even + odd);
        for (; i < a.Length; i++)
        {
            total += (a[i] - b[i]) * (a[i] - b[i]);
        }

        return total;
    }

    /// <summary>The inner product.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b);
        var sum = Vector256<float>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            sum += Vector256.LoadUnsafe(ref x, (nuint)i) * Vector256.LoadUnsafe(ref y, (nuint)i);
        }

        var total = Vector256.Sum(sum);
        for (; i < a.Length; i++)
        {
            total += a[i] * b[i];
        }

        return total;
    }
}
