using static TorchSharp.torch.nn;

namespace Amodal.Methods.Correlation;

/// <summary>
/// Deep canonical correlation (Andrew et al. 2013) of all pairs of modalities: a network per modality, whose codes are to be correlated;
/// with decoders, which are to give the modality back, DCCAE (Wang et al. 2015). The loss is
/// <code>- sum over pairs of corr(Z_a, Z_b) + w sum over modalities of |decode(Z_m) - x_m|^2.</code>
/// What is missing is filled by the mean; a linear layer predicts from all codes.
/// </summary>
internal sealed class DeepCcaNetwork : VectorNetwork
{
    private const double CodePenalty = 1e-3; // on the codes' covariances, as published
    private readonly DeepCcaOptions _options;
    private readonly double _weight;
    private readonly int _size;
    [ComponentName(Name = "encoders")] private readonly ModuleList<Sequential> _encoders;
    [ComponentName(Name = "head")] private readonly Linear _head;
    [ComponentName(Name = "decoders")] private readonly ModuleList<Sequential> _decoders;

    /// <param name="weight">Of the reconstruction; null for no decoders.</param>
    public DeepCcaNetwork(VectorContext context, DeepCcaOptions options, double? weight)
        : base(nameof(DeepCcaNetwork))
    {
        (_options, _weight, _size) = (options, weight ?? 0, options.Components);
        _encoders = ModuleList(context.Widths.Select(width => Layers(width, options.Width, _size)).ToArray());
        _head = Linear(_size * context.Widths.Count, context.Target.Width);
        _decoders = ModuleList(weight is null ? [] : context.Widths.Select(width => Layers(_size, options.Width, width)).ToArray());
        RegisterComponents();
    }

    /// <summary>The line in the catalogue of deep CCA.</summary>
    public static MethodDescriptor Dcca { get; } = VectorMethod.Describe(
        "dcca", "Deep canonical correlation of all pairs of modalities, and a linear prediction. Costs: a minute or two beside the classifiers.", ["dcca", "dcca-head"],
        context => new DeepCcaNetwork(context, context.Options.Methods.Of<DccaOptions>(), weight: null), new DccaOptions());

    /// <summary>The line in the catalogue of deep CCA with auto-encoders.</summary>
    public static MethodDescriptor Dccae { get; } = VectorMethod.Describe(
        "dccae", "Deep canonical correlation with an auto-encoder for each modality, and a linear prediction. Costs: a minute or two beside the classifiers.", ["dccae", "dccae-head"],
        context => new DeepCcaNetwork(context, context.Options.Methods.Of<DccaeOptions>(), context.Options.Methods.Of<DccaeOptions>().Reconstruction), new DccaeOptions());

    public override IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept =>
        [new Dictionary<string, Module> { ["encoders"] = _encoders, ["decoders"] = _decoders }, new Dictionary<string, Module> { ["head"] = _head }];

    public override void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages)
    {
        stages.Run(new PlainStage(names[0], data.Seed, Kept[0], _options.Training, data.All, (rows, _) => Loss(data.Train(rows).Observed).to(ScalarType.Float32), _ => Valid())
        {
            HasEvenBatches = true,
        });
        TrainHead(names[1], _head, _options.Head, data, rows => cat([.. Codes(rows.Observed)], 1), stages);

        double Valid() => Loss(data.Valid(data.Sets[^1]).Observed).item<double>();
    }

    public override Tensor Predict(VectorBatch rows) => TargetLoss.Heads(_head.forward(cat([.. Codes(rows.Observed)], 1)));

    /// <summary>The loss of whole rows, in double.</summary>
    public Tensor Loss(IReadOnlyList<Tensor> x)
    {
        var z = Codes(x);
        var correlations = z.SelectMany((b, i) => z.Take(i).Select(a => CanonicalCorrelation.Sum(a, b, _size, CodePenalty))).Aggregate((a, b) => a + b);
        return _decoders.Count == 0 ? -correlations
            : x.Select((truth, m) => (_decoders[m].forward(z[m]) - truth).square().mean().to(ScalarType.Float64)).Aggregate((a, b) => a + b).Times(_weight) - correlations;
    }

    private List<Tensor> Codes(IReadOnlyList<Tensor> x) => [.. x.Select((vectors, m) => _encoders[m].forward(vectors))];

    private static Sequential Layers(int from, int width, int to)
    {
        int[] sizes = [from, width, width, width];
        return Sequential([.. Enumerable.Range(0, 3).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(sizes[i], sizes[i + 1]), BatchNorm1d(width), ReLU() }), Linear(width, to)]);
    }
}

/// <summary>Settings of deep canonical correlation.</summary>
internal abstract record DeepCcaOptions
{
    /// <summary>Numbers of each modality's code.</summary>
    [Range(1, 512)]
    public int Components { get; init; } = 10;

    /// <summary>Width of the three hidden layers of every network.</summary>
    [Range(1, 4096)]
    public int Width { get; init; } = 256;

    /// <summary>The networks' training. A batch has to be much larger than a code.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, LearningRate = 0.001, WeightDecay = 1e-4, BatchSize = 1024 };

    /// <summary>The linear prediction from the codes.</summary>
    public ClassifierStageOptions Head { get; init; } = new() { Epochs = 100, BatchSize = 64 };
}

/// <summary>Settings of the method dcca.</summary>
internal sealed record DccaOptions : DeepCcaOptions;

/// <summary>Settings of the method dccae.</summary>
internal sealed record DccaeOptions : DeepCcaOptions
{
    /// <summary>Weight of the reconstruction beside the correlation.</summary>
    [Range(0, 1000)]
    public double Reconstruction { get; init; } = 0.001;
}
