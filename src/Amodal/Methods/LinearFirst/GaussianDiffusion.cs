namespace Amodal.Methods.LinearFirst;

/// <summary>
/// Joint draws of what is missing by diffusion: the noise prediction is the Gaussian's, in closed form, and a network from zero that
/// learns what of it is not Gaussian. Where the network is not kept, draws are the closed form's.
/// </summary>
internal sealed class GaussianDiffusion : IDisposable
{
    /// <summary>Evaluations of the network for a draw.</summary>
    public const int Evaluations = 8;

    private const double Gain = 3; // of the hidden layers' first weights
    private const int TimeFeatures = 5;
    private const int Directions = 32;
    private readonly JointGaussian _gaussian;
    private readonly (double First, double Last)? _levels;
    private readonly Lazy<Tensor> _onto; // (numbers, directions)

    /// <param name="options">Of which the network's width and training are taken.</param>
    /// <param name="levels">Of noise, for every observed set; those that suit its Gaussian unless given.</param>
    /// <param name="directions">Whose leading directions the network is held to; the Gaussian's unless given.</param>
    public GaussianDiffusion(JointGaussian gaussian, LinearFirstOptions options, (double First, double Last)? levels = null, JointGaussian? directions = null)
    {
        // Noise is drawn anew in every step, which is enough of a regulariser.
        (_gaussian, Options, _levels) = (gaussian, options with { Linear = LinearPart.Filled, Dropout = 0 }, levels);
        _onto = new(() => (directions ?? gaussian).Leading(Directions));
        Network = CreateNetwork();
    }

    /// <summary>What corrects the Gaussian; its gate says whether it is kept.</summary>
    public ResidualNetwork Network { get; }

    /// <summary>How it is trained.</summary>
    public LinearFirstOptions Options { get; }

    /// <summary>A network of its kind, with weights from torch's global generator and zeros in its last layer.</summary>
    public ResidualNetwork CreateNetwork()
    {
        using var noGradient = no_grad();
        ResidualNetwork network = new(2 * _gaussian.Numbers, _gaussian.Sizes.Count + TimeFeatures, _gaussian.Numbers, Options);
        foreach (var (name, weight) in network.named_parameters().Where(p => p.name is "input.weight" or "hidden.weight"))
        {
            weight.mul_(Gain); // of what a Gaussian leaves nothing is linear, and units near zero are
        }

        return network;
    }

    /// <summary>
    /// Has a network see and correct the leading directions of all numbers alone, in units of their scales: what is not Gaussian is what
    /// many numbers share, and all else would be noise to it.
    /// </summary>
    public void Restrict(ResidualNetwork network)
    {
        if (_gaussian.Numbers <= Directions)
        {
            return;
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (onto, numbers) = (_onto.Value, _gaussian.Numbers);
        foreach (var (name, weight) in network.named_parameters())
        {
            switch (name)
            {
                case "input.weight":
                    weight.narrow(1, 0, numbers).copy_(weight.narrow(1, 0, numbers).matmul(onto).matmul(onto.t()));
                    weight.narrow(1, numbers, numbers).copy_(weight.narrow(1, numbers, numbers).matmul(onto).matmul(onto.t()));
                    break;
                case "output.weight" or "output.bias":
                    weight.copy_(onto.matmul(onto.t().matmul(weight)));
                    break;
            }
        }
    }

    /// <summary>The Gaussian part of an observed set; its tensors belong to the caller's dispose scope.</summary>
    public GaussianScore ScoreOf(ModalitySet observed) => new(_gaussian, observed, _levels);

    /// <summary>Sets what a network's numbers are divided by, when the Gaussian is known, and which it sees.</summary>
    public void Scale(ResidualNetwork network)
    {
        using var scope = NewDisposeScope();
        var scales = _gaussian.Scales();
        network.Scale(cat([ones_like(scales), scales]));
        Restrict(network);
    }

    /// <summary>Adds to conditional means what they leave open, as <see cref="JointGaussian.Draw"/> does.</summary>
    /// <param name="filled">(row, all numbers).</param>
    /// <param name="noise">Gives a row for each.</param>
    /// <param name="evaluations">Of the network, at least 1.</param>
    public Tensor Draw(Tensor filled, ModalitySet observed, INoise noise, int evaluations = Evaluations)
    {
        using var scope = NewDisposeScope();
        if (observed.Count == _gaussian.Sizes.Count || !Network.IsOpen)
        {
            return _gaussian.Draw(filled, observed, noise).MoveToOuterDisposeScope();
        }

        using var noGradient = no_grad();
        var (score, missing) = (ScoreOf(observed), _gaussian.Columns(ModalitySet.All(_gaussian.Sizes.Count).Without(observed)));
        var means = filled.index_select(1, missing);
        var drawn = score.Draw(means, noise, evaluations, (y, level) =>
        {
            var levels = full(filled.shape[0], 1, level, dtype: ScalarType.Float64, device: filled.device);
            var (numbers, flags) = Inputs(y - means, levels, filled, observed, missing);
            return Network.Predict(numbers, flags).index_select(1, missing);
        });
        return filled.index_copy(1, missing, drawn).MoveToOuterDisposeScope();
    }

    /// <summary>Mean square of what is left of the noise, over the missing numbers of rows that have all, at random levels.</summary>
    /// <param name="parts">By modality (row, numbers), of all rows.</param>
    /// <param name="network">Beside the Gaussian; null for the Gaussian alone.</param>
    public Tensor Loss(IReadOnlyList<Tensor> parts, IEnumerable<(long Row, ModalitySet Observed)> rows, ResidualNetwork? network, StableRandom random)
    {
        using var scope = NewDisposeScope();
        var sets = rows.GroupBy(r => r.Observed, r => r.Row).Select(set => Noisy(parts, set.Key, [.. set], random)).ToList();
        var left = cat([.. sets.Select(s => s.Left)]);
        var missing = cat([.. sets.Select(s => s.Missing)]);
        var answers = network?.Predict(cat([.. sets.Select(s => s.Numbers)]), cat([.. sets.Select(s => s.Flags)]));
        return ((answers is null ? left : (left - answers) * missing).square().sum() / missing.sum()).MoveToOuterDisposeScope();
    }

    /// <summary>The network is its own; the closed form is not.</summary>
    public void Dispose()
    {
        Network.Dispose();
        if (_onto.IsValueCreated)
        {
            _onto.Value.Dispose();
        }
    }

    private (Tensor Numbers, Tensor Flags, Tensor Left, Tensor Missing) Noisy(IReadOnlyList<Tensor> parts, ModalitySet observed, long[] rows, StableRandom random)
    {
        var device = parts[0].device;
        var index = tensor(rows, device: device);
        Tensor[] x = [.. parts.Select(p => p.index_select(0, index))];
        var (filled, truth, missing) = (_gaussian.Fill(x, observed), cat(x, 1), _gaussian.Columns(ModalitySet.All(parts.Count).Without(observed)));
        var score = ScoreOf(observed);
        var levels = tensor([.. rows.Select(_ => score.LastLevel * Math.Pow(score.FirstLevel / score.LastLevel, random.NextDouble()))], device: device).unsqueeze(1);
        var values = new float[rows.Length * missing.shape[0]];
        random.FillNormal(values);
        var noise = tensor(values, [rows.Length, missing.shape[0]], device: device);
        var off = (truth - filled).index_select(1, missing) + (levels.to(ScalarType.Float32) * noise);
        var (numbers, flags) = Inputs(off, levels, filled, observed, missing);
        return (numbers, flags, Spread(noise - score.Noise(off, levels)), Spread(ones_like(noise)));

        Tensor Spread(Tensor ofMissing) => zeros_like(filled).index_copy(1, missing, ofMissing);
    }

    /// <summary>The noisy numbers in units of their size at the level, all filled ones, what is observed, and the level.</summary>
    private (Tensor Numbers, Tensor Flags) Inputs(Tensor off, Tensor levels, Tensor filled, ModalitySet observed, Tensor missing)
    {
        var scales = _gaussian.Scales();
        var flags = tensor([.. _gaussian.Sizes.Select((_, m) => observed.Contains(m) ? 1f : 0f)], device: filled.device).expand(filled.shape[0], -1);
        var (level, scale) = (levels.to(ScalarType.Float32), scales.index_select(0, missing));
        var noisy = (filled.index_select(1, missing) + off) / (scale.square() + level.square()).sqrt();
        return (cat([zeros_like(filled).index_copy(1, missing, noisy), filled], 1), cat([flags, Place(level, scales)], 1));
    }

    /// <summary>How the network is told a level, (row, 1): (row, features).</summary>
    /// <param name="scales">Of the numbers.</param>
    internal static Tensor Place(Tensor level, Tensor scales)
    {
        var place = level.log() - scales.log().mean();
        return cat([place, place.cos(), place.sin(), (2 * place).cos(), (2 * place).sin()], 1);
    }
}

/// <summary>Trains the network of a diffusion on the noise that the Gaussian leaves, with random observed sets and levels.</summary>
internal sealed class DiffusionStage : AveragedStage
{
    private readonly GaussianDiffusion _diffusion;
    private readonly ResidualRows _rows;
    private readonly IReadOnlyList<ModalitySet> _sets;

    /// <param name="sets">The observed sets that are drawn, and validated; none is complete.</param>
    public DiffusionStage(string name, ulong seed, GaussianDiffusion diffusion, ResidualRows rows, IReadOnlyList<ModalitySet> sets)
        : base(name, seed, diffusion.Network, diffusion.CreateNetwork(), diffusion.Options, rows.Train.Complete, rows.Train.Labels.device) =>
        (_diffusion, _rows, _sets) = (diffusion, rows, sets);

    /// <summary>The loss of the kept network, with the same noise at every call.</summary>
    public override double Validate(CancellationToken stop) => Validate(_diffusion.Network, stop);

    /// <summary>The same of another network; null for the Gaussian alone.</summary>
    public double Validate(ResidualNetwork? network, CancellationToken stop)
    {
        using var noGradient = no_grad();
        return _sets.Average(observed =>
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            return _diffusion.Loss(_rows.Valid.Numbers, _rows.Valid.Complete.Select(row => (row, observed)), network, new StableRandom(Seed, StableRandom.KeyOf("levels"))).item<float>();
        });
    }

    /// <summary>Keeps the network where it is better than nothing.</summary>
    public void Choose() => _diffusion.Network.Gate(Validate(_diffusion.Network, default) < Validate(null, default) ? 1 : 0);

    protected override void AfterStep() => _diffusion.Restrict(Live);

    protected override Tensor Loss(IReadOnlyList<long> rows, StableRandom random) =>
        _diffusion.Loss(_rows.Train.Numbers, rows.Select(row => (row, _sets[random.NextInt(_sets.Count)])).ToList(), Live, random);
}
