namespace Amodal.Evaluation.Embedding;

/// <summary>
/// The similarities p_ij of t-SNE (van der Maaten and Hinton 2008, equation 1 and section 3.1), those that are not next to nothing, by rows:
/// row i holds the columns and values from Starts[i] up to Starts[i + 1]. Symmetric; their sum is 1.
/// </summary>
internal sealed record Affinities(int[] Starts, int[] Columns, float[] Values)
{
    /// <summary>Least p_j|i that is kept. A row's sum is 1, so leaving the others out changes no picture: of 2,000 points it is at most 0.0002 of a row.</summary>
    private const double Least = 1e-7;

    public int Count => Starts.Length - 1;

    /// <summary>The affinities of points.</summary>
    /// <param name="points">More than perplexity + 1.</param>
    /// <param name="perplexity">The perplexity of every row.</param>
    public static Affinities Of(PointCloud points, double perplexity, CancellationToken stop)
    {
        const int Block = 16;
        var n = points.Count;
        var given = new List<(int Column, double Value)>[n]; // p_j|i, ascending in j
        var turned = Enumerable.Range(0, n).Select(_ => new List<(int Column, double Value)>()).ToArray(); // p_i|j, ascending too
        var distances = new float[Block * n];
        var row = new double[n];
        for (var i = 0; i < n; i++)
        {
            stop.ThrowIfCancellationRequested();
            if (i % Block == 0)
            {
                SquaredDistances.Fill(points, i, Math.Min(Block, n - i), points, distances);
            }

            Conditional(distances.AsSpan(i % Block * n, n), i, perplexity, row);
            given[i] = [];
            for (var j = 0; j < n; j++)
            {
                if (row[j] >= Least)
                {
                    given[i].Add((j, row[j]));
                    turned[j].Add((i, row[j]));
                }
            }
        }

        return Symmetric(given, turned);
    }

    /// <summary>p_j|i = exp(-b d_j) / sum, b such that the row's perplexity exp(H) is the one asked for.</summary>
    /// <param name="self">i, whose own p is 0.</param>
    /// <param name="perplexity">exp(H) wanted. Where more points than that are nearest together, all of these share the row.</param>
    internal static void Conditional(ReadOnlySpan<float> distances, int self, double perplexity, Span<double> row)
    {
        const double Tolerance = 1e-6; // of H, so of the perplexity's relative error too
        var (nearest, mean) = NearestAndMean(distances, self);
        var (low, high) = (0.0, double.PositiveInfinity);
        var precision = mean > nearest ? 1 / (mean - nearest) : 1;
        for (var round = 0; round < 200; round++)
        {
            var (entropy, slope) = Weigh(distances, self, nearest, precision, row);
            var excess = entropy - Math.Log(perplexity);
            if (Math.Abs(excess) < Tolerance)
            {
                break;
            }

            (low, high) = excess > 0 ? (precision, high) : (low, precision);
            var newton = precision * Math.Exp(Math.Clamp(excess / slope, -1, 1)); // NaN where all weights are alike
            precision = newton > low && newton < high ? newton : double.IsInfinity(high) ? 2 * precision : (low + high) / 2;
        }
    }

    private static (double Nearest, double Mean) NearestAndMean(ReadOnlySpan<float> distances, int self)
    {
        var (nearest, sum) = (double.PositiveInfinity, 0.0);
        for (var j = 0; j < distances.Length; j++)
        {
            if (j != self)
            {
                nearest = Math.Min(nearest, distances[j]);
                sum += distances[j];
            }
        }

        return (nearest, sum / (distances.Length - 1));
    }

    /// <summary>
    /// Fills a row and gives its entropy, H = ln Z + mean(b d), and -dH / d ln b = var(b d). Distances are taken from the
    /// nearest, so that not all weights vanish.
    /// </summary>
    private static (double Entropy, double Slope) Weigh(ReadOnlySpan<float> distances, int self, double nearest, double precision, Span<double> row)
    {
        var (sum, first, second) = (0.0, 0.0, 0.0);
        for (var j = 0; j < distances.Length; j++)
        {
            var exponent = precision * (distances[j] - nearest);
            var weight = j == self || exponent > 50 ? 0 : Math.Exp(-exponent); // below e^-50 beside the nearest's 1: nothing
            row[j] = weight;
            sum += weight;
            first += weight * exponent;
            second += weight * exponent * exponent;
        }

        for (var j = 0; j < row.Length; j++)
        {
            row[j] /= sum;
        }

        var mean = first / sum;
        return (Math.Log(sum) + mean, (second / sum) - (mean * mean));
    }

    /// <summary>p_ij = (p_j|i + p_i|j) / 2n: both lists are ascending, so they are merged.</summary>
    private static Affinities Symmetric(List<(int Column, double Value)>[] given, List<(int Column, double Value)>[] turned)
    {
        var n = given.Length;
        var starts = new int[n + 1];
        var (columns, values) = (new List<int>(), new List<float>());
        for (var i = 0; i < n; i++)
        {
            var (a, b) = (0, 0);
            while (a < given[i].Count || b < turned[i].Count)
            {
                var left = a < given[i].Count ? given[i][a].Column : int.MaxValue;
                var right = b < turned[i].Count ? turned[i][b].Column : int.MaxValue;
                var value = (left <= right ? given[i][a++].Value : 0) + (right <= left ? turned[i][b++].Value : 0);
                columns.Add(Math.Min(left, right));
                values.Add((float)(value / (2.0 * n)));
            }

            starts[i + 1] = columns.Count;
        }

        return new Affinities(starts, [.. columns], [.. values]);
    }
}
