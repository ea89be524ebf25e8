using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// What a mixture of Gaussians knows of the missing numbers beyond one Gaussian, in each modality's leading principal components:
/// <code>E[z_M | z_O] = sum_k r_k (m_kM + S_kMO S_kOO^-1 (z_O - m_kO)),  r_k ~ p_k N(z_O; m_kO, S_kOO),</code>
/// less the same of one Gaussian. By expectation-maximisation (Dempster et al. 1977) on rows that have every modality.
/// </summary>
internal sealed class GaussianMixture : Module
{
    private const int MostComponents = 5; // of a modality
    private const int MostDimensions = 60; // of all
    private const int LeastRows = 10; // to a dimension
    private const int Starts = 6;
    private const int StartDirections = 6; // in which the first groups are found
    private const int StartSteps = 20;
    private const int MostSteps = 150;
    private const double LeastGain = 1e-5; // of the log-likelihood of a row, in a step
    private const double Shared = 0.1; // of the covariance that all have in common in each one's own
    private const double Noise = 1e-3; // added to variances of 1
    private const double Never = -1e30; // logarithm
    private const long MostKept = 8 << 20; // numbers: 32 MiB
    private static readonly int[] _counts = [2, 4, 8];
    private readonly IReadOnlyList<int> _components;
    private readonly SolvedSets _tables = new(MostKept);

    /// <summary>Nothing is known yet, and nothing is added.</summary>
    /// <param name="sizes">Numbers of each modality.</param>
    public GaussianMixture(IReadOnlyList<int> sizes)
        : base(nameof(GaussianMixture))
    {
        var most = Math.Max(1, Math.Min(MostComponents, MostDimensions / sizes.Count));
        _components = [.. sizes.Select(size => Math.Min(size, most))];
        register_buffer("into", zeros(sizes.Sum(), Dimensions));
        register_buffer("back", zeros(Dimensions, sizes.Sum()));
        register_buffer("shares", zeros(Count, dtype: ScalarType.Float64));
        register_buffer("means", zeros(Count, Dimensions, dtype: ScalarType.Float64));
        register_buffer("covariances", eye(Dimensions, dtype: ScalarType.Float64).repeat(Count, 1, 1));
        register_buffer("covariance", eye(Dimensions, dtype: ScalarType.Float64));
        register_buffer("worth", zeros(1));
        register_buffer("used", zeros(1));
        RegisterComponents();
    }

    /// <summary>Principal components of all modalities.</summary>
    public int Dimensions => _components.Sum();

    /// <summary>Gaussians at most; those that are not there have no share.</summary>
    public static int Count => _counts[^1];

    /// <summary>How much of what it adds counts, 0 to 1: the share that recovers best on other rows; 0 where they are more likely under one Gaussian.</summary>
    public float Worth => get_buffer("worth")!.item<float>();

    /// <summary>Whether it counts at all.</summary>
    public bool IsUsed
    {
        get => get_buffer("used")!.item<float>() != 0;
        set => get_buffer("used")!.fill_(value ? 1 : 0);
    }

    /// <summary>(numbers, dimensions): to principal components of variance 1.</summary>
    public Tensor Into => get_buffer("into")!;

    /// <summary>(dimensions, numbers): and back.</summary>
    public Tensor Back => get_buffer("back")!;

    /// <summary>Adds to conditional means.</summary>
    /// <param name="filled">From <see cref="JointGaussian.Fill"/>, (row, all numbers).</param>
    public Tensor Correct(Tensor filled, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var parts = Of(observed);
        var z = filled.matmul(Into);
        var responsible = functional.softmax(parts.LogDensities(z), 1).unsqueeze(2);
        return (filled + (parts.Means(z) * responsible).sum([1]).matmul(Back)).MoveToOuterDisposeScope();
    }

    /// <summary>What <see cref="Correct"/> computes with, of one observed set.</summary>
    public MixtureTable Of(ModalitySet observed) => new(_tables.Of(observed, () => Solve(observed)));

    /// <summary>Fits mixtures of several sizes from several starts, and keeps the one under which other rows are likeliest.</summary>
    /// <param name="train">Of rows that have every modality, (row, all numbers), centred.</param>
    /// <param name="valid">Likewise, of others.</param>
    public void Fit(JointGaussian gaussian, Tensor train, Tensor valid, ulong seed)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        if (train.shape[0] < LeastRows * Dimensions || valid.shape[0] == 0)
        {
            return;
        }

        Lead(gaussian, train);
        var (z, other) = (train.matmul(Into).to(ScalarType.Float64), valid.matmul(Into).to(ScalarType.Float64));
        get_buffer("covariance")!.copy_((z.t().matmul(z) / z.shape[0]) + (eye(Dimensions, dtype: z.dtype, device: z.device) * Noise));
        var one = ones(1, dtype: ScalarType.Float64, device: z.device);
        var likeliest = new Gaussians(one, zeros_like(z[..1]), get_buffer("covariance")!.unsqueeze(0)).LogLikelihood(other);
        foreach (var count in _counts)
        {
            foreach (var start in Enumerable.Range(0, Starts))
            {
                using var inner = NewDisposeScope();
                var found = Gaussians.Likeliest(z, count, new StableRandom(seed, StableRandom.KeyOf("mixture"), (ulong)count, (ulong)start));
                var likelihood = found.LogLikelihood(other);
                if (likelihood > likeliest)
                {
                    likeliest = likelihood;
                    _ = get_buffer("shares")!.zero_();
                    get_buffer("shares")!.narrow(0, 0, count).copy_(found.Shares);
                    get_buffer("means")!.narrow(0, 0, count).copy_(found.Means);
                    get_buffer("covariances")!.narrow(0, 0, count).copy_(found.Covariances);
                    _ = get_buffer("worth")!.fill_(1);
                }
            }
        }

        _tables.Dispose();
        if (Worth > 0)
        {
            _ = get_buffer("worth")!.copy_(Best(gaussian, valid));
            _tables.Dispose();
        }
    }

    /// <summary>The share of the correction that leaves the least error over all sets, in closed form.</summary>
    private Tensor Best(JointGaussian gaussian, Tensor valid)
    {
        var parts = valid.split([.. gaussian.Sizes.Select(s => (long)s)], 1);
        var (along, size) = (0.0, 0.0);
        foreach (var set in gaussian.Tried.Skip(1))
        {
            using var scope = NewDisposeScope();
            var filled = gaussian.Fill(parts, set);
            var correction = Correct(filled, set) - filled;
            along += (correction * (valid - filled)).sum().item<float>();
            size += correction.square().sum().item<float>();
        }

        return tensor((float)Math.Clamp(along / Math.Max(size, 1e-30), 0, 1));
    }

    private void Lead(JointGaussian gaussian, Tensor train)
    {
        _ = Into.zero_();
        _ = Back.zero_();
        foreach (var (m, count) in _components.Index())
        {
            using var scope = NewDisposeScope();
            var own = gaussian.Columns(ModalitySet.Of(m));
            var x = train.index_select(1, own).to(ScalarType.Float64);
            var (values, vectors) = linalg.eigh(x.t().matmul(x) / x.shape[0]);
            var from = values.shape[0] - count;
            var leading = vectors.narrow(1, from, count).to(ScalarType.Float32);
            // A modality that never varies has no direction.
            var deviations = values.narrow(0, from, count).clamp_min(1e-12).sqrt().to(ScalarType.Float32);
            var at = _components.Take(m).Sum();
            Into.narrow(1, at, count).index_copy_(0, own, leading / deviations);
            Back.narrow(0, at, count).index_copy_(1, own, (leading * deviations).t());
        }
    }

    private Tensor Solve(ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var (means, covariances, covariance) = (get_buffer("means")!, get_buffer("covariances")!, get_buffer("covariance")!);
        var (given, missing) = (Selection(observed), Selection(ModalitySet.All(_components.Count).Without(observed)));
        var (weights, log) = new Gaussians(get_buffer("shares")!, means.matmul(given), given.t().matmul(covariances).matmul(given)).Whitening();
        var whiten = given.matmul(weights).matmul(given.t());
        var map = Regression(covariances) - Regression(covariance);
        var shift = means.matmul(missing).matmul(missing.t()) - means.unsqueeze(1).matmul(Regression(covariances)).squeeze(1);
        return MixtureTable.Pack(whiten, -means.unsqueeze(1).matmul(whiten).squeeze(1), log, map * Worth, shift * Worth).MoveToOuterDisposeScope();

        Tensor Regression(Tensor of)
        {
            var own = given.t().matmul(of);
            return given.matmul(linalg.solve(own.matmul(given), own.matmul(missing))).matmul(missing.t());
        }
    }

    /// <summary>(dimensions, those of the modalities).</summary>
    private Tensor Selection(ModalitySet modalities) => eye(Dimensions, dtype: ScalarType.Float64, device: Into.device).index_select(1, cat(
        [zeros(0, dtype: ScalarType.Int64, device: Into.device), .. modalities.Members.Select(m => arange(_components.Take(m).Sum(), _components.Take(m + 1).Sum(), dtype: ScalarType.Int64, device: Into.device))]));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _tables.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>A mixture.</summary>
    /// <param name="Shares">(Gaussian).</param>
    /// <param name="Means">(Gaussian, dimension).</param>
    /// <param name="Covariances">(Gaussian, dimension, dimension).</param>
    private sealed record Gaussians(Tensor Shares, Tensor Means, Tensor Covariances)
    {
        /// <summary>Expectation-maximisation, from groups of near rows.</summary>
        public static Gaussians Likeliest(Tensor z, int count, StableRandom random)
        {
            var responsible = Groups(z, count, random);
            var (found, before) = (Of(z, responsible), double.NegativeInfinity);
            for (var step = 0; step < MostSteps; step++)
            {
                using var scope = NewDisposeScope();
                var logs = found.LogDensities(z);
                var all = logs.logsumexp(1, true);
                var likelihood = all.mean().item<double>();
                if (likelihood - before < LeastGain)
                {
                    break;
                }

                var next = Of(z, (logs - all).exp());
                (found, before) = (new Gaussians(next.Shares.MoveToOuterDisposeScope(), next.Means.MoveToOuterDisposeScope(), next.Covariances.MoveToOuterDisposeScope()), likelihood);
            }

            return found;
        }

        public double LogLikelihood(Tensor z)
        {
            using var scope = NewDisposeScope();
            return LogDensities(z).logsumexp(1).mean().item<double>();
        }

        /// <summary>W with |(z - m) W|^2 the distance in units of the covariance, and the logarithm of share and density at the mean.</summary>
        public (Tensor Weights, Tensor Log) Whitening()
        {
            var weights = linalg.cholesky(linalg.inv(Covariances));
            // One without a share is never responsible; files hold no infinite numbers.
            return (weights, where(Shares > 0, Shares.clamp_min(1e-300).log(), Never) + weights.diagonal(0, 1, 2).log().sum([1]) - (0.5 * Math.Log(2 * Math.PI) * Means.shape[1]));
        }

        /// <summary>One step from how responsible each Gaussian is for each row, (row, Gaussian).</summary>
        private static Gaussians Of(Tensor z, Tensor responsible)
        {
            var sums = responsible.sum([0]).clamp_min(1);
            var means = responsible.t().matmul(z) / sums.unsqueeze(1);
            var spreads = stack([.. Enumerable.Range(0, (int)sums.shape[0]).Select(k =>
            {
                var off = z - means[k];
                return (off * responsible.narrow(1, k, 1)).t().matmul(off);
            })]);
            var own = spreads / sums.view(-1, 1, 1);
            var common = spreads.sum([0]) / z.shape[0];
            return new Gaussians(sums / z.shape[0], means, (own * (1 - Shared)) + (common * Shared) + (eye(z.shape[1], dtype: z.dtype, device: z.device) * Noise));
        }

        /// <summary>The groups of k-means along the directions of greatest variance, (row, Gaussian).</summary>
        private static Tensor Groups(Tensor z, int count, StableRandom random)
        {
            var (_, vectors) = linalg.eigh(z.t().matmul(z));
            var y = z.matmul(vectors[.., (int)Math.Max(0, z.shape[1] - StartDirections)..]);
            var centres = y.index_select(0, tensor([.. Enumerable.Range(0, count).Select(_ => (long)random.NextInt((int)y.shape[0]))], device: z.device));
            Tensor groups = zeros(0);
            for (var step = 0; step < StartSteps; step++)
            {
                groups = functional.one_hot(cdist(y, centres).argmin(1), count).to(z.dtype);
                centres = groups.t().matmul(y) / groups.sum([0]).unsqueeze(1).clamp_min(1);
            }

            return groups;
        }

        private Tensor LogDensities(Tensor z)
        {
            var (weights, log) = Whitening();
            return log - (0.5 * (z.unsqueeze(0) - Means.unsqueeze(1)).matmul(weights).square().sum([2]).t());
        }
    }
}

/// <summary>What a mixture's conditional means are computed with, of one observed set; linear in the components but for the responsibilities.</summary>
/// <param name="Packed">Its rows one below the other, each with a column for every dimension of every Gaussian.</param>
internal sealed record MixtureTable(Tensor Packed)
{
    private int Dimensions => ((int)Packed.shape[0] - 3) / 2;

    /// <summary>(dimensions, Gaussians by dimensions).</summary>
    public Tensor Whiten => Packed.narrow(0, 0, Dimensions);

    /// <summary>(1, Gaussians by dimensions).</summary>
    public Tensor Offset => Packed.narrow(0, Dimensions, 1);

    /// <summary>Logarithms of share and density at the mean, (1, Gaussians).</summary>
    public Tensor Log => Packed.narrow(0, Dimensions + 1, 1).narrow(1, 0, GaussianMixture.Count);

    /// <summary>(dimensions, Gaussians by dimensions).</summary>
    public Tensor Map => Packed.narrow(0, Dimensions + 2, Dimensions);

    /// <summary>(1, Gaussians by dimensions).</summary>
    public Tensor Shift => Packed.narrow(0, (2 * Dimensions) + 2, 1);

    /// <param name="whiten">(Gaussian, dimension, dimension), as the map.</param>
    /// <param name="offset">(Gaussian, dimension), as the shift.</param>
    /// <param name="log">(Gaussian).</param>
    public static Tensor Pack(Tensor whiten, Tensor offset, Tensor log, Tensor map, Tensor shift)
    {
        var padded = functional.pad(log, [0, offset.numel() - log.shape[0]]).unsqueeze(0);
        return cat([Wide(whiten), offset.reshape(1, -1), padded, Wide(map), shift.reshape(1, -1)]).to(ScalarType.Float32);

        static Tensor Wide(Tensor x) => x.permute(1, 0, 2).reshape(x.shape[1], -1);
    }

    /// <summary>(row, Gaussian).</summary>
    public Tensor LogDensities(Tensor z) => Log - (0.5 * (z.matmul(Whiten) + Offset).view(z.shape[0], GaussianMixture.Count, -1).square().sum([2]));

    /// <summary>What each Gaussian adds, (row, Gaussian, dimension).</summary>
    public Tensor Means(Tensor z) => (z.matmul(Map) + Shift).view(z.shape[0], GaussianMixture.Count, -1);
}
