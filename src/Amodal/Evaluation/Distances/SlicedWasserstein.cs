namespace Amodal.Evaluation.Distances;

/// <summary>
/// The sliced Wasserstein distance of order 2 (Bonneel et al. 2015): points are projected onto random directions, where
/// the optimal transport between two samples pairs them in their order.
/// </summary>
/// <remarks>
/// SW^2 = E over unit directions u of W_2^2(u·a, u·b). A shift by v gives |v|^2 / width, so the distance is in units of a
/// single coordinate, whatever the width.
/// </remarks>
internal static class SlicedWasserstein
{
    /// <summary>The distance between two samples, and the one that chance alone would give.</summary>
    /// <param name="b">Another of the same width and count.</param>
    /// <param name="directions">Number of random directions, at least 1.</param>
    /// <returns>
    /// The distance, at least 0; and the same for random halves of all points together: what remains even when both samples
    /// come from one distribution.
    /// </returns>
    public static (double Distance, double Chance) Compare(PointCloud a, PointCloud b, int directions, StableRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(directions);
        if (a.Width != b.Width || a.Count != b.Count || a.Count == 0)
        {
            throw new ArgumentException($"({a.Count}, {a.Width}) and ({b.Count}, {b.Width}) points: both samples must be of one shape, and not empty");
        }

        var (distance, chance) = (0.0, 0.0);
        var direction = new float[a.Width];
        var projected = new float[2 * a.Count];
        for (var d = 0; d < directions; d++)
        {
            Draw(direction, random);
            Project(a, direction, projected.AsSpan(0, a.Count));
            Project(b, direction, projected.AsSpan(a.Count));
            distance += Transport(projected);
            random.Shuffle(projected.AsSpan());
            chance += Transport(projected);
        }

        return (Math.Sqrt(distance / directions), Math.Sqrt(chance / directions));
    }

    /// <summary>A uniformly random unit vector.</summary>
    private static void Draw(float[] direction, StableRandom random)
    {
        random.FillNormal(direction);
        var norm = MathF.Sqrt(SquaredDistances.Dot(direction, direction));
        for (var i = 0; i < direction.Length; i++)
        {
            direction[i] /= norm;
        }
    }

    private static void Project(PointCloud points, float[] direction, Span<float> projected)
    {
        for (var i = 0; i < projected.Length; i++)
        {
            projected[i] = SquaredDistances.Dot(points[i], direction);
        }
    }

    /// <summary>W_2^2 between the two halves, which are sorted.</summary>
    private static double Transport(Span<float> projected)
    {
        var a = projected[..(projected.Length / 2)];
        var b = projected[(projected.Length / 2)..];
        a.Sort();
        b.Sort();
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        }

        return sum / a.Length;
    }
}
