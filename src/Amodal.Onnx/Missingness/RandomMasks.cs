namespace Amodal.Missingness;

/// <summary>
/// The masks of the random protocol: every utterance has its own observed set, at least one modality is observed in
/// each, and the share of missing entries, MR = 1 - sum_i |observed_i| / (rows x modalities), is the asked one.
/// </summary>
public static class RandomMasks
{
    // The thesis asks for 0.7 of three modalities, whose maximum is 2/3.
    private const double Tolerance = 0.05;

    /// <summary>The greatest missing rate: (M - 1) / M, one modality left in every row.</summary>
    /// <param name="modalities">Number of modalities M, 1 to 32.</param>
    public static double MaximumRate(int modalities) => (modalities - 1.0) / modalities;

    /// <summary>Whether a missing rate can be drawn: from 0 to less than 0.05 above <see cref="MaximumRate"/>.</summary>
    /// <param name="modalities">Number of modalities, 1 to 32.</param>
    /// <param name="missingRate">The asked rate.</param>
    public static bool Allows(int modalities, double missingRate) =>
        missingRate >= 0 && missingRate < MaximumRate(modalities) + Tolerance;

    /// <summary>
    /// How many entries are missing: rows x modalities x rate, rounded to a whole number. A rate less than 0.05 above the
    /// maximum gives the maximum (0.7 of three modalities: two thirds).
    /// </summary>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="modalities">Number of modalities, 1 to 32.</param>
    /// <param name="missingRate">The asked rate.</param>
    /// <exception cref="InputException">The rate cannot be had.</exception>
    public static int MissingCount(int rows, int modalities, double missingRate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(modalities, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(modalities, 32);
        if (!Allows(modalities, missingRate))
        {
            throw new InputException("missing rate", null, string.Create(CultureInfo.InvariantCulture,
                $"{missingRate} is not possible: with {modalities} modalities, one of them observed in every row, it is from 0 to {MaximumRate(modalities):0.###}."));
        }

        return (int)Math.Min(Math.Round((double)rows * modalities * missingRate), (double)rows * (modalities - 1));
    }

    /// <summary>The share of entries that are missing in the masks: the realised rate.</summary>
    /// <param name="observed">The observed modalities of each row, at least one row.</param>
    /// <param name="modalities">Number of modalities.</param>
    public static double RealisedRate(IReadOnlyList<Observation> observed, int modalities)
    {
        ArgumentNullException.ThrowIfNull(observed);
        return 1 - (observed.Sum(set => (double)set.Count) / ((double)observed.Count * modalities));
    }

    /// <summary>
    /// Draws the masks: all matrices with exactly <see cref="MissingCount"/> missing entries and no row without an
    /// observed one are equally likely. The same arguments give the same masks on every machine and in every version.
    /// </summary>
    /// <remarks>
    /// Rows are drawn independently, the number missing with odds C(M, j) q^j (1 - q)^(M - j), j below M, until they sum to
    /// the asked count; whatever q is, the rows that are kept are uniform, because only its power of that count remains.
    /// q is chosen to make the count likely, and about sqrt(rows) draws of all rows are needed. Only products, sums and
    /// comparisons of floating-point numbers are used, which are the same everywhere.
    /// </remarks>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="modalities">Number of modalities, 1 to 32.</param>
    /// <param name="missingRate">The asked rate, see <see cref="MissingCount"/>.</param>
    /// <param name="seed">Names the draw.</param>
    /// <returns>The observed modalities of each row.</returns>
    /// <exception cref="InputException">The rate cannot be had.</exception>
    public static Observation[] Draw(int rows, int modalities, double missingRate, ulong seed)
    {
        var missing = MissingCount(rows, modalities, missingRate);
        var random = new StableRandom(seed, StableRandom.KeyOf("random-masks"));
        var counts = DrawCounts(rows, modalities, missing, random);
        return Array.ConvertAll(counts, count => Observation.Of(DrawObserved(modalities, count, random)));
    }

    /// <summary>How often a row of the protocol misses 0, 1, ... M - 1 modalities, of many rows.</summary>
    /// <exception cref="InputException">The rate cannot be had.</exception>
    internal static double[] Shares(int modalities, double missingRate)
    {
        const int Many = 1_000_000;
        var mean = MissingCount(Many, modalities, missingRate) / (double)Many;
        var shares = new double[modalities];
        if (mean == 0 || mean == modalities - 1)
        {
            shares[(int)mean] = 1;
            return shares;
        }

        var cumulative = Cumulative(modalities, SolveOdds(modalities, mean));
        return [.. cumulative.Select((c, j) => (c - (j == 0 ? 0 : cumulative[j - 1])) / cumulative[^1])];
    }

    // How many are missing in each row.
    private static int[] DrawCounts(int rows, int modalities, int missing, StableRandom random)
    {
        var counts = new int[rows];
        if (missing == 0 || missing == rows * (modalities - 1))
        {
            Array.Fill(counts, missing / rows); // the only possibility, and q would be 0 or 1
            return counts;
        }

        var cumulative = Cumulative(modalities, SolveOdds(modalities, missing / (double)rows));
        long sum;
        do
        {
            sum = 0;
            for (var i = 0; i < rows; i++)
            {
                var u = random.NextDouble() * cumulative[^1];
                var count = 0;
                while (u >= cumulative[count])
                {
                    count++;
                }

                counts[i] = count;
                sum += count;
            }
        }
        while (sum != missing);
        return counts;
    }

    // The q at which a row misses `mean` modalities on average; the mean grows with q. Bisection down to neighbours.
    private static double SolveOdds(int modalities, double mean)
    {
        var (low, high) = (0.0, 1.0);
        while (true)
        {
            var middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high)
            {
                return middle;
            }

            (low, high) = Mean(Cumulative(modalities, middle)) < mean ? (middle, high) : (low, middle);
        }
    }

    private static double Mean(double[] cumulative)
    {
        var sum = 0.0; // E[j] = sum over j of P(more than j)
        foreach (var c in cumulative)
        {
            sum += cumulative[^1] - c;
        }

        return sum / cumulative[^1];
    }

    // Running sums of C(M, j) q^j (1 - q)^(M - 1 - j), j = 0 to M - 1; the common factor 1 - q left out.
    private static double[] Cumulative(int modalities, double q)
    {
        var cumulative = new double[modalities];
        var sum = 0.0;
        var choose = 1.0;
        for (var j = 0; j < modalities; j++)
        {
            var weight = choose;
            for (var k = 0; k < modalities - 1; k++)
            {
                weight *= k < j ? q : 1 - q;
            }

            sum += weight;
            cumulative[j] = sum;
            choose = choose * (modalities - j) / (j + 1);
        }

        return cumulative;
    }

    private static ModalitySet DrawObserved(int modalities, int missing, StableRandom random)
    {
        var observed = ModalitySet.All(modalities);
        for (var drawn = 0; drawn < missing; drawn++)
        {
            var member = observed.Members.ElementAt(random.NextInt(observed.Count));
            observed = observed.Without(ModalitySet.Of(member));
        }

        return observed;
    }
}
