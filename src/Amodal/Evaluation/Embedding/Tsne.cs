namespace Amodal.Evaluation.Embedding;

/// <summary>t-SNE, exact (van der Maaten and Hinton 2008): points of any width to places in the plane that keep near ones near.</summary>
/// <remarks>
/// Every step counts all pairs of points, several at once, so time goes with the square of their number: docs/guide/figures.md has
/// the measurements. The same points, options and random sequence give the same picture on the same machine; descent
/// enlarges the last bit's difference, so that another machine may turn the picture.
/// </remarks>
internal static class Tsne
{
    /// <summary>Iterations between two entries of <see cref="TsneEmbedding.Divergences"/>.</summary>
    public const int TraceInterval = 50;

    private const float Exaggeration = 12; // van der Maaten 2014, section 5.1, as are the momenta and the spread at the start
    private const int ExaggeratedIterations = 250;
    private const double StartSpread = 1e-4;

    /// <summary>Places points in the plane.</summary>
    /// <param name="points">More than perplexity + 1.</param>
    /// <param name="random">Draws where they start.</param>
    public static TsneEmbedding Embed(
        PointCloud points, TsneOptions options, StableRandom random, Action<double>? progress = null, CancellationToken stop = default)
    {
        if (points.Count - 1 <= options.Perplexity)
        {
            throw new ArgumentException($"{points.Count} points have no {options.Perplexity} neighbours each; lower the perplexity", nameof(points));
        }

        var gradient = new TsneGradient(Affinities.Of(points, options.Perplexity, stop));
        for (var i = 0; i < gradient.Count; i++)
        {
            (gradient.X[i], gradient.Y[i]) = ((float)(StartSpread * random.NextNormal()), (float)(StartSpread * random.NextNormal()));
        }

        var divergences = Descend(gradient, options.Iterations, progress, stop);
        return new TsneEmbedding(gradient.X[..gradient.Count], gradient.Y[..gradient.Count], divergences);
    }

    private static List<double> Descend(TsneGradient gradient, int iterations, Action<double>? progress, CancellationToken stop)
    {
        // A short run exaggerates for a quarter of its time only, or it would end before the clusters settle.
        var exaggerated = Math.Min(ExaggeratedIterations, iterations / 4);
        // In proportion to the number of points (Belkina et al. 2019), not less than what small sets need.
        var rate = Math.Max(50, gradient.Count / (4 * Exaggeration));
        var (x, y) = (new Coordinate(gradient.X, gradient.GradientX), new Coordinate(gradient.Y, gradient.GradientY));
        var divergences = new List<double>();
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            stop.ThrowIfCancellationRequested();
            if (iteration % TraceInterval == 0)
            {
                divergences.Add(gradient.Divergence());
                progress?.Invoke((double)iteration / iterations);
            }

            var momentum = iteration < exaggerated ? 0.5f : 0.8f;
            gradient.Compute(iteration < exaggerated ? Exaggeration : 1);
            x.Step(rate, momentum);
            y.Step(rate, momentum);
        }

        divergences.Add(gradient.Divergence());
        progress?.Invoke(1);
        return divergences;
    }

    /// <summary>Momentum and a gain per number (Jacobs 1988) along one axis.</summary>
    private sealed class Coordinate(float[] places, float[] gradient)
    {
        private readonly float[] _velocity = new float[gradient.Length];
        private readonly float[] _gain = [.. Enumerable.Repeat(1f, gradient.Length)];

        public void Step(float rate, float momentum)
        {
            var sum = 0.0;
            for (var i = 0; i < gradient.Length; i++)
            {
                // The gain grows while a number keeps its way: the velocity points against the gradient.
                _gain[i] = gradient[i] > 0 == _velocity[i] > 0 ? Math.Max(0.01f, 0.8f * _gain[i]) : _gain[i] + 0.2f;
                _velocity[i] = (momentum * _velocity[i]) - (rate * _gain[i] * gradient[i]);
                places[i] += _velocity[i];
                sum += places[i];
            }

            var centre = (float)(sum / gradient.Length);
            for (var i = 0; i < gradient.Length; i++)
            {
                places[i] -= centre;
            }
        }
    }
}

/// <summary>Settings of t-SNE; the defaults are the thesis's (6.5.2).</summary>
internal sealed record TsneOptions
{
    /// <summary>The effective number of neighbours that each point has, less than the number of other points.</summary>
    [Range(1, 1000)]
    public double Perplexity { get; init; } = 8;

    /// <summary>Steps of gradient descent.</summary>
    [Range(1, 1_000_000)]
    public int Iterations { get; init; } = 5000;
}

/// <summary>Points in the plane.</summary>
/// <param name="X">Horizontal places, one per point.</param>
/// <param name="Divergences">The Kullback-Leibler divergence KL(P | Q) as it went down: at the start, then every <see cref="Tsne.TraceInterval"/> iterations, last at the end.</param>
internal sealed record TsneEmbedding(float[] X, float[] Y, IReadOnlyList<double> Divergences);
