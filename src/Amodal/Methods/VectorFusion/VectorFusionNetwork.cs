using static TorchSharp.torch.nn;

namespace Amodal.Methods.VectorFusion;

/// <summary>
/// Fusion of what is there, without recovering anything. Early: one network on the vectors of all modalities, 0 where they are missing, and a
/// flag for each. Late: a network for each modality, and the mean of the outputs of those that are observed. Hybrid: the mean of
/// both. They are trained on random observed sets.
/// </summary>
internal sealed class VectorFusionNetwork : VectorNetwork
{
    private const double Dropout = 0.3;
    private readonly VectorFusionOptions _options;
    [ComponentName(Name = "early")] private readonly Sequential? _early;
    [ComponentName(Name = "late")] private readonly ModuleList<Sequential>? _late;

    /// <param name="isEarly">Whether it has the one network on all.</param>
    /// <param name="isLate">Whether it has one for each modality.</param>
    public VectorFusionNetwork(VectorContext context, VectorFusionOptions options, bool isEarly, bool isLate)
        : base(nameof(VectorFusionNetwork))
    {
        _options = options;
        var widths = context.Widths;
        _early = isEarly ? Layers(widths.Sum() + widths.Count) : null;
        _late = isLate ? ModuleList(widths.Select(Layers).ToArray()) : null;
        RegisterComponents();

        Sequential Layers(int from) => Sequential(
            Linear(from, options.Width), ReLU(), nn.Dropout(Dropout), Linear(options.Width, options.Width), ReLU(), nn.Dropout(Dropout), Linear(options.Width, context.Target.Width));
    }

    /// <summary>The line in the catalogue of early fusion.</summary>
    public static MethodDescriptor Early { get; } = VectorMethod.Describe(
        "early-fusion", "One network on the vectors of all modalities, zeros where they are missing. Costs: a minute beside the classifiers.", ["early-fusion"],
        context => new VectorFusionNetwork(context, context.Options.Methods.Of<EarlyFusionOptions>(), isEarly: true, isLate: false), new EarlyFusionOptions());

    /// <summary>The line in the catalogue of late fusion.</summary>
    public static MethodDescriptor Late { get; } = VectorMethod.Describe(
        "late-fusion", "A network for each modality, and the mean of the answers of those that are there. Costs: a minute beside the classifiers.", ["late-fusion"],
        context => new VectorFusionNetwork(context, context.Options.Methods.Of<LateFusionOptions>(), isEarly: false, isLate: true), new LateFusionOptions());

    /// <summary>The line in the catalogue of hybrid fusion.</summary>
    public static MethodDescriptor Hybrid { get; } = VectorMethod.Describe(
        "hybrid-fusion", "Early and late fusion, trained together, and the mean of both. Costs: a minute beside the classifiers.", ["hybrid-fusion"],
        context => new VectorFusionNetwork(context, context.Options.Methods.Of<HybridFusionOptions>(), isEarly: true, isLate: true), new HybridFusionOptions());

    public override IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept => [new Dictionary<string, Module> { ["network"] = this }];

    public override void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages) => stages.Run(new PlainStage(
        names[0], data.Seed, Kept[0], _options.Training, data.Labelled,
        (rows, random) => TargetLoss.Mean(data.Target, Predict(data.Train(rows, random)), data.Labels(rows)),
        stop => data.Loss(Predict, stop)));

    public override Tensor Predict(VectorBatch rows)
    {
        var x = rows.Observed;
        var early = _early?.forward(cat([.. x, rows.Given], 1));
        var late = _late is null ? null
            : x.Select((vectors, m) => _late[m].forward(vectors) * rows.Given.narrow(1, m, 1)).Aggregate((a, b) => a + b) / rows.Given.sum([1], keepdim: true);
        return TargetLoss.Heads(early is not null && late is not null ? (early + late).Times(0.5) : early ?? late!);
    }
}

/// <summary>Settings of fusion without recovery.</summary>
internal abstract record VectorFusionOptions
{
    /// <summary>Width of the two hidden layers of every network.</summary>
    [Range(1, 4096)]
    public int Width { get; init; } = 128;

    /// <summary>The training.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, Patience = 20, LearningRate = 0.001, WeightDecay = 1e-4, BatchSize = 64 };
}

/// <summary>Settings of the method early-fusion.</summary>
internal sealed record EarlyFusionOptions : VectorFusionOptions;

/// <summary>Settings of the method late-fusion.</summary>
internal sealed record LateFusionOptions : VectorFusionOptions;

/// <summary>Settings of the method hybrid-fusion.</summary>
internal sealed record HybridFusionOptions : VectorFusionOptions;
