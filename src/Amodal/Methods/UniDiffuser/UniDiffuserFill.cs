namespace Amodal.Methods.UniDiffuser;

/// <summary>
/// A joint diffusion model of the latents of all modalities (UniDiffuser, Bao et al. 2023): what is missing is drawn given what is observed,
/// all of it together. What is recovered is the mean over draws, whose noise belongs to the utterance and comes with both signs.
/// </summary>
internal sealed class UniDiffuserFill : LatentFill
{
    private const string Name = "unidiffuser";
    private const double LeastScale = 1e-6; // of a modality that never varies
    private const double LeastDeviation = 1e-3; // of a number that does not: nothing is divided by 0
    private const int LeastValidRows = 512; // a small split is passed over several times, since the loss varies with the times
    private readonly NumberLayout _layout;
    private readonly UniDiffuserOptions _options;
    private readonly SamplingPlan _plan;
    private readonly ulong _seed;
    [ComponentName(Name = "network")] private readonly JointTransformer _network;

    public UniDiffuserFill(FillContext context)
        : base(nameof(UniDiffuserFill))
    {
        (_layout, _options, _seed) = (context.Layout, context.Options.Methods.Of<UniDiffuserOptions>(), (ulong)context.Options.Seed);
        if (_options.Width % _options.Heads != 0)
        {
            throw new InputException(Name, "heads", $"is {_options.Heads}, which does not divide the width {_options.Width}; change one of them.");
        }

        _plan = SamplingPlan.Create(new SamplerOptions { Kind = SamplerKind.Ddim, Nfe = _options.Evaluations });
        _network = new JointTransformer(_layout, _options.Width, _options.Blocks, _options.Heads, new StableRandom(_seed, StableRandom.KeyOf(Name)));
        register_buffer("scale", ones(1, _layout.Count));
        register_buffer("deviation", ones(1, _layout.Count));
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = FillMethod.Describe(
        Name, "One diffusion model of the latents of all modalities, with a time for each. Costs: a training of the fusion beside the classifiers, and a minute or two.", context => new UniDiffuserFill(context), new UniDiffuserOptions());

    /// <summary>The root mean square of a modality's numbers, at each of them.</summary>
    private Tensor Scale => get_buffer("scale")!;

    /// <summary>The deviation of each number in that unit.</summary>
    private Tensor Deviation => get_buffer("deviation")!;

    public override void Train(string stage, FillData data, IStageSequence stages)
    {
        using (no_grad())
        {
            Measure(data);
        }

        using var x = data.Train / Scale;
        using var valid = data.Valid / Scale;
        IReadOnlyList<ModalitySet> complete = [.. Enumerable.Repeat(_layout.All, (int)valid.shape[0])];
        var (held, present) = complete.Count > 0 ? (valid, complete) : (x, data.Present); // no row is complete: by the training rows
        stages.Run(new PlainStage(
            stage, _seed, FillMethod.ModulesOf(this), _options.Training, [.. Enumerable.Range(0, data.Present.Count).Select(row => (long)row)],
            (rows, random) => Loss(x.index_select(0, tensor(rows, device: x.device)), [.. rows.Select(row => data.Present[(int)row])], random),
            _ =>
            {
                var random = new StableRandom(_seed, StableRandom.KeyOf("unidiffuser-validation"));
                return Enumerable.Range(0, (LeastValidRows + present.Count - 1) / present.Count).Average(_ => Loss(held, present, random).item<float>());
            })
        {
            Rate = epoch => 1 - ((epoch - 1.0) / _options.Training.Epochs),
            GradientNorm = 1,
        });
    }

    public override Tensor Fill(FillRows rows, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var given = rows.Numbers / Scale;
        var noise = new UtteranceNoise(rows.Keys.Select(key => new StableRandom(_seed, key, StableRandom.KeyOf(Name)).NextUInt64()));
        var sum = zeros_like(given);
        for (var left = _options.Draws; left > 0; left -= 2)
        {
            var z = noise.Like(given);
            var signs = left > 1 ? 2 : 1; // of a Gaussian the mean of both is the conditional mean
            var draws = JointDiffusion.Draw(Answer, _layout, given.repeat(signs, 1), observed, _layout.All.Without(observed), signs > 1 ? cat([z, -z]) : z, _plan, _options.Guidance);
            sum = sum.Plus(draws.view(signs, -1, _layout.Count).sum([0]), 1.0 / _options.Draws);
        }

        return (sum * Scale).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What the network adds to the answer for independent normal numbers of the training rows' variances; it does so in units of their
    /// deviations. Principal components differ so much in them that the small ones would otherwise have most of the loss and of the error.
    /// </summary>
    /// <inheritdoc cref="JointAnswer"/>
    public Tensor Answer(Tensor x, Tensor t)
    {
        using var scope = NewDisposeScope();
        var (alpha, std) = JointDiffusion.Coefficients(_layout, t);
        var variance = Deviation.square();
        var independent = alpha * std * variance.Times(-1).Plus(1) / ((alpha.square() * variance) + std.square()) * x;
        return independent.Plus(Deviation * _network.Evaluate(x, t)).MoveToOuterDisposeScope();
    }

    private Tensor Loss(Tensor x, IReadOnlyList<ModalitySet> present, StableRandom random)
    {
        var times = JointDiffusion.DrawTimes(present, _layout.Sizes.Count, random);
        using var noise = new TorchNoise(random.NextUInt64(), x.device);
        return JointDiffusion.Loss(Answer, _layout, x, times, present, noise);
    }

    // The numbers are centred, and 0 where a row lacks them.
    private void Measure(FillData data)
    {
        using var scope = NewDisposeScope();
        var variance = data.Train.square().sum([0], keepdim: true) / data.Layout.Mask(data.Present, data.Train.device).sum([0], keepdim: true).clamp_min(1);
        var ofModality = variance.split([.. _layout.Sizes.Select(size => (long)size)], 1).Select(own => own.mean([1], keepdim: true)).ToList();
        Scale.copy_(_layout.Spread(cat(ofModality, 1)).sqrt().clamp_min(LeastScale));
        Deviation.copy_((variance.sqrt() / Scale).clamp_min(LeastDeviation));
    }
}

/// <summary>Settings of the method unidiffuser.</summary>
internal sealed record UniDiffuserOptions
{
    /// <summary>Width of a token, a multiple of the heads.</summary>
    [Range(4, 4096)]
    public int Width { get; init; } = 128;

    /// <summary>Blocks of the transformer.</summary>
    [Range(1, 64)]
    public int Blocks { get; init; } = 3;

    /// <summary>Attention heads.</summary>
    [Range(1, 64)]
    public int Heads { get; init; } = 4;

    /// <summary>Evaluations of the network that a draw takes, twice as many with guidance.</summary>
    [Range(1, 1000)]
    public int Evaluations { get; init; } = 4;

    /// <summary>Draws that the recovered latents are the mean of.</summary>
    [Range(1, 1000)]
    public int Draws { get; init; } = 2;

    /// <summary>Weight of classifier-free guidance; 0 for none.</summary>
    [Range(0, 100)]
    public double Guidance { get; init; }

    /// <summary>The training.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 60, Patience = 20, LearningRate = 0.001, WeightDecay = 0, BatchSize = 64 };
}
