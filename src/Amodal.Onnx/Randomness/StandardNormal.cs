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
