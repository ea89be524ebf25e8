namespace Amodal.Methods.Imagination;

/// <summary>
/// A generative adversarial imputer of latents (GAIN, Yoon, Jordon and van der Schaar 2018). A generator G takes the latents z where
/// observed, noise where not, and the mask m; a discriminator D sees the completed latents and the mask of all modalities but one, and
/// tells whether that one was observed. With G's answer where m is 0,
/// <code>D: - log D where that modality was observed, - log (1 - D) where not;  G: - log D where not, + a |G - z|^2 / d on what is observed.</code>
/// What is recovered is the mean over draws of the noise, each with both signs, the same for every utterance.
/// </summary>
internal sealed class GanFill : LatentFill
{
    private const int Hidden = 256;
    private const int Draws = 8;
    private const double Momentum = 0.5;
    private readonly NumberLayout _layout;
    private readonly GanOptions _options;
    private readonly ulong _seed;
    [ComponentName(Name = "generator")] private readonly Sequential _generator;
    [ComponentName(Name = "discriminator")] private readonly Sequential _discriminator;

    public GanFill(FillContext context)
        : base(nameof(GanFill))
    {
        (_layout, _options, _seed) = (context.Layout, context.Options.Methods.Of<GanOptions>(), (ulong)context.Options.Seed);
        var (numbers, modalities) = (_layout.Count, _layout.Sizes.Count);
        _generator = Layers.Dense([numbers + modalities, Hidden, Hidden, numbers]);
        _discriminator = Layers.Dense([numbers + modalities, Hidden, Hidden, modalities]);
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = FillMethod.Describe(
        "gan", "Latents recovered by a generative adversarial imputer. Costs: a training of the fusion beside the classifiers, and a minute or two.", context => new GanFill(context), new GanOptions());

    public override void Train(string stage, FillData data, IStageSequence stages)
    {
        IReadOnlyList<long> all = [.. Enumerable.Range(0, data.Present.Count).Select(row => (long)row)];
        stages.Run(new PlainStage(stage, _seed, FillMethod.ModulesOf(this), _options.Training, all, (rows, random) => Loss(data, rows, random), _ => data.Error(Fill))
        {
            Momentum = Momentum,
        });
    }

    public override Tensor Fill(FillRows rows, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var sets = Enumerable.Repeat(observed, (int)rows.Numbers.shape[0]).ToList();
        var (mask, missing) = (_layout.Flags(sets, rows.Numbers.device), _layout.Mask([_layout.All.Without(observed)], rows.Numbers.device));
        using var noise = new TorchNoise(_seed, CPU);
        var drawn = noise.Like(zeros(Draws, _layout.Count)).to(rows.Numbers.device) * missing;
        var sum = zeros_like(rows.Numbers);
        for (var i = 0; i < Draws; i++)
        {
            var one = drawn.narrow(0, i, 1);
            sum = sum.Plus(Generate(rows.Numbers, one, mask).Plus(Generate(rows.Numbers, -one, mask)), 0.5 / Draws);
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>One draw of all numbers.</summary>
    /// <param name="given">0 where nothing is observed.</param>
    /// <param name="noise">0 where something is.</param>
    public Tensor Generate(Tensor given, Tensor noise, Tensor mask) => _generator.forward(cat([given.Plus(noise), mask], 1));

    // Each network has the gradient of its own loss only, so that one step of the optimiser takes both on.
    private Tensor Loss(FillData data, long[] rows, StableRandom random)
    {
        var all = Patterns.All(_layout.Sizes.Count);
        var observed = rows.Select(row => data.Present[(int)row]).Select(own => data.Sets.Draw(all, random).And(own) is { IsEmpty: false } set ? set : own).ToList();
        var asked = tensor([.. rows.Select(_ => (long)random.NextInt(_layout.Sizes.Count))], device: data.Train.device);
        using var noise = new TorchNoise(random.NextUInt64(), data.Train.device);
        var z = data.Train.index_select(0, tensor(rows, device: data.Train.device));
        var (mask, known) = (_layout.Flags(observed, z.device), _layout.Mask(observed, z.device));
        var unknown = known.Times(-1).Plus(1);
        var generated = Generate(z * known, noise.Like(z) * unknown, mask);
        var completed = (z * known).Plus(generated * unknown);
        var isAsked = nn.functional.one_hot(asked, _layout.Sizes.Count).to(ScalarType.Float32);
        var hint = (mask * isAsked.Times(-1).Plus(1)).Plus(isAsked, 0.5);
        var truth = (mask * isAsked).sum([1]);
        var told = nn.functional.binary_cross_entropy_with_logits(Tell(completed.detach()), truth);
        Freeze(isFrozen: true);
        var fooled = (nn.functional.softplus(-Tell(completed)) * truth.Times(-1).Plus(1)).mean();
        Freeze(isFrozen: false);
        var kept = ((generated - z).square() * known).sum() / known.sum();
        return told.Plus(fooled).Plus(kept, _options.Reconstruction);

        Tensor Tell(Tensor x) => (_discriminator.forward(cat([x, hint], 1)) * isAsked).sum([1]);

        void Freeze(bool isFrozen)
        {
            foreach (var parameter in _discriminator.parameters())
            {
                parameter.requires_grad = !isFrozen;
            }
        }
    }
}

/// <summary>Settings of the method gan.</summary>
internal sealed record GanOptions
{
    /// <summary>Weight of the error on what is observed.</summary>
    [Range(0, 1000)]
    public double Reconstruction { get; init; } = 10;

    /// <summary>The training.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, Patience = 20, LearningRate = 1e-4, WeightDecay = 0, BatchSize = 64 };
}
