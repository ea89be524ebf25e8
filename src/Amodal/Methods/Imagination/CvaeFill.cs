namespace Amodal.Methods.Imagination;

/// <summary>
/// A conditional variational auto-encoder of latents (Sohn, Lee and Yan 2015). With z all latents, m the mask of what is observed and
/// z_o = m z: an encoder q(u | z, m), a prior p(u | z_o, m), both Gaussian, and a decoder of what is missing from (u, z_o, m). The loss is
/// <code>sum over missing modalities of |decode - z|^2 / d + beta KL(q || p).</code>
/// What is recovered is the mean over draws of u from the prior, the same for every utterance.
/// </summary>
internal sealed class CvaeFill : LatentFill
{
    private const int Hidden = 256;
    private const int Draws = 16;
    private const int WarmUp = 10; // epochs until beta has its full weight
    private readonly NumberLayout _layout;
    private readonly CvaeOptions _options;
    private readonly ulong _seed;
    [ComponentName(Name = "encoder")] private readonly Sequential _encoder;
    [ComponentName(Name = "prior")] private readonly Sequential _prior;
    [ComponentName(Name = "decoder")] private readonly Sequential _decoder;

    public CvaeFill(FillContext context)
        : base(nameof(CvaeFill))
    {
        (_layout, _options, _seed) = (context.Layout, context.Options.Methods.Of<CvaeOptions>(), (ulong)context.Options.Seed);
        var (numbers, modalities, size) = (_layout.Count, _layout.Sizes.Count, _options.Size);
        _encoder = Layers.Dense([numbers + modalities, Hidden, Hidden, 2 * size]);
        _prior = Layers.Dense([numbers + modalities, Hidden, Hidden, 2 * size]);
        _decoder = Layers.Dense([size + numbers + modalities, Hidden, Hidden, numbers]);
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = FillMethod.Describe(
        "cvae", "Latents recovered by a conditional variational auto-encoder. Costs: a training of the fusion beside the classifiers, and a minute or two.", context => new CvaeFill(context), new CvaeOptions());

    public override void Train(string stage, FillData data, IStageSequence stages)
    {
        IReadOnlyList<long> all = [.. Enumerable.Range(0, data.Present.Count).Select(row => (long)row)];
        var epoch = 1;
        stages.Run(new PlainStage(
            stage, _seed, FillMethod.ModulesOf(this), _options.Training, all,
            (rows, random) => Loss(data, rows, random, Math.Min(1.0, (epoch - 1.0) / WarmUp)), _ => data.Valid.shape[0] > 0 ? data.Error(Fill)
                : Loss(data, [.. all], new StableRandom(_seed, StableRandom.KeyOf("cvae-validation")), warmth: 1).item<float>()) // no row is complete: by the loss of the training rows
        {
            EpochBegins = number => epoch = number,
        });
    }

    public override Tensor Fill(FillRows rows, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var mask = _layout.Flags([.. Enumerable.Repeat(observed, (int)rows.Numbers.shape[0])], rows.Numbers.device);
        var (mean, logDeviation) = Split(_prior.forward(cat([rows.Numbers, mask], 1)));
        using var noise = new TorchNoise(_seed, CPU);
        var drawn = noise.Like(zeros(Draws, _options.Size)).to(mean.device);
        var sum = zeros_like(rows.Numbers);
        for (var i = 0; i < Draws; i++)
        {
            sum = sum.Plus(Decode(mean + (logDeviation.exp() * drawn.narrow(0, i, 1)), rows.Numbers, mask), 1.0 / Draws);
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>KL(q || p) of Gaussians with these means and logarithms of deviations, (row).</summary>
    public static Tensor Divergence(Tensor mean, Tensor log, Tensor priorMean, Tensor priorLog) =>
        (priorLog - log + ((((log.Times(2)).exp() + (mean - priorMean).square()) / priorLog.Times(2).exp()).Times(0.5)).Plus(-0.5)).sum([1]);

    private Tensor Loss(FillData data, long[] rows, StableRandom random, double warmth)
    {
        var present = rows.Select(row => data.Present[(int)row]).ToList();
        var all = Patterns.All(_layout.Sizes.Count);
        var observed = present.Select(own => data.Sets.Draw(all, random).And(own) is { IsEmpty: false } set ? set : own).ToList();
        var z = data.Train.index_select(0, tensor(rows, device: data.Train.device));
        var mask = _layout.Flags(observed, z.device);
        var given = z * _layout.Mask(observed, z.device);
        using var noise = new TorchNoise(random.NextUInt64(), z.device);
        var (mean, log) = Split(_encoder.forward(cat([z, mask], 1)));
        var (priorMean, priorLog) = Split(_prior.forward(cat([given, mask], 1)));
        var error = (Decode(mean + (log.exp() * noise.Like(mean)), given, mask) - z).square() * _layout.Mask([.. present.Zip(observed, (own, set) => own.Without(set))], z.device);
        var perModality = _layout.Sizes.Select((size, m) => error.narrow(1, _layout.Start(m), size).sum([1]) / size).Aggregate((a, b) => a + b);
        return perModality.mean().Plus(Divergence(mean, log, priorMean, priorLog).mean(), warmth * _options.Beta);
    }

    private Tensor Decode(Tensor u, Tensor given, Tensor mask) => _decoder.forward(cat([u, given, mask], 1));

    // Logarithms of deviations are kept where their squares are numbers.
    private (Tensor Mean, Tensor Log) Split(Tensor both) => (both.narrow(1, 0, _options.Size), both.narrow(1, _options.Size, _options.Size).clamp(-8, 8));
}

/// <summary>Settings of the method cvae.</summary>
internal sealed record CvaeOptions
{
    /// <summary>Numbers of the hidden variable u.</summary>
    [Range(1, 1024)]
    public int Size { get; init; } = 32;

    /// <summary>Weight of the divergence from the prior, after ten epochs in which it grows to it.</summary>
    [Range(0, 1000)]
    public double Beta { get; init; } = 0.1;

    /// <summary>The training.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, Patience = 20, LearningRate = 0.001, WeightDecay = 0, BatchSize = 64 };
}
