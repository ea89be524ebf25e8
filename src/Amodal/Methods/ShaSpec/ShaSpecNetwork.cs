using static TorchSharp.torch.nn;

namespace Amodal.Methods.ShaSpec;

/// <summary>
/// Shared and specific features (ShaSpec, Wang et al. 2023). Of modality m, s_m comes from an encoder that all share, behind a projection
/// of its own, and p_m from one of its own; they are fused as Linear([s_m; p_m]) + s_m. A missing modality is the mean of the
/// shared features of those that are observed. A head predicts from all. The loss is
/// <code>task + a mean over neighbours |s_m - s_n| + c cross-entropy of a layer that names m from p_m.</code>
/// </summary>
internal sealed class ShaSpecNetwork : VectorNetwork
{
    private readonly ShaSpecOptions _options;
    [ComponentName(Name = "projections")] private readonly ModuleList<Linear> _projections;
    [ComponentName(Name = "shared")] private readonly Sequential _shared;
    [ComponentName(Name = "specific")] private readonly ModuleList<Sequential> _specific;
    [ComponentName(Name = "fusions")] private readonly ModuleList<Linear> _fusions;
    [ComponentName(Name = "names")] private readonly Linear _names;
    [ComponentName(Name = "head")] private readonly Sequential _head;

    public ShaSpecNetwork(VectorContext context)
        : base(nameof(ShaSpecNetwork))
    {
        const double dropout = 0.3;
        _options = context.Options.Methods.Of<ShaSpecOptions>();
        var (width, modalities) = (_options.Width, context.Widths.Count);
        _projections = ModuleList(context.Widths.Select(from => Linear(from, width)).ToArray());
        _shared = Sequential(ReLU(), Linear(width, width), ReLU(), Dropout(dropout), Linear(width, width));
        _specific = ModuleList(context.Widths.Select(from => Sequential(Linear(from, width), ReLU(), Dropout(dropout), Linear(width, width))).ToArray());
        _fusions = ModuleList(context.Widths.Select(_ => Linear(2 * width, width)).ToArray());
        _names = Linear(width, modalities);
        _head = Sequential(Linear(modalities * width, width), ReLU(), Dropout(dropout), Linear(width, context.Target.Width));
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = VectorMethod.Describe(
        "shaspec", "Features that modalities share, which stand in for a missing one, and features of each alone. Costs: a minute beside the classifiers.", ["shaspec"],
        context => new ShaSpecNetwork(context), new ShaSpecOptions());

    public override IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept => [new Dictionary<string, Module> { ["network"] = this }];

    /// <summary>The projections in front of the shared encoder.</summary>
    public IReadOnlyList<Linear> Projections => [.. _projections];

    /// <summary>The set of a training utterance: first how many, then which, each with the same chance.</summary>
    public static ModalitySet Draw(StableRandom random, int modalities)
    {
        int[] order = [.. Enumerable.Range(0, modalities)];
        random.Shuffle(order.AsSpan());
        return ModalitySet.Of(order[..(1 + random.NextInt(modalities))]);
    }

    public override void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages) => stages.Run(new PlainStage(
        names[0], data.Seed, Kept[0], _options.Training, data.Labelled,
        (rows, random) =>
        {
            var batch = data.Train(rows, _ => Draw(random, data.Sets[^1].Count));
            var shared = Shared(batch);
            return TargetLoss.Mean(data.Target, Predict(batch, shared), data.Labels(rows)).Plus(Alignment(batch, shared), _options.Alignment).Plus(Naming(batch), _options.Naming);
        },
        stop => data.Loss(Predict, stop)));

    public override Tensor Predict(VectorBatch rows) => Predict(rows, Shared(rows));

    /// <summary>The shared features of each modality, (row, width); of a missing one what is recovered.</summary>
    public IReadOnlyList<Tensor> Shared(VectorBatch rows)
    {
        var known = rows.Observed.Select((x, m) => _shared.forward(_projections[m].forward(x)) * Given(rows, m)).ToList();
        var (sum, count) = (known[0], Given(rows, 0));
        foreach (var (m, x) in known.Index().Skip(1))
        {
            var weight = _options.Missing == SharedFill.Mean ? Given(rows, m) : Given(rows, m) * Not(count); // the first: where there was none before
            (sum, count) = (sum.Plus(x * weight), count.Plus(weight));
        }

        var recovered = sum / count;
        return [.. known.Select((x, m) => x.Plus(recovered * Not(Given(rows, m))))];
    }

    /// <summary>The mean distance of the shared features of neighbours, the last and the first too, where both are observed.</summary>
    public Tensor Alignment(VectorBatch rows, IReadOnlyList<Tensor> shared)
    {
        var (sum, count) = (zeros(1, device: rows.Given.device), zeros(1, device: rows.Given.device));
        foreach (var m in Enumerable.Range(0, shared.Count))
        {
            var next = (m + 1) % shared.Count;
            var both = Given(rows, m) * Given(rows, next);
            (sum, count) = (sum.Plus(((shared[m] - shared[next]).abs().mean([1], keepdim: true) * both).sum()), count.Plus(both.sum()));
        }

        return sum.sum() / count.sum().clamp_min(1);
    }

    private Tensor Predict(VectorBatch rows, IReadOnlyList<Tensor> shared) => TargetLoss.Heads(_head.forward(cat([.. rows.Observed.Select((x, m) =>
        shared[m].Plus(_fusions[m].forward(cat([shared[m], _specific[m].forward(x)], 1)) * Given(rows, m)))], 1)));

    /// <summary>How badly a layer tells from the specific features of what is observed which modality they are of.</summary>
    private Tensor Naming(VectorBatch rows)
    {
        var errors = stack([.. rows.Observed.Select((x, m) => -functional.log_softmax(_names.forward(_specific[m].forward(x)), 1).select(1, m))], 1);
        return (errors * rows.Given).sum() / rows.Given.sum();
    }

    private static Tensor Not(Tensor flags) => flags.Times(-1).Plus(1);

    private static Tensor Given(VectorBatch rows, int modality) => rows.Given.narrow(1, modality, 1);
}

/// <summary>What takes the place of a missing modality's shared features.</summary>
internal enum SharedFill
{
    /// <summary>The mean of those of the observed ones, as the paper has it.</summary>
    Mean,

    /// <summary>Those of the first that is observed, as the released code has it.</summary>
    First,
}

/// <summary>Settings of the method shaspec.</summary>
internal sealed record ShaSpecOptions
{
    /// <summary>Width of all layers.</summary>
    [Range(1, 4096)]
    public int Width { get; init; } = 128;

    /// <summary>Weight of the distance between shared features of neighbouring modalities.</summary>
    [Range(0, 100)]
    public double Alignment { get; init; } = 0.1;

    /// <summary>Weight of the layer that names a modality from its specific features.</summary>
    [Range(0, 100)]
    public double Naming { get; init; } = 0.02;

    /// <summary>What takes the place of a missing modality's shared features: mean of the observed ones, or those of the first.</summary>
    public SharedFill Missing { get; init; } = SharedFill.Mean;

    /// <summary>The training.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, Patience = 20, LearningRate = 0.001, WeightDecay = 1e-4, BatchSize = 64 };
}
