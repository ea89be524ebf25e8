namespace Amodal.Evaluation;

/// <summary>
/// Ridge regression from observed latents to a missing one: how much of it the others tell, as far as a line can say.
/// Where it finds nothing, no recovery can be blamed for finding nothing; where latents are jointly Gaussian (generated
/// data), it estimates the conditional mean, which nothing beats in mean square error.
/// </summary>
/// <remarks>
/// With r the correlation of the conditional mean with the truth, one perfect sample of the conditional correlates with
/// it by r^2 and errs by sqrt(2 (1 - r^2)) deviations, the mean by sqrt(1 - r^2).
/// <para>
/// With X (rows, features) and Y centred, the weights are (X^T X + c I)^-1 X^T Y = X^T (X X^T + c I)^-1 Y: the smaller of
/// the two systems is solved. Sums are made a block at a time, so that beside the latents themselves only that system, its
/// solution and one block are in memory.
/// </para>
/// </remarks>
internal static class LinearRecovery
{
    /// <summary>
    /// The most floating-point operations that an evaluation spends on one missing modality of one observed set, about a minute
    /// of two cores; where <see cref="Operations"/> are more, it leaves the reference out and says so.
    /// </summary>
    public const double MostOperations = 1e12;

    private const int BlockRows = 1024;

    /// <summary>Penalties tried, in units of the mean square of an observed feature times the training rows.</summary>
    private static readonly double[] _penalties = [1e-3, 1e-2, 0.1, 1, 10, 100];

    /// <summary>What a fit costs.</summary>
    public static double Operations(double rows, double features, double targets)
    {
        var size = Math.Min(rows, features);
        return (2 * rows * features * size) + ((_penalties.Length + 1) * ((2.0 / 3 * size * size * size) + (2 * size * size * targets)));
    }

    /// <summary>Fits on one store, chooses the penalty on another, predicts a third.</summary>
    /// <param name="observed">The observed set, not empty.</param>
    /// <returns>
    /// Standardised latents, (row, channels, time): the training mean where the observed latents of train are all constant, and
    /// NaN where latents are not finite.
    /// </returns>
    public static Tensor Predict(LatentStore train, LatentStore valid, LatentStore rows, ModalitySet observed, int modality)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (target, truth) = (train.Latents[modality], valid.Latents[modality]);
        var meanY = Mean(target);
        var system = RidgeSystem.Create([.. observed.Members.Select(m => train.Latents[m])], target, meanY);
        var answer = system is null ? meanY.expand(rows.Count, -1)
            : cat([.. system.Predict(Observed(rows), system.Solve(_penalties.MinBy(penalty => Error(system, penalty))))]) + meanY;
        return answer.to(ScalarType.Float32).reshape(rows.Latents[modality].shape).MoveToOuterDisposeScope();

        List<Tensor> Observed(LatentStore store) => [.. observed.Members.Select(m => store.Latents[m])];

        double Error(RidgeSystem system, double penalty)
        {
            using var inner = NewDisposeScope();
            var (sum, start) = (0.0, 0L);
            foreach (var predicted in system.Predict(Observed(valid), system.Solve(penalty)))
            {
                using var block = NewDisposeScope();
                sum += (predicted + meanY - Rows(truth, start)).square().sum().item<double>();
                start += predicted.shape[0];
                predicted.Dispose();
            }

            return sum;
        }
    }

    /// <summary>The average row of a latent, (1, numbers of a row).</summary>
    private static Tensor Mean(Tensor latent)
    {
        using var scope = NewDisposeScope();
        var sum = zeros(1, latent[0].numel(), dtype: ScalarType.Float64, device: latent.device);
        foreach (var start in Starts(latent))
        {
            using var inner = NewDisposeScope();
            _ = sum.add_(Rows(latent, start).sum([0], keepdim: true));
        }

        return (sum / latent.shape[0]).MoveToOuterDisposeScope();
    }

    private static IEnumerable<long> Starts(Tensor latent)
    {
        for (var start = 0L; start < latent.shape[0]; start += BlockRows)
        {
            yield return start;
        }
    }

    /// <summary>A block of rows from one on, (rows, numbers of a row).</summary>
    private static Tensor Rows(Tensor latent, long start)
    {
        using var scope = NewDisposeScope();
        return latent.narrow(0, start, Math.Min(BlockRows, latent.shape[0] - start)).flatten(1).to(ScalarType.Float64).MoveToOuterDisposeScope();
    }

    /// <summary>The system of one observed set: (features, features), or (training rows, training rows) where that is smaller.</summary>
    private sealed class RidgeSystem(IReadOnlyList<Tensor> train, IReadOnlyList<Tensor> means, bool isDual, Tensor gram, Tensor right, double unit)
    {
        /// <summary>Sums up the system; null where all that is observed is constant.</summary>
        public static RidgeSystem? Create(IReadOnlyList<Tensor> train, Tensor target, Tensor meanY)
        {
            List<Tensor> means = [.. train.Select(Mean)];
            var features = means.Sum(m => m.numel());
            var isDual = target.shape[0] < features;
            var size = isDual ? target.shape[0] : features;
            var gram = zeros(size, size, dtype: ScalarType.Float64, device: target.device);
            var right = zeros(size, meanY.numel(), dtype: ScalarType.Float64, device: target.device);
            foreach (var start in Starts(target))
            {
                using var scope = NewDisposeScope();
                var y = Rows(target, start) - meanY;
                if (isDual)
                {
                    _ = gram.narrow(0, start, y.shape[0]).copy_(Products(Part(train, start), train, means));
                    _ = right.narrow(0, start, y.shape[0]).copy_(y);
                }
                else
                {
                    var x = Centred(train, means, start);
                    _ = gram.add_(x.t().matmul(x));
                    _ = right.add_(x.t().matmul(y));
                }
            }

            var unit = gram.trace().item<double>() / features;
            return unit < 1e-300 ? null : new RidgeSystem(train, means, isDual, gram, right, unit); // NaN is not less
        }

        /// <summary>The weights of features, or of training rows.</summary>
        public Tensor Solve(double penalty)
        {
            if (!double.IsFinite(unit))
            {
                return full_like(right, double.NaN);
            }

            using var scope = NewDisposeScope();
            var diagonal = eye(gram.shape[0], dtype: ScalarType.Float64, device: gram.device) * (penalty * unit);
            return linalg.solve(gram + diagonal, right).MoveToOuterDisposeScope();
        }

        /// <summary>What the weights predict of observed latents, less the mean, some rows at a time.</summary>
        public IEnumerable<Tensor> Predict(IReadOnlyList<Tensor> observed, Tensor weights)
        {
            foreach (var start in Starts(observed[0]))
            {
                yield return Block(start);
            }

            Tensor Block(long start)
            {
                using var scope = NewDisposeScope();
                return (isDual ? Products(Part(observed, start), train, means) : Centred(observed, means, start)).matmul(weights).MoveToOuterDisposeScope();
            }
        }

        private static List<Tensor> Part(IReadOnlyList<Tensor> latents, long start) => [.. latents.Select(l => l.narrow(0, start, Math.Min(BlockRows, l.shape[0] - start)))];

        private static Tensor Centred(IReadOnlyList<Tensor> latents, IReadOnlyList<Tensor> means, long start) =>
            cat([.. latents.Select((l, m) => Rows(l, start) - means[m])], 1);

        /// <summary>Products of all rows of some latents with all of others, (rows, other rows), a channel at a time.</summary>
        private static Tensor Products(IReadOnlyList<Tensor> rows, IReadOnlyList<Tensor> others, IReadOnlyList<Tensor> means)
        {
            using var scope = NewDisposeScope();
            var sum = zeros(rows[0].shape[0], others[0].shape[0], dtype: ScalarType.Float64, device: rows[0].device);
            for (var m = 0; m < rows.Count; m++)
            {
                var (channels, steps) = (rows[m].shape[1], rows[m].shape[2]);
                for (var channel = 0L; channel < channels; channel++)
                {
                    using var inner = NewDisposeScope();
                    var mean = means[m].narrow(1, channel * steps, steps);
                    var (a, b) = (rows[m].select(1, channel).to(ScalarType.Float64) - mean, others[m].select(1, channel).to(ScalarType.Float64) - mean);
                    _ = sum.add_(a.matmul(b.t()));
                }
            }

            return sum.MoveToOuterDisposeScope();
        }
    }
}
