namespace Amodal.Data.Synthetic;

/// <summary>
/// What the shared latents are drawn from: K equally frequent Gaussians, "manners of speaking". In manner k, at the angle
/// a = 2 pi k / K, the styles lie around a point of a circle, and the sentiments in an ellipse whose axis turns with it:
/// <code>
/// (v1, v2) ~ N(0, I + Turn [[sin a, cos a], [cos a, -sin a]])     in one manner face and voice agree, in another they contradict
/// (v3, v4) ~ N(sqrt(2) Apart (cos a, sin a), (1 - Apart^2) I)
/// u1 = v1, u2 = r v1 + sqrt(1 - r^2) v2                           and so for u3 and u4; r is the redundancy
/// </code>
/// Over all manners every latent has mean 0 and variance 1, and third moments of sentiments are 0.
/// With one component it is the standard normal, but for r.
/// </summary>
internal sealed class SyntheticPrior
{
    private const double Turn = 0.85;
    private const double Apart = 0.8;

    /// <summary>The prior of some settings.</summary>
    public SyntheticPrior(SyntheticOptions options)
    {
        var count = options.LabelShares.Count;
        var components = options.Components;
        for (var k = 0; k < components; k++)
        {
            var (mean, factor) = (new double[count], new double[count, count]);
            for (var j = 0; j < count; j++)
            {
                factor[j, j] = 1;
            }

            if (components > 1)
            {
                var (sin, cos) = Math.SinCos(2 * Math.PI * k / components);
                factor[0, 0] = Math.Sqrt(1 + (Turn * sin));
                factor[1, 0] = Turn * cos / factor[0, 0];
                factor[1, 1] = Math.Sqrt(1 - (Turn * sin) - (factor[1, 0] * factor[1, 0]));

                // Two points lie on the first axis, three and more spread over both alike.
                var radius = components == 2 ? Apart : Apart * Math.Sqrt(2);
                (mean[2], mean[3]) = (radius * cos, components == 2 ? 0 : radius * sin);
                factor[2, 2] = Math.Sqrt(1 - (Apart * Apart));
                factor[3, 3] = components == 2 ? 1 : factor[2, 2];
            }

            if (options.Redundancy > 0)
            {
                Correlate(mean, factor, 0, options.Redundancy);
                Correlate(mean, factor, 2, options.Redundancy);
            }

            Means.Add(mean);
            Factors.Add(factor);
        }
    }

    /// <summary>The mean of each component.</summary>
    public List<double[]> Means { get; } = [];

    /// <summary>The lower triangle F of each component, whose covariance is F F^T.</summary>
    public List<double[,]> Factors { get; } = [];

    /// <summary>The covariance F F^T.</summary>
    public static double[,] Covariance(double[,] factor)
    {
        var covariance = new double[factor.GetLength(0), factor.GetLength(0)];
        for (var i = 0; i < factor.GetLength(0); i++)
        {
            for (var j = 0; j < factor.GetLength(0); j++)
            {
                for (var k = 0; k <= Math.Min(i, j); k++)
                {
                    covariance[i, j] += factor[i, k] * factor[j, k];
                }
            }
        }

        return covariance;
    }

    /// <summary>Mean and variance of u1 u2, over all components.</summary>
    public (double Mean, double Variance) Product()
    {
        // The means of u1 and u2 are 0 in every component, so E[u1 u2] = S12 and E[u1^2 u2^2] = S11 S22 + 2 S12^2.
        var covariances = Factors.ConvertAll(f => f[0, 0] * f[1, 0]);
        var mean = covariances.Average();
        var squares = Factors.Zip(covariances, (f, c) => (f[0, 0] * f[0, 0] * ((f[1, 0] * f[1, 0]) + (f[1, 1] * f[1, 1]))) + (2 * c * c));
        return (mean, squares.Average() - (mean * mean));
    }

    /// <summary>Makes latents of one component out of standard normal numbers, in place.</summary>
    public void Shape(Span<double> normals, int component)
    {
        var (mean, factor) = (Means[component], Factors[component]);
        for (var i = normals.Length - 1; i >= 0; i--)
        {
            normals[i] *= factor[i, i];
            for (var j = 0; j < i; j++)
            {
                normals[i] += factor[i, j] * normals[j];
            }

            normals[i] += mean[i];
        }
    }

    // u2 = r v1 + sqrt(1 - r^2) v2.
    private static void Correlate(double[] mean, double[,] factor, int first, double r)
    {
        var own = Math.Sqrt(1 - (r * r));
        mean[first + 1] = (r * mean[first]) + (own * mean[first + 1]);
        factor[first + 1, first] = (r * factor[first, first]) + (own * factor[first + 1, first]);
        factor[first + 1, first + 1] *= own;
    }
}
