namespace Amodal.Data.Synthetic;

/// <summary>
/// A latent-variable model of utterances of which the best possible prediction is known for every observed set
/// (Evaluation.SyntheticOptimum): in closed form where it is linear and Gaussian, by integration over one latent with interactions
/// and components. With e, n, p and eps independent standard normals, and u too but for <see cref="SyntheticPrior"/>:
/// <code>
/// y    = LabelStd (sqrt(1 - LabelNoise^2) (sqrt(1 - i) L + sqrt(i) (u_1 u_2 - r) / Std[u_1 u_2]) + LabelNoise e),   i Interactions
/// L    = sum_j sqrt(share_j) u_j, brought to variance 1
/// s_mv = sum_j c_mvj u_j + sqrt(1 - sum_j c_mvj^2) n_mv           view v of modality m
/// x_m  = sum_v a_mv s_mv + sum_g b_mg p_mg + NoiseStd_m eps       every time step and feature
/// </code>
/// Classes are cut from y where it is less than a share 1/N, 2/N, ... of what it may be. The loadings a and b are smooth in time. See docs/guide/synthetic.md.
/// </summary>
public sealed class SyntheticModel
{
    private readonly SyntheticFactors[] _factors;

    /// <summary>Draws the loadings that the seed names.</summary>
    /// <exception cref="InputException">The options describe no model.</exception>
    public SyntheticModel(SyntheticOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        Options = options;
        Modalities = [.. options.Modalities.Select(m => new Modality(m.Name, m.Length, m.Width))];
        _factors = [.. options.Modalities.Select((m, i) => SyntheticFactors.Draw(m, options.Noise, new StableRandom((ulong)options.Seed, StableRandom.KeyOf("synthetic-loadings"), (ulong)i)))];
        Prior = new SyntheticPrior(options);
        var explained = options.LabelStd * Math.Sqrt(1 - (options.LabelNoise * options.LabelNoise));
        var linear = explained * Math.Sqrt(1 - options.Interactions);
        if (options.Redundancy > 0)
        {
            linear /= Math.Sqrt(1 + (2 * options.Redundancy * Math.Sqrt(options.LabelShares[0] * options.LabelShares[1]))); // Var[L]
        }

        LabelWeights = [.. options.LabelShares.Select(share => linear * Math.Sqrt(share))];
        if (options.Interactions > 0)
        {
            var (mean, variance) = Prior.Product();
            ProductWeight = explained * Math.Sqrt(options.Interactions / variance);
            LabelOffset = -ProductWeight * mean;
        }

        ClassCuts = options.Classes == 0 ? [] : Cuts();
    }

    /// <summary>The settings.</summary>
    public SyntheticOptions Options { get; }

    /// <summary>The modalities of the data.</summary>
    public IReadOnlyList<Modality> Modalities { get; }

    /// <summary>What the labels are.</summary>
    public Target Target => Options.Classes == 0 ? Target.Score
        : new ClassTarget([.. Enumerable.Range(1, Options.Classes).Select(k => string.Create(CultureInfo.InvariantCulture, $"class{k}"))]);

    /// <summary>The label's weight on each shared latent: E[y | u] = sum_j LabelWeights_j u_j, and with interactions + ProductWeight u_1 u_2 + LabelOffset.</summary>
    public IReadOnlyList<double> LabelWeights { get; }

    /// <summary>The label's weight on the product of the first two latents.</summary>
    internal double ProductWeight { get; }

    /// <summary>What brings the mean of the labels to 0.</summary>
    internal double LabelOffset { get; }

    /// <summary>The labels at which classes are cut, one fewer than classes; each class is as frequent as the others.</summary>
    internal double[] ClassCuts { get; }

    /// <summary>What the latents are drawn from.</summary>
    internal SyntheticPrior Prior { get; }

    /// <summary>Var[y | u], the part of the label that nothing can predict.</summary>
    public double LabelNoiseVariance => Math.Pow(Options.LabelStd * Options.LabelNoise, 2);

    /// <summary>The factors and loadings of a modality.</summary>
    internal SyntheticFactors Factors(int modality) => _factors[modality];

    /// <summary>The model that made a data set, if it is unchanged data of <see cref="SyntheticData"/> with standard settings.</summary>
    /// <remarks>
    /// Seed and size are read from the first id; every number is then made again and compared, so that a file that only
    /// looks like it is not taken for it. Costs as much as generating the data.
    /// </remarks>
    /// <returns>The model, or null.</returns>
    public static SyntheticModel? TryRecognise(DataSet data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Splits.Count == 0 || data.Splits[0].Count == 0 || SyntheticIds.TryParse(data.Splits[0].Ids[0]) is not { } options)
        {
            return null;
        }

        SyntheticModel model;
        try
        {
            model = new SyntheticModel(options);
        }
        catch (InputException)
        {
            return null; // an id that only looks like one
        }

        return data.Modalities.SequenceEqual(model.Modalities) && data.Target.Equals(model.Target) && data.Splits.All(model.Made) ? model : null;
    }

    /// <summary>Makes the rows of one split.</summary>
    internal Split Draw(int splitIndex, int rows, CancellationToken stop = default)
    {
        var name = DataSet.SplitNames[splitIndex];
        var labels = new float[rows];
        var values = Modalities.Select(m => new float[checked(rows * m.RowSize)]).ToArray();
        for (var row = 0; row < rows; row++)
        {
            stop.ThrowIfCancellationRequested();
            labels[row] = DrawRow(splitIndex, row, values);
        }

        if (splitIndex == 0)
        {
            Hide(labels, values);
        }

        return new Split(
            name,
            [.. Enumerable.Range(0, rows).Select(row => SyntheticIds.Of(Options, name, row))],
            labels,
            [.. Modalities.Select((m, i) => new FeatureArray(m, values[i]))]);
    }

    private double[] Cuts()
    {
        var shares = Enumerable.Range(1, Options.Classes - 1).Select(k => (double)k / Options.Classes);
        if (Options.IsLinear)
        {
            return [.. shares.Select(share => Options.LabelStd * StandardNormal.Quantile(share))];
        }

        var labels = new LabelDistribution(this, [.. Prior.Factors.Select(SyntheticPrior.Covariance)]);
        labels.Place([.. Prior.Means.Select(_ => 1.0 / Prior.Means.Count)], Prior.Means);
        return [.. shares.Select(labels.Quantile)];
    }

    private float DrawRow(int splitIndex, int row, float[][] values)
    {
        // A stream per row: the rows of a small data set are the first rows of a larger one.
        var random = new StableRandom((ulong)Options.Seed, StableRandom.KeyOf("synthetic-rows"), (ulong)splitIndex, (ulong)row);
        var shared = LabelWeights.Select(_ => random.NextNormal()).ToArray();
        var component = Options.Components == 1 ? 0 : Stream("synthetic-components", (ulong)splitIndex, (ulong)row).NextInt(Options.Components);
        Prior.Shape(shared, component);
        var label = Options.LabelStd * Options.LabelNoise * random.NextNormal();
        for (var j = 0; j < shared.Length; j++)
        {
            label += LabelWeights[j] * shared[j];
        }

        if (ProductWeight > 0)
        {
            label += (ProductWeight * shared[0] * shared[1]) + LabelOffset;
        }

        for (var m = 0; m < values.Length; m++)
        {
            _factors[m].DrawRow(shared, random, values[m].AsSpan(row * Modalities[m].RowSize, Modalities[m].RowSize));
        }

        return Options.Classes == 0 ? (float)label
            : Options.IsLinear ? Math.Min(Options.Classes - 1, (int)(Options.Classes * StandardNormal.Cumulative(label / Options.LabelStd)))
            : ClassCuts.Count(cut => cut <= label);
    }

    // Takes labels and modalities from the training rows. Which labels stay is the beginning of one order of all rows, so that
    // fewer labels are some of more.
    private void Hide(float[] labels, float[][] values)
    {
        if (Options.Labelled > 0)
        {
            int[] order = [.. Enumerable.Range(0, labels.Length)];
            Stream("synthetic-labelled").Shuffle<int>(order);
            foreach (var row in order.AsSpan(Options.Labelled))
            {
                labels[row] = float.NaN;
            }
        }

        for (var row = 0; Options.TrainMissing > 0 && row < labels.Length; row++)
        {
            var random = Stream("synthetic-missing", (ulong)row);
            var missing = values.Select(_ => random.NextDouble() < Options.TrainMissing).ToArray();
            missing[random.NextInt(missing.Length)] &= !missing.All(m => m);
            for (var m = 0; m < missing.Length; m++)
            {
                if (missing[m])
                {
                    values[m].AsSpan(row * Modalities[m].RowSize, Modalities[m].RowSize).Fill(float.NaN);
                }
            }
        }
    }

    private StableRandom Stream(string name, params ReadOnlySpan<ulong> keys) => new((ulong)Options.Seed, [StableRandom.KeyOf(name), .. keys]);

    private bool Made(Split split)
    {
        var index = DataSet.SplitNames.ToList().IndexOf(split.Name);
        if (index < 0 || split.Count != SyntheticData.SplitSizes(Options)[index])
        {
            return false;
        }

        var own = Draw(index, split.Count);
        return own.Ids.SequenceEqual(split.Ids)
            && IsClose(own.Labels, split.Labels)
            && own.Features.Zip(split.Features).All(pair => IsClose(pair.First.Values, pair.Second.Values));
    }

    // Normal numbers may differ in their last bits between platforms, so equality allows a few units in the last place
    // of a float (6e-8 of its value) on numbers of size 1.
    private static bool IsClose(float[] own, float[] found)
    {
        if (own.Length != found.Length)
        {
            return false;
        }

        for (var i = 0; i < own.Length; i++)
        {
            if (!(Math.Abs(own[i] - found[i]) <= 1e-6f * (1 + Math.Abs(own[i]))) && !(float.IsNaN(own[i]) && float.IsNaN(found[i])))
            {
                return false;
            }
        }

        return true;
    }
}
