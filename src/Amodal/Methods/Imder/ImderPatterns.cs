namespace Amodal.Methods.Imder;

/// <summary>How IMDer's training draws what is missing (its do_train and do_test).</summary>
internal static class ImderPatterns
{
    // For nominal rates 0.1 to 0.7 of three modalities: the shares of batches that miss two, and one.
    private static readonly double[] _two = [0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0];
    private static readonly double[] _one = [0.1, 0.2, 0.3, 0.2, 0.1, 0.0, 0.0];

    /// <summary>The share of utterances that miss k modalities, at index k; index 0 is what is left.</summary>
    /// <param name="modalities">How many there are; the published table is for 3.</param>
    /// <param name="rate">Nominal missing rate, 0.1 to 0.7.</param>
    /// <remarks>
    /// Elsewhere the same as far as it goes: every k alike up to a rate of 1/2, where nothing is complete, then ever more
    /// that keep one modality only.
    /// </remarks>
    public static double[] Shares(int modalities, double rate)
    {
        var shares = new double[modalities];
        if (modalities == 3)
        {
            var row = Math.Clamp((int)((rate * 10) - 1 + 1e-9), 0, _two.Length - 1); // truncated, as there
            (shares[1], shares[2]) = (_one[row], _two[row]);
        }
        else
        {
            var most = modalities - 1;
            var beyond = modalities == 2 ? 0 : Math.Clamp((rate - 0.5) / ((double)most / modalities - 0.5), 0, 1);
            var each = Math.Min(2 * rate, 1) / most * (1 - beyond);
            for (var k = 1; k <= most; k++)
            {
                shares[k] = each + (k == most ? beyond : 0);
            }
        }

        shares[0] = Math.Max(0, 1 - shares.Sum());
        return shares;
    }

    /// <summary>The observed sets of an epoch, batch by batch and row by row.</summary>
    /// <param name="batchSizes">Rows of every batch.</param>
    public static IReadOnlyList<ModalitySet[]> Draw(IReadOnlyList<int> batchSizes, int modalities, double rate, MissingSetPer per, StableRandom random)
    {
        var shares = Shares(modalities, rate);
        return per == MissingSetPer.Utterance
            ? [.. batchSizes.Select(rows => Enumerable.Range(0, rows).Select(_ => Observed(modalities, DrawCount(shares, random), random)).ToArray())]
            : [.. Counts(batchSizes.Count, shares).Zip(batchSizes, (missing, rows) => Enumerable.Repeat(Observed(modalities, missing, random), rows).ToArray())];
    }

    /// <summary>
    /// How many modalities each batch misses. The shares are of the number of batches rounded to tens, which is why the
    /// realised rate is not the nominal one; of up to five batches, none misses anything.
    /// </summary>
    internal static IEnumerable<int> Counts(int batches, double[] shares)
    {
        var tens = Math.Round(batches / 10.0, MidpointRounding.ToEven) * 10;
        var (k, done) = (shares.Length - 1, 0);
        for (var batch = 0; batch < batches; batch++)
        {
            while (k > 0 && !(done / tens < shares[k]))
            {
                (k, done) = (k - 1, 0);
            }

            done++;
            yield return k;
        }
    }

    private static int DrawCount(double[] shares, StableRandom random)
    {
        var u = random.NextDouble();
        var k = shares.Length - 1;
        for (; k > 0 && u >= shares[k]; k--)
        {
            u -= shares[k];
        }

        return k;
    }

    private static ModalitySet Observed(int modalities, int missing, StableRandom random)
    {
        var order = Enumerable.Range(0, modalities).ToArray();
        random.Shuffle(order.AsSpan());
        return order.Skip(missing).Aggregate(default(ModalitySet), (set, m) => new ModalitySet(set.Bits | (1u << m)));
    }
}
