namespace Amodal.Diffusion.Sampling;

/// <summary>The times a sampler visits: falling, the last entry 0. A sampler evaluates the score at all but the last.</summary>
public static class TimeGrid
{
    /// <summary>Where the last score is asked for: the thesis's and Song et al.'s eps.</summary>
    public const double DefaultEpsilon = 1e-3;

    private const double EdmRho = 7;

    /// <summary>Equally spaced points from 1 down to epsilon, then 0.</summary>
    /// <param name="points">Points at which the score is evaluated, at least 1 (which leaves 1 and 0).</param>
    /// <param name="epsilon">The last of them, in (0, 1).</param>
    /// <returns>points + 1 times.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public static double[] Uniform(int points, double epsilon = DefaultEpsilon)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epsilon);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(epsilon, 1);
        var times = new double[points + 1];
        for (var i = 0; i < points; i++)
        {
            times[i] = i == 0 ? 1 : i == points - 1 ? epsilon : 1 - ((1 - epsilon) * i / (points - 1));
        }

        return times;
    }

    /// <summary>Steps of one size from 1 to 0: the last is no shorter than the others.</summary>
    /// <param name="steps">How many, at least 1.</param>
    /// <returns>steps + 1 times.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no step.</exception>
    public static double[] Even(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return [.. Enumerable.Range(0, steps + 1).Select(i => (double)(steps - i) / steps)];
    }

    /// <summary>Points from 1 down to epsilon, spaced as asked for, then 0.</summary>
    /// <param name="kind">The spacing.</param>
    /// <param name="process">Whose noise level sigma = std / alpha is spaced.</param>
    /// <param name="points">Points at which the score is evaluated, at least 1 (which leaves 1 and 0).</param>
    /// <param name="epsilon">The last of them, in (0, 1); an even grid has its last at 1 / points.</param>
    /// <returns>points + 1 times.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public static double[] Create(GridKind kind, IProcess process, int points, double epsilon = DefaultEpsilon) => kind switch
    {
        GridKind.Uniform => Uniform(points, epsilon),
        GridKind.LogSnr => Spaced(process, points, epsilon, Math.Log, Math.Exp),
        GridKind.Edm => Spaced(process, points, epsilon, sigma => Math.Pow(sigma, 1 / EdmRho), x => Math.Pow(x, EdmRho)),
        GridKind.Even => Even(points),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such grid"),
    };

    /// <summary>Evenly in a function of sigma; the ends are exact.</summary>
    private static double[] Spaced(IProcess process, int points, double epsilon, Func<double, double> to, Func<double, double> from)
    {
        var times = Uniform(points, epsilon);
        var (first, last) = (to(process.Sigma(1)), to(process.Sigma(epsilon)));
        for (var i = 1; i + 1 < points; i++)
        {
            times[i] = process.TimeOfSigma(from(first + ((last - first) * i / (points - 1))));
        }

        return times;
    }

    /// <summary>Checks a grid that came from outside.</summary>
    internal static void Check(IReadOnlyList<double> times)
    {
        if (times.Count < 2 || !(times[0] <= 1) || times[^1] != 0 || times.Zip(times.Skip(1)).Any(p => !(p.First > p.Second)))
        {
            throw new ArgumentException("times must fall strictly from at most 1 to 0, at least two of them", nameof(times));
        }
    }
}
