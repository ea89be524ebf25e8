namespace Amodal.Data.Synthetic;

/// <summary>
/// A linear-Gaussian latent-variable model of utterances, so that the best possible prediction for every observed set is
/// known in closed form (Evaluation.SyntheticOptimum). With u, e, n, p and eps independent standard normals:
/// <code>
/// y    = LabelStd (sqrt(1 - LabelNoise^2) sum_j sqrt(share_j) u_j + LabelNoise e)
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
        _factors = [.. options.Modalities.Select((m, i) => SyntheticFactors.Draw(m, new StableRandom((ulong)options.Seed, StableRandom.KeyOf("synthetic-loadings"), (ulong)i)))];
        var explained = options.LabelStd * Math.Sqrt(1 - (options.LabelNoise * options.LabelNoise));
        LabelWeights = [.. options.LabelShares.Select(share => explained * Math.Sqrt(share))];
    }

    /// <summary>The settings.</summary>
    public SyntheticOptions Options { get; }

    /// <summary>The modalities of the data.</summary>
    public IReadOnlyList<Modality> Modalities { get; }

    /// <summary>What the labels are.</summary>
    public Target Target => Options.Classes == 0 ? Target.Score
        : new ClassTarget([.. Enumerable.Range(1, Options.Classes).Select(k => string.Create(CultureInfo.InvariantCulture, $"class{k}"))]);

    /// <summary>The label's weight on each shared latent: E[y | u] = sum_j LabelWeights_j u_j.</summary>
    public IReadOnlyList<double> LabelWeights { get; }

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

        var model = new SyntheticModel(options);
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

        return new Split(
            name,
            [.. Enumerable.Range(0, rows).Select(row => SyntheticIds.Of(Options, name, row))],
            labels,
            [.. Modalities.Select((m, i) => new FeatureArray(m, values[i]))]);
    }

    private float DrawRow(int splitIndex, int row, float[][] values)
    {
        // A stream per row: the rows of a small data set are the first rows of a larger one.
        var random = new StableRandom((ulong)Options.Seed, StableRandom.KeyOf("synthetic-rows"), (ulong)splitIndex, (ulong)row);
        var shared = LabelWeights.Select(_ => random.NextNormal()).ToArray();
        var label = Options.LabelStd * Options.LabelNoise * random.NextNormal();
        for (var j = 0; j < shared.Length; j++)
        {
            label += LabelWeights[j] * shared[j];
        }

        for (var m = 0; m < values.Length; m++)
        {
            _factors[m].DrawRow(shared, random, values[m].AsSpan(row * Modalities[m].RowSize, Modalities[m].RowSize));
        }

        return Options.Classes == 0 ? (float)label
            : Math.Min(Options.Classes - 1, (int)(Options.Classes * StandardNormal.Cumulative(label / Options.LabelStd)));
    }

    private bool Made(Split split)
    {
        var index = DataSet.SplitNames.ToList().IndexOf(split.Name);
        if (index < 0 || split.Count != SyntheticData.SplitSizes(Options.Utterances)[index])
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
            if (!(Math.Abs(own[i] - found[i]) <= 1e-6f * (1 + Math.Abs(own[i]))))
            {
                return false;
            }
        }

        return true;
    }
}
