namespace Amodal.Data.Synthetic;

/// <summary>What the features of one modality are made of: its views of the shared latents, its private factors, noise.</summary>
internal sealed class SyntheticFactors
{
    private SyntheticFactors(SyntheticModality modality, double noise, double[][] views, double[][] privates)
    {
        (Views, Privates, NoiseStd) = (views, privates, noise * modality.NoiseStd);
        Correlations = [.. modality.Views.Select(v => v.ToArray())];
        ViewNoise = [.. Correlations.Select(c => Math.Sqrt(1 - c.Sum(x => x * x)))];
    }

    /// <summary>Of each view, its correlations with the shared latents.</summary>
    public double[][] Correlations { get; }

    /// <summary>Of each view, the standard deviation of its own noise, which brings its variance to 1.</summary>
    public double[] ViewNoise { get; }

    /// <summary>The loading of each view: row-major (time, width).</summary>
    public double[][] Views { get; }

    /// <summary>The loading of each private factor: row-major (time, width).</summary>
    public double[][] Privates { get; }

    /// <summary>Standard deviation of the white noise.</summary>
    public double NoiseStd { get; }

    /// <summary>Draws the loadings.</summary>
    /// <param name="modality">The modality.</param>
    /// <param name="noise">What its noise is multiplied by.</param>
    /// <param name="random">Where the loadings come from.</param>
    public static SyntheticFactors Draw(SyntheticModality modality, double noise, StableRandom random)
    {
        var count = modality.Views.Count + modality.PrivateFactors;
        double[][] loadings = [.. Enumerable.Range(0, count).Select(_ => DrawLoading(modality, count, random))];
        return new SyntheticFactors(modality, noise, loadings[..modality.Views.Count], loadings[modality.Views.Count..]);
    }

    /// <summary>Fills one row, (time, width).</summary>
    public void DrawRow(ReadOnlySpan<double> shared, StableRandom random, Span<float> row)
    {
        Span<double> sum = new double[row.Length];
        for (var v = 0; v < Views.Length; v++)
        {
            var view = ViewNoise[v] * random.NextNormal();
            for (var j = 0; j < shared.Length; j++)
            {
                view += Correlations[v][j] * shared[j];
            }

            AddScaled(sum, Views[v], view);
        }

        foreach (var loading in Privates)
        {
            AddScaled(sum, loading, random.NextNormal());
        }

        for (var i = 0; i < row.Length; i++)
        {
            row[i] = (float)(sum[i] + (NoiseStd * random.NextNormal()));
        }
    }

    // A direction in feature space times a smooth profile in time that never changes sign: single steps and the mean
    // over time both carry the factor. Dividing by sqrt(count) gives all factors together a variance of about 1.
    private static double[] DrawLoading(SyntheticModality modality, int count, StableRandom random)
    {
        var direction = new double[modality.Width];
        for (var d = 0; d < direction.Length; d++)
        {
            direction[d] = random.NextNormal() / Math.Sqrt(count);
        }

        var phase = random.NextDouble();
        var loading = new double[modality.Length * modality.Width];
        for (var i = 0; i < loading.Length; i++)
        {
            var time = ((i / modality.Width) + 0.5) / modality.Length;
            loading[i] = (1 + (0.5 * Math.Cos(2 * Math.PI * (time + phase)))) * direction[i % modality.Width];
        }

        return loading;
    }

    private static void AddScaled(Span<double> sum, double[] loading, double factor)
    {
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += factor * loading[i];
        }
    }
}
