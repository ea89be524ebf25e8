namespace Amodal.Data.Synthetic;

/// <summary>
/// The label's distribution where the latents are a mixture of Gaussians. Given u_q, one of the two latents whose product
/// counts, the label is linear in the others, hence Gaussian:
/// <code>
/// p(y) = sum_k w_k int N(u_q; m_kq, P_kqq) N(y; mean(u_q), variance(u_q)) du_q
/// </code>
/// The integral is a sum over equal steps, whose error on such integrands is of order exp(-2 pi^2 / step^2) and below rounding
/// while variance(u_q) is not small beside a step. Without interactions there is nothing to integrate.
/// </summary>
internal sealed class LabelDistribution
{
    private const double Step = 0.2; // in standard deviations of u_q
    private const int Steps = 30;    // to each side: 2e-9 lies beyond
    private const double Negligible = 1e-12;

    private static readonly double[] _masses = [.. Enumerable.Range(-Steps, (2 * Steps) + 1).Select(i => Step * Math.Exp(-Step * Step * i * i / 2) / Math.Sqrt(2 * Math.PI))];

    private readonly SyntheticModel _model;
    private readonly double[] _weights;
    private readonly Component[] _components;
    private readonly List<(double Weight, double Mean, double Deviation)> _nodes = [];

    /// <summary>The distribution for components of some covariances, wherever their means are.</summary>
    public LabelDistribution(SyntheticModel model, IReadOnlyList<double[,]> covariances)
    {
        _model = model;
        _weights = [.. model.LabelWeights];
        _components = [.. covariances.Select(Of)];
    }

    /// <summary>E[y].</summary>
    public double Mean => _nodes.Sum(n => n.Weight * n.Mean);

    /// <summary>Var[y].</summary>
    public double Variance
    {
        get
        {
            var mean = Mean;
            return _nodes.Sum(n => n.Weight * ((n.Deviation * n.Deviation) + ((n.Mean - mean) * (n.Mean - mean))));
        }
    }

    /// <summary>Sets the weights and means of the components.</summary>
    public void Place(IReadOnlyList<double> weights, IReadOnlyList<double[]> means)
    {
        _nodes.Clear();
        for (var k = 0; k < _components.Length; k++)
        {
            if (weights[k] > Negligible)
            {
                Place(_components[k], weights[k], means[k]);
            }
        }
    }

    /// <summary>The probability of a label of at most y.</summary>
    public double Cumulative(double y) => At(y).Cumulative;

    /// <summary>The label that this share of all is at most: Newton's steps, halved where they leave what is known to hold it.</summary>
    public double Quantile(double probability)
    {
        var (low, high, y) = (double.NegativeInfinity, double.PositiveInfinity, Mean);
        var deviation = Math.Sqrt(Variance);
        for (var (i, step) = (0, deviation); i < 100 && Math.Abs(step) > 1e-6 * deviation; i++)
        {
            var (cumulative, density) = At(y);
            (low, high) = cumulative > probability ? (low, y) : (y, high);
            var next = y - Math.Clamp((cumulative - probability) / density, -deviation, deviation);
            next = next >= low && next <= high ? next : (low + high) / 2;
            (y, step) = (next, next - y);
        }

        return y;
    }

    private (double Cumulative, double Density) At(double y)
    {
        var (cumulative, density) = (0.0, 0.0);
        foreach (var (weight, mean, deviation) in _nodes)
        {
            var at = StandardNormal.At((y - mean) / deviation);
            cumulative += weight * at.Cumulative;
            density += weight * at.Density / deviation;
        }

        return (cumulative, density);
    }

    private void Place(Component c, double weight, double[] m)
    {
        var linear = Dot(_weights, m) + _model.LabelOffset;
        if (_model.ProductWeight == 0)
        {
            _nodes.Add((weight, linear, Math.Sqrt(c.Flat + (c.Deviation * c.Slope * c.Deviation * c.Slope) + _model.LabelNoiseVariance)));
            return;
        }

        for (var i = -Steps; i <= Steps; i++)
        {
            // E[y | u_q] = (w + b u_q e_r) . (m + g (u_q - m_q)), and Var[y | u_q] likewise
            var (away, b) = (Step * i * c.Deviation, _model.ProductWeight);
            var bq = b * (m[c.Given] + away);
            _nodes.Add((
                weight * _masses[i + Steps],
                linear + (bq * m[c.Other]) + (away * (c.Slope + (bq * c.OtherSlope))),
                Math.Sqrt(c.Flat + (2 * bq * c.Tilt) + (bq * bq * c.Curve) + _model.LabelNoiseVariance)));
        }
    }

    private Component Of(double[,] covariance)
    {
        // The better known of the two is integrated over: the label is smoother in it, since the other is vague.
        var (q, r) = _model.ProductWeight == 0 || covariance[0, 0] <= covariance[1, 1] ? (0, 1) : (1, 0);
        var count = _weights.Length;
        var variance = covariance[q, q];
        double[] g = [.. Enumerable.Range(0, count).Select(i => covariance[i, q] / variance)];
        double[] rest = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, count).Sum(j => (covariance[i, j] - (g[i] * variance * g[j])) * _weights[j]))];
        var interacts = _model.ProductWeight != 0;
        return new Component(q, r, Math.Sqrt(variance), Dot(_weights, g), interacts ? g[r] : 0, Dot(_weights, rest), interacts ? rest[r] : 0, interacts ? covariance[r, r] - (g[r] * variance * g[r]) : 0);
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    // Var[y | u_q] without noise = Flat + 2 (b u_q) Tilt + (b u_q)^2 Curve.
    private sealed record Component(int Given, int Other, double Deviation, double Slope, double OtherSlope, double Flat, double Tilt, double Curve);
}
