namespace Amodal.Randomness;

/// <summary>The standard normal distribution.</summary>
internal static class StandardNormal
{
    private const double End = 8; // beyond, what is left is below the spacing of doubles at 1

    /// <summary>The probability of at most x, by the series of Marsaglia (2004): 1/2 + phi(x) (x + x^3 / 3 + x^5 / (3 5) + ...).</summary>
    public static double Cumulative(double x)
    {
        if (!(Math.Abs(x) < End))
        {
            return x < 0 ? 0 : x > 0 ? 1 : x;
        }

        var (sum, term, before) = (x, x, double.NaN);
        for (var i = 3; sum != before; i += 2)
        {
            before = sum;
            term *= x * x / i;
            sum += term;
        }

        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }

    /// <summary>Cumulative probability and density together, several times faster: Hart's rational function (1968) in the form of West (2005), to 1e-14.</summary>
    public static (double Cumulative, double Density) At(double x)
    {
        var (size, power) = (Math.Abs(x), Math.Exp(-x * x / 2));
        var tail = size < 7.07106781186547
            ? power * Polynomial(size, [3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376])
                / Polynomial(size, [8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752])
            : power / Math.Sqrt(2 * Math.PI) / (size + (1 / (size + (2 / (size + (3 / (size + (4 / (size + 0.65)))))))));
        return (x > 0 ? 1 - tail : tail, power / Math.Sqrt(2 * Math.PI));
    }

    private static double Polynomial(double x, ReadOnlySpan<double> coefficients)
    {
        var sum = 0.0;
        foreach (var c in coefficients)
        {
            sum = (sum * x) + c;
        }

        return sum;
    }

    /// <summary>The x of which the probability of at most it is this, in (0, 1): found by halving, to the spacing of doubles.</summary>
    public static double Quantile(double probability)
    {
        var (low, high) = (-End, End);
        for (var middle = 0.0; middle > low && middle < high; middle = (low + high) / 2)
        {
            (low, high) = Cumulative(middle) < probability ? (middle, high) : (low, middle);
        }

        return high;
    }
}
