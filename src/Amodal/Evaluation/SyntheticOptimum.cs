using Amodal.Data.Synthetic;

namespace Amodal.Evaluation;

/// <summary>
/// The best that any method can do on generated data, for every observed set, in closed form. Given the shared latents
/// u the modalities are independent Gaussians, x_m | u ~ N(A_m u, S_m), A_m = sum_v a_mv c_mv^T, so
/// <code>
/// Cov[u | x_O] = P = (I + sum_m A_m^T S_m^-1 A_m)^-1,   E[u | x_O] = P sum_m A_m^T S_m^-1 x_m,
/// E[y | x_O] = c . E[u | x_O],                          Var[y | x_O] = c . P c + Var[y | u].
/// </code>
/// The posterior of the label is Gaussian, hence its mean is also its median: the prediction is optimal for the squared
/// and the absolute error, its sign for two classes. Rounded, it is the most probable of equally wide classes.
/// </summary>
internal static class SyntheticOptimum
{
    /// <summary>The best predictions for the rows of some splits, one after the other; null where the data of one do not say how they were made.</summary>
    internal static Func<Observation, float[]>? Of(IReadOnlyList<(DataSet Data, Split Split)> splits)
    {
        var models = splits.Select(s => SyntheticModel.TryRecognise(s.Data)).ToList();
        return models.Contains(null) ? null : observed => [.. splits.Zip(models, (s, model) => model!.OptimalAnswers(s.Split, observed.Modalities)).SelectMany(p => p)];
    }

    /// <summary>
    /// The best prediction of every row: E[y | x_O] of a score; of classes the probability of each, which the Gaussian posterior of y
    /// has between where classes are cut.
    /// </summary>
    internal static float[] OptimalAnswers(this SyntheticModel model, Split split, ModalitySet observed)
    {
        if (model.Target is not ClassTarget { Width: var classes })
        {
            return OptimalPredictions(model, split, observed);
        }

        if (!model.Options.IsLinear)
        {
            var below = SyntheticPosterior.OfEach(model, split, observed, label => (double[])[0, .. model.ClassCuts.Select(label.Cumulative), 1]);
            return [.. below.SelectMany(b => b.Zip(b.Skip(1), (low, high) => (float)Math.Max(0, high - low)))];
        }

        var means = OptimalPredictions(model, split, observed);
        var deviation = Math.Sqrt(PosteriorVariance(model, observed));
        double[] cuts = [double.NegativeInfinity, .. model.ClassCuts, double.PositiveInfinity];
        return [.. means.SelectMany(mean => Enumerable.Range(0, classes).Select(k =>
            (float)Math.Max(0, StandardNormal.Cumulative((cuts[k + 1] - mean) / deviation) - StandardNormal.Cumulative((cuts[k] - mean) / deviation))))];
    }

    /// <summary>E[y | x_O] for every row of a split of the model's data.</summary>
    /// <param name="observed">The observed modalities; with none the prediction is 0, the mean of the labels.</param>
    public static float[] OptimalPredictions(this SyntheticModel model, Split split, ModalitySet observed)
    {
        if (!model.Options.IsLinear)
        {
            return SyntheticPosterior.OfEach(model, split, observed, label => (float)label.Quantile(0.5));
        }

        var weights = PredictionWeights(model, observed);
        var predictions = new float[split.Count];
        for (var row = 0; row < predictions.Length; row++)
        {
            var sum = 0.0;
            foreach (var (m, w) in weights)
            {
                sum += Dot(w, split.Features[m].Row(row));
            }

            predictions[row] = (float)sum;
        }

        return predictions;
    }

    /// <summary>E[y | x_O] for every row of a split, each row with its own observed modalities.</summary>
    /// <param name="observed">The observed modalities of each row.</param>
    public static float[] OptimalPredictions(this SyntheticModel model, Split split, IReadOnlyList<ModalitySet> observed)
    {
        if (observed.Count != split.Count)
        {
            throw new ArgumentException($"{observed.Count} observed sets for {split.Count} rows", nameof(observed));
        }

        var bySet = observed.Distinct().ToDictionary(set => set, set => OptimalPredictions(model, split, set));
        return [.. observed.Select((set, row) => bySet[set][row])];
    }

    /// <summary>Var[y | x_O], the smallest mean squared error; the same for every row.</summary>
    public static double PosteriorVariance(this SyntheticModel model, ModalitySet observed)
    {
        var c = model.LabelWeights.ToArray();
        return Dot(c, Posterior(model, observed).Solve(c)) + model.LabelNoiseVariance;
    }

    /// <summary>The correlation of the best prediction with the label: sqrt(1 - Var[y | x_O] / Var[y]).</summary>
    public static double TheoreticalCorrelation(this SyntheticModel model, ModalitySet observed) =>
        Math.Sqrt(Math.Max(0, 1 - (PosteriorVariance(model, observed) / Math.Pow(model.Options.LabelStd, 2))));

    /// <summary>The smallest mean absolute error: sqrt(2 Var[y | x_O] / pi).</summary>
    public static double TheoreticalMae(this SyntheticModel model, ModalitySet observed) =>
        Math.Sqrt(2 / Math.PI * PosteriorVariance(model, observed));

    /// <summary>The best accuracy in telling negative from positive: 1/2 + asin(correlation) / pi (Sheppard 1899).</summary>
    public static double TheoreticalSignAccuracy(this SyntheticModel model, ModalitySet observed) =>
        0.5 + (Math.Asin(TheoreticalCorrelation(model, observed)) / Math.PI);

    // E[y | x_O] is linear in the features: w_m = S_m^-1 A_m P c.
    private static List<(int Modality, double[] Weights)> PredictionWeights(SyntheticModel model, ModalitySet observed)
    {
        var direction = Posterior(model, observed).Solve(model.LabelWeights.ToArray());
        return [.. observed.Members.Select(m =>
        {
            var factors = model.Factors(m);
            var weights = new double[model.Modalities[m].RowSize];
            foreach (var (column, correlations) in SolvedViews(factors).Zip(factors.Correlations))
            {
                AddScaled(weights, column, Dot(correlations, direction));
            }

            return (m, weights);
        })];
    }

    // The same for data that is linear and Gaussian, ready to solve with.
    private static Cholesky Posterior(SyntheticModel model, ModalitySet observed) =>
        new(Precision(model, observed, SyntheticPrior.Covariance(model.Prior.Factors[0])));

    /// <summary>The precision of u given the observed modalities, where its prior has a covariance: S^-1 + sum_m A_m^T S_m^-1 A_m.</summary>
    internal static double[,] Precision(SyntheticModel model, ModalitySet observed, double[,] covariance)
    {
        var precision = Cholesky.Inverse(covariance);
        foreach (var m in observed.Members)
        {
            var factors = model.Factors(m);
            var solved = SolvedViews(factors);
            for (var v = 0; v < solved.Length; v++)
            {
                for (var w = 0; w < solved.Length; w++)
                {
                    AddOuter(precision, factors.Correlations[v], factors.Correlations[w], Dot(factors.Views[v], solved[w]));
                }
            }
        }

        return precision;
    }

    /// <summary>What the features of a modality tell of u, per row: A_m^T S_m^-1 x_m.</summary>
    internal static double[][] Statistics(SyntheticModel model, Split split, int modality)
    {
        var factors = model.Factors(modality);
        var solved = SolvedViews(factors);
        return [.. Enumerable.Range(0, split.Count).Select(row =>
        {
            var sum = new double[model.LabelWeights.Count];
            for (var v = 0; v < solved.Length; v++)
            {
                AddScaled(sum, factors.Correlations[v], Dot(solved[v], split.Features[modality].Row(row)));
            }

            return sum;
        })];
    }

    // S^-1 a for the loading a of every view; the columns of A are sums of these loadings, weighted by the correlations.
    // S = std^2 I + N N^T, where N holds the loadings of what is private to the modality, and by Woodbury
    // S^-1 a = (a - N (std^2 I + N^T N)^-1 N^T a) / std^2: a system as small as the number of factors.
    private static double[][] SolvedViews(SyntheticFactors factors)
    {
        var variance = factors.NoiseStd * factors.NoiseStd;
        double[][] noise = [.. factors.Views.Select((a, v) => Scale(a, factors.ViewNoise[v])), .. factors.Privates];
        var gram = new double[noise.Length, noise.Length];
        for (var i = 0; i < noise.Length; i++)
        {
            for (var k = 0; k <= i; k++)
            {
                gram[i, k] = Dot(noise[i], noise[k]) + (i == k ? variance : 0);
            }
        }

        var inner = new Cholesky(gram);
        return [.. factors.Views.Select(a =>
        {
            var column = Scale(a, 1 / variance);
            var solved = inner.Solve([.. noise.Select(n => Dot(n, a))]);
            for (var k = 0; k < noise.Length; k++)
            {
                AddScaled(column, noise[k], -solved[k] / variance);
            }

            return column;
        })];
    }

    private static void AddOuter(double[,] matrix, double[] a, double[] b, double factor)
    {
        for (var i = 0; i < a.Length; i++)
        {
            for (var j = 0; j < b.Length; j++)
            {
                matrix[i, j] += factor * a[i] * b[j];
            }
        }
    }

    private static void AddScaled(double[] sum, double[] values, double factor)
    {
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += factor * values[i];
        }
    }

    private static double[] Scale(double[] values, double factor) => Array.ConvertAll(values, v => factor * v);

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    private static double Dot(double[] a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
