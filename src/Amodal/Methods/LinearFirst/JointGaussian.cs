using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// All modalities of an utterance as one Gaussian vector: standardised features flattened over time, or their leading principal
/// components. It recovers the conditional mean of what is missing in closed form, by ridge regression from what is observed:
/// <code>E[x_M | x_O] = mu_M + S_MO (S_OO + c I)^-1 (x_O - mu_O).</code>
/// </summary>
internal sealed class JointGaussian : Module
{
    private const int MostNumbers = 4096; // of all modalities: the covariance then takes 128 MiB
    private const int MostSets = 16; // tried per size, to choose a penalty
    private const int MostSteps = 30; // of expectation-maximisation
    private const double LeastChange = 1e-4; // of the covariance in a step, relative
    private const double StepPenalty = 1e-3; // in its regressions, where there may be fewer rows than numbers
    private const long MostKept = 32 << 20; // numbers: 128 MiB
    private static readonly double[] _penalties = [1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3];
    private readonly IReadOnlyList<int> _features;
    private readonly SolvedSets _weights = new(MostKept);
    private readonly SolvedSets _spreads = new(MostKept);

    /// <summary>Sizes follow from the shapes alone; what is in it comes with <see cref="Fit"/>.</summary>
    /// <param name="components">Most numbers of a modality.</param>
    public JointGaussian(IReadOnlyList<Modality> modalities, int components)
        : base(nameof(JointGaussian))
    {
        _features = [.. modalities.Select(m => m.RowSize)];
        var most = Math.Min(components, MostNumbers / modalities.Count);
        Sizes = [.. _features.Select(f => Math.Min(f, most))];
        foreach (var (m, size) in Sizes.Index())
        {
            register_buffer($"mean{m}", zeros(_features[m]));
            if (size < _features[m])
            {
                register_buffer($"basis{m}", zeros(_features[m], size));
            }
        }

        register_buffer("covariance", zeros(Numbers, Numbers, dtype: ScalarType.Float64));
        register_buffer("penalties", zeros(modalities.Count, dtype: ScalarType.Float64));
        RegisterComponents();
    }

    /// <summary>Numbers of each modality.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>Numbers of all modalities.</summary>
    public int Numbers => Sizes.Sum();

    /// <summary>Sets that stand for all, the complete one first: all there are, or of each size the first.</summary>
    public IReadOnlyList<ModalitySet> Tried =>
        [ModalitySet.All(Sizes.Count), .. Enumerable.Range(1, Sizes.Count - 1).SelectMany(count => ObservedSets.Some(Sizes.Count).Where(o => o.Count == count).Take(MostSets))];

    /// <summary>Root mean square of a modality's numbers, by number: what a network is to divide by.</summary>
    public Tensor Scales()
    {
        using var scope = NewDisposeScope();
        var variances = get_buffer("covariance")!.diagonal().split([.. Sizes.Select(s => (long)s)]);
        return cat([.. variances.Select(v => v.mean().clamp_min(1e-12).sqrt().expand(v.shape))]).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>The directions of greatest variance of all numbers, each in units of its scale, (numbers, at most count); the caller's.</summary>
    public Tensor Leading(int count)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var scales = Scales().to(ScalarType.Float64);
        var (_, vectors) = linalg.eigh(get_buffer("covariance")! / (scales.unsqueeze(0) * scales.unsqueeze(1)));
        return vectors[.., Math.Max(0, Numbers - count)..].to(ScalarType.Float32).contiguous().DetachFromDisposeScope();
    }

    /// <summary>A modality's average, flattened over time.</summary>
    public Tensor MeanOf(int modality) => get_buffer($"mean{modality}")!;

    /// <summary>A modality's components, (features, numbers); null where features are numbers.</summary>
    public Tensor? BasisOf(int modality) => get_buffer($"basis{modality}");

    /// <summary>A modality's numbers, centred.</summary>
    /// <param name="features">Standardised, (row, time, width).</param>
    /// <returns>(row, numbers).</returns>
    public Tensor Encode(int modality, Tensor features)
    {
        using var scope = NewDisposeScope();
        var centred = features.flatten(1) - get_buffer($"mean{modality}")!;
        return (get_buffer($"basis{modality}") is { } basis ? centred.matmul(basis) : centred).MoveToOuterDisposeScope();
    }

    /// <summary>The whole vector: observed parts as they are, the others their conditional means.</summary>
    /// <param name="parts">By modality (row, numbers); those that are not observed are not looked at.</param>
    /// <returns>(row, all numbers).</returns>
    public Tensor Fill(IReadOnlyList<Tensor?> parts, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var missing = ModalitySet.All(Sizes.Count).Without(observed);
        if (missing.IsEmpty)
        {
            return cat([.. parts.Select(x => x!)], 1).MoveToOuterDisposeScope();
        }

        var means = cat([.. observed.Members.Select(m => parts[m]!)], 1).matmul(Weights(observed));
        var recovered = missing.Members.Zip(means.split([.. missing.Members.Select(m => (long)Sizes[m])], 1)).ToDictionary(p => p.First, p => p.Second);
        return cat([.. parts.Select((x, m) => recovered.GetValueOrDefault(m) ?? x!)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Takes means, components and covariance from rows, and a penalty per size of observed set from others. Where rows lack
    /// modalities, the covariance is the most likely one, by expectation-maximisation (Dempster et al. 1977): what a row lacks counts
    /// by its conditional mean and covariance.
    /// </summary>
    /// <param name="train">By modality (row, time, width).</param>
    /// <param name="valid">Likewise, of rows that have every modality.</param>
    /// <param name="present">Which modalities a training row has; null where each has all.</param>
    public void Fit(IReadOnlyList<Tensor> train, IReadOnlyList<Tensor> valid, IReadOnlyList<ModalitySet>? present = null)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (m, x) in train.Index())
        {
            var flat = (present is null ? x : x.index_select(0, RowsOf(present, set => set.Contains(m)))).flatten(1).to(ScalarType.Float64);
            var mean = flat.mean([0]);
            get_buffer($"mean{m}")!.copy_(mean);
            if (get_buffer($"basis{m}") is { } basis)
            {
                basis.zero_();
                var leading = Leading(flat - mean, Sizes[m]);
                basis.narrow(1, 0, leading.shape[1]).copy_(leading);
            }
        }

        var all = Encoded(train);
        if (present is null)
        {
            get_buffer("covariance")!.copy_(all.t().matmul(all) / all.shape[0]);
        }
        else
        {
            FitCovariance([.. present.Distinct().Where(set => !set.IsEmpty).Select(set => (set, all.index_select(0, RowsOf(present, set.Equals))))]);
        }

        var truth = Encoded(valid);
        for (var count = 1; count < Sizes.Count; count++)
        {
            List<ModalitySet> sets = [.. ObservedSets.Some(Sizes.Count).Where(o => o.Count == count).Take(MostSets)];
            var best = _penalties.MinBy(penalty => sets.Sum(o => Error(o, truth, penalty)));
            get_buffer("penalties")![count - 1] = best;
        }

        Forget();
    }

    /// <summary>Adds to conditional means what they leave open: what is missing becomes a joint draw, x_M = m + S^(1/2) e.</summary>
    /// <param name="filled">From <see cref="Fill"/>, (row, all numbers).</param>
    /// <param name="noise">Gives e, a row for each.</param>
    public Tensor Draw(Tensor filled, ModalitySet observed, INoise noise)
    {
        using var scope = NewDisposeScope();
        if (observed.Count == Sizes.Count)
        {
            return filled.alias().MoveToOuterDisposeScope();
        }

        var missing = Columns(ModalitySet.All(Sizes.Count).Without(observed));
        var (deviations, basis) = Spread(observed);
        // The symmetric root is the same whichever basis of equal deviations the solver found.
        var drawn = (noise.Like(filled.index_select(1, missing)).matmul(basis) * deviations).matmul(basis.t());
        return filled.index_add(1, missing, drawn, 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// How far the missing numbers lie from their recovered means, jointly: S = Cov(x_M - W^T x_O) of the weights W that recover
    /// them, whatever their penalty, by its deviations s and basis V, S = V diag(s^2) V^T. Directions without any are left out.
    /// </summary>
    /// <returns>(directions) and (missing numbers, directions).</returns>
    public (Tensor Deviations, Tensor Basis) Spread(ModalitySet observed)
    {
        var both = _spreads.Of(observed, () =>
        {
            using var scope = NewDisposeScope();
            var (values, vectors) = linalg.eigh(Residual(observed, Penalty(observed)));
            var count = Math.Max(1, (values > 1e-10 * values[-1]).sum().item<long>());
            var from = values.shape[0] - count;
            return cat([values.narrow(0, from, count).clamp_min(0).sqrt().unsqueeze(0), vectors.narrow(1, from, count)]).to(ScalarType.Float32).MoveToOuterDisposeScope();
        });
        return (both[0], both[1..]);
    }

    /// <summary>Variance of what is linear in the numbers, weights (numbers, outputs), by output: what the missing ones leave open.</summary>
    public Tensor Variance(Tensor weights, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        if (observed.Count == Sizes.Count)
        {
            return zeros(weights.shape[1], device: weights.device).MoveToOuterDisposeScope();
        }

        var (deviations, basis) = Spread(observed);
        var along = basis.t().matmul(weights.index_select(0, Columns(ModalitySet.All(Sizes.Count).Without(observed)))) * deviations.unsqueeze(1);
        return along.square().sum([0]).MoveToOuterDisposeScope();
    }

    private void FitCovariance(IReadOnlyList<(ModalitySet Present, Tensor Rows)> groups)
    {
        var (covariance, rows) = (get_buffer("covariance")!, groups.Sum(g => g.Rows.shape[0]));
        covariance.zero_(); // of two modalities nothing is known yet
        foreach (var m in Enumerable.Range(0, Sizes.Count))
        {
            using var scope = NewDisposeScope();
            var own = Columns(ModalitySet.Of(m));
            var x = cat([.. groups.Where(g => g.Present.Contains(m)).Select(g => g.Rows.index_select(1, own))]);
            covariance.index_put_(x.t().matmul(x) / x.shape[0], own.unsqueeze(1), own.unsqueeze(0));
        }

        for (var (step, change) = (0, 1.0); step < MostSteps && change > LeastChange; step++)
        {
            using var scope = NewDisposeScope();
            var sum = zeros_like(covariance);
            foreach (var (present, x) in groups)
            {
                if (present.Count == Sizes.Count)
                {
                    sum += x.t().matmul(x);
                    continue;
                }

                var (given, missing) = (Columns(present), Columns(ModalitySet.All(Sizes.Count).Without(present)));
                var filled = x.index_copy(1, missing, x.index_select(1, given).matmul(Solve(present, StepPenalty)));
                sum += filled.t().matmul(filled);
                sum.index_put_(sum.index_select(0, missing).index_select(1, missing) + (Residual(present, StepPenalty) * x.shape[0]), missing.unsqueeze(1), missing.unsqueeze(0));
            }

            sum /= rows;
            change = ((sum - covariance).norm() / sum.norm().clamp_min(1e-300)).item<double>();
            covariance.copy_(sum);
        }
    }

    private Tensor RowsOf(IReadOnlyList<ModalitySet> present, Func<ModalitySet, bool> isOne) =>
        tensor([.. present.Index().Where(p => isOne(p.Item)).Select(p => (long)p.Index)], device: get_buffer("covariance")!.device);

    private Tensor Residual(ModalitySet observed, double penalty)
    {
        using var scope = NewDisposeScope();
        var covariance = get_buffer("covariance")!;
        var (given, missing) = (Columns(observed), Columns(ModalitySet.All(Sizes.Count).Without(observed)));
        var (weights, rows) = (Solve(observed, penalty), covariance.index_select(0, given));
        var explained = weights.t().matmul(rows.index_select(1, missing));
        return (covariance.index_select(0, missing).index_select(1, missing) - explained - explained.t()
            + weights.t().matmul(rows.index_select(1, given)).matmul(weights)).MoveToOuterDisposeScope();
    }

    private double Penalty(ModalitySet observed) => get_buffer("penalties")![observed.Count - 1].item<double>();

    /// <summary>The ridge weights of a set, (observed numbers, missing numbers); solved when they are first asked for.</summary>
    private Tensor Weights(ModalitySet observed) => _weights.Of(observed, () =>
    {
        using var scope = NewDisposeScope();
        return Solve(observed, Penalty(observed)).to(ScalarType.Float32).MoveToOuterDisposeScope();
    });

    private Tensor Solve(ModalitySet observed, double penalty)
    {
        using var scope = NewDisposeScope();
        var covariance = get_buffer("covariance")!;
        var (given, missing) = (Columns(observed), Columns(ModalitySet.All(Sizes.Count).Without(observed)));
        var rows = covariance.index_select(0, given);
        var gram = rows.index_select(1, given);
        var unit = gram.diagonal().mean().clamp_min(1e-300).item<double>();
        return linalg.solve(gram + (eye(gram.shape[0], dtype: gram.dtype, device: gram.device) * (penalty * unit)), rows.index_select(1, missing)).MoveToOuterDisposeScope();
    }

    private double Error(ModalitySet observed, Tensor truth, double penalty)
    {
        using var scope = NewDisposeScope();
        var missing = ModalitySet.All(Sizes.Count).Without(observed);
        return (truth.index_select(1, Columns(observed)).matmul(Solve(observed, penalty)) - truth.index_select(1, Columns(missing))).square().mean().item<double>();
    }

    /// <summary>Where the numbers of modalities stand among all.</summary>
    public Tensor Columns(ModalitySet modalities) => cat([.. modalities.Members.Select(m =>
        arange(Sizes.Take(m).Sum(), Sizes.Take(m + 1).Sum(), dtype: ScalarType.Int64, device: get_buffer("covariance")!.device))]);

    private Tensor Encoded(IReadOnlyList<Tensor> features) => cat([.. features.Select((x, m) => Encode(m, x))], 1).to(ScalarType.Float64);

    /// <summary>The eigenvectors of the greatest eigenvalues of x^T x, (features, at most size); of x x^T where that is smaller.</summary>
    private static Tensor Leading(Tensor x, int size)
    {
        using var scope = NewDisposeScope();
        var isDual = x.shape[0] < x.shape[1];
        var (values, vectors) = linalg.eigh(isDual ? x.matmul(x.t()) : x.t().matmul(x));
        var count = Math.Min(size, (int)values.shape[0]);
        var leading = vectors.narrow(1, vectors.shape[1] - count, count).flip(1);
        // Components without variance have no direction.
        return (isDual ? x.t().matmul(leading) / values.narrow(0, values.shape[0] - count, count).flip(0).clamp_min(1e-12).sqrt() : leading).MoveToOuterDisposeScope();
    }

    private void Forget()
    {
        _weights.Dispose();
        _spreads.Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Forget();
        }

        base.Dispose(disposing);
    }
}
