namespace Amodal.Missingness;

/// <summary>
/// How often each modality is missing, such as "audio=0.3,vision=0.1": a question about known sensors, where the random
/// protocol has one rate for all. A modality that is not named is never missing.
/// </summary>
public sealed class ModalityRates
{
    private readonly IReadOnlyList<string> _names;
    private readonly double[] _rates;

    private ModalityRates(IReadOnlyList<string> names, double[] rates) => (_names, _rates) = (names, rates);

    /// <summary>Reads a comma-separated list of NAME=RATE.</summary>
    /// <param name="list">Names as in <see cref="ModalityNames.Parse"/>; rates from 0 to 1, which add up to at most M - 1 for M modalities.</param>
    /// <param name="names">The names of the data set's modalities, in its order.</param>
    /// <param name="option">The option that the list came from, for messages: "missing rate".</param>
    /// <exception cref="InputException">A name is unknown or there twice, a rate is none, or together they leave an utterance nothing.</exception>
    public static ModalityRates Parse(string list, IReadOnlyList<string> names, string option)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(names);
        var rates = new double[names.Count];
        var known = new HashSet<int>();
        foreach (var part in list.Split(',', StringSplitOptions.TrimEntries))
        {
            var at = part.LastIndexOf('=');
            if (at < 0 || !double.TryParse(part.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) || rate is not (>= 0 and <= 1))
            {
                throw new InputException(option, null, $"'{part}' is no modality with a missing rate; give a list such as {names[0]}=0.3, rates from 0 to 1.");
            }

            var modality = ModalityNames.Parse(part[..at], names, option).Members.Single();
            if (!known.Add(modality))
            {
                throw new InputException(option, null, $"names '{names[modality]}' twice; give one rate for each modality.");
            }

            rates[modality] = rate;
        }

        return rates.Sum() <= names.Count - 1 + 1e-9 ? new ModalityRates(names, rates) : throw new InputException(option, null, string.Create(
            CultureInfo.InvariantCulture, $"the rates add up to {rates.Sum():0.###}; with {names.Count} modalities, one of them observed in every utterance, they can add up to {names.Count - 1}."));
    }

    /// <summary>The list in the data set's order, without rates of 0: "audio=0.3,vision=0.1".</summary>
    public override string ToString() => string.Join(',', _names.Select((name, m) => (name, Rate: _rates[m])).Where(x => x.Rate > 0)
        .Select(x => string.Create(CultureInfo.InvariantCulture, $"{x.name}={x.Rate}")));

    /// <summary>
    /// Draws masks in which each modality is missing in exactly round(rows x rate) rows, chosen anew for each. Where a row
    /// would be left with nothing, it takes one modality from a row, drawn at random, that has two or more. The same arguments
    /// give the same masks on every machine and in every version.
    /// </summary>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="seed">Names the draw.</param>
    /// <returns>The observed modalities of each row, none of them empty.</returns>
    public Observation[] Draw(int rows, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        var random = new StableRandom(seed, StableRandom.KeyOf("masks-by-modality"));
        var observed = new ModalitySet[rows];
        Array.Fill(observed, ModalitySet.All(_names.Count));
        foreach (var (m, count) in Counts(rows).Index())
        {
            foreach (var row in Sample(random, rows, count))
            {
                observed[row] = observed[row].Without(ModalitySet.Of(m));
            }
        }

        for (var row = 0; row < rows; row++)
        {
            if (observed[row].IsEmpty)
            {
                TakeOne(observed, row, random);
            }
        }

        return [.. observed];
    }

    // Rounding up several rates may ask for one row too many.
    private int[] Counts(int rows)
    {
        int[] counts = [.. _rates.Select(rate => (int)Math.Round(rows * rate))];
        var excess = counts.Sum(c => (long)c) - ((long)rows * (counts.Length - 1));
        for (var m = 0; excess > 0; m = (m + 1) % counts.Length)
        {
            if (counts[m] > 0)
            {
                counts[m]--;
                excess--;
            }
        }

        return counts;
    }

    // The first of a shuffle.
    private static IEnumerable<int> Sample(StableRandom random, int rows, int count)
    {
        int[] order = [.. Enumerable.Range(0, rows)];
        for (var i = 0; i < count; i++)
        {
            var j = i + random.NextInt(rows - i);
            (order[i], order[j]) = (order[j], order[i]);
            yield return order[i];
        }
    }

    // There is such a row: the observed entries are at least as many as rows.
    private static void TakeOne(ModalitySet[] observed, int row, StableRandom random)
    {
        int[] rich = [.. Enumerable.Range(0, observed.Length).Where(r => observed[r].Count > 1)];
        var from = rich[random.NextInt(rich.Length)];
        var modality = ModalitySet.Of(observed[from].Members.ElementAt(random.NextInt(observed[from].Count)));
        (observed[from], observed[row]) = (observed[from].Without(modality), modality);
    }
}
