using Amodal.Data.Synthetic;

namespace Amodal.Evaluation;

/// <summary>
/// The label's distribution given the observed modalities, on generated data of any settings. The prior of the latents is a
/// mixture of Gaussians, x_m | u is linear and Gaussian, so the posterior is a mixture again: with h = sum_m A_m^T S_m^-1 x_m,
/// <code>
/// P_k = (S_k^-1 + sum_m A_m^T S_m^-1 A_m)^-1,   m_k = P_k (S_k^-1 mu_k + h),
/// log w_k = (log |P_k| - log |S_k| - mu_k . S_k^-1 mu_k + m_k . P_k^-1 m_k) / 2 + const
/// </code>
/// The median of the label is the best prediction for the absolute error, and its sign for two classes; the mean is for the squared error.
/// </summary>
internal static class SyntheticPosterior
{
    /// <summary>What is asked of the label's posterior, for every row of a split of the model's data.</summary>
    public static T[] OfEach<T>(SyntheticModel model, Split split, ModalitySet observed, Func<LabelDistribution, T> ask)
    {
        var statistics = observed.Members.Select(m => SyntheticOptimum.Statistics(model, split, m)).ToList();
        Component[] components = [.. model.Prior.Means.Zip(model.Prior.Factors, (mean, factor) => new Component(model, observed, mean, SyntheticPrior.Covariance(factor)))];
        var label = new LabelDistribution(model, [.. components.Select(c => c.Covariance)]);
        return [.. Enumerable.Range(0, split.Count).Select(row =>
        {
            var told = new double[model.LabelWeights.Count];
            foreach (var of in statistics)
            {
                told = Add(told, of[row]);
            }

            var posterior = components.Select(c => c.Given(told)).ToList();
            var highest = posterior.Max(p => p.LogWeight);
            var weights = posterior.ConvertAll(p => Math.Exp(p.LogWeight - highest));
            var sum = weights.Sum();
            label.Place(weights.ConvertAll(w => w / sum), posterior.ConvertAll(p => p.Mean));
            return ask(label);
        })];
    }

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private sealed class Component
    {
        private readonly double[] _pull; // S_k^-1 mu_k
        private readonly double _constant;

        public Component(SyntheticModel model, ModalitySet observed, double[] mean, double[,] covariance)
        {
            var posterior = SyntheticOptimum.Precision(model, observed, covariance);
            Covariance = Cholesky.Inverse(posterior);
            _pull = new Cholesky(covariance).Solve(mean);
            _constant = -new Cholesky(posterior).LogDeterminant - new Cholesky(covariance).LogDeterminant - Dot(mean, _pull);
        }

        public double[,] Covariance { get; }

        public (double[] Mean, double LogWeight) Given(double[] told)
        {
            var pull = Add(_pull, told);
            var mean = Times(Covariance, pull);
            return (mean, (_constant + Dot(mean, pull)) / 2);
        }

        private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

        private static double[] Times(double[,] a, double[] x) => [.. x.Select((_, i) => x.Select((v, j) => a[i, j] * v).Sum())];
    }
}
