using static TorchSharp.torch.nn;

namespace Amodal.Methods.Mult;

/// <summary>
/// The multimodal transformer (MulT, Tsai et al. 2019) alone, on what is there: sequences of one width, a transformer from each modality to each
/// other, one over what came to each, and a residual head on the last steps. A missing modality is zeros. It is trained on random observed sets.
/// </summary>
internal sealed class MultNetwork : VectorNetwork
{
    private const double LanguageDropout = 0.25;
    private const double MostGradient = 0.8;
    private readonly MultOptions _options;
    private readonly int _language;
    [ComponentName(Name = "projections")] private readonly ModuleList<Linear> _projections;
    [ComponentName(Name = "crossings")] private readonly ModuleList<MultTransformer> _crossings; // to m from n, by m, then by n, m itself skipped
    [ComponentName(Name = "memories")] private readonly ModuleList<MultTransformer> _memories;
    [ComponentName(Name = "hidden")] private readonly Linear _hidden;
    [ComponentName(Name = "residual")] private readonly Linear _residual;
    [ComponentName(Name = "output")] private readonly Linear _output;

    public MultNetwork(VectorContext context)
        : base(nameof(MultNetwork))
    {
        (_options, _language) = (context.Options.Methods.Of<MultOptions>(), context.Language);
        var (width, modalities) = (_options.Width, context.Widths.Count);
        if (width % _options.Heads != 0)
        {
            throw new InputException("mult", "heads", $"is {_options.Heads}, which does not divide the width {width}; change one of them.");
        }

        _projections = ModuleList(context.Widths.Select(from => Linear(from, width, hasBias: false)).ToArray());
        _crossings = ModuleList(Pairs(modalities).Select(p => new MultTransformer(width, Layers(_options.Layers, p.Query == _language ? 0.1 : 0))).ToArray());
        _memories = ModuleList(context.Widths.Select(_ => new MultTransformer((modalities - 1) * width, Layers(Math.Max(3, _options.Layers), 0.1))).ToArray());
        var features = modalities * (modalities - 1) * width;
        (_hidden, _residual, _output) = (Linear(features, features), Linear(features, features), Linear(features, context.Target.Width));
        RegisterComponents();

        FusionOptions Layers(int layers, double attentionDropout) => new() { Layers = layers, Heads = _options.Heads, AttentionDropout = attentionDropout, Dropout = 0.1 };
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = VectorMethod.Describe(
        "mult", "The multimodal transformer on sequences, zeros where a modality is missing. Costs: minutes to an hour beside the classifiers.", ["mult"],
        context => new MultNetwork(context), new MultOptions(), options => options.Methods.Of<MultOptions>().Steps);

    public override IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept => [new Dictionary<string, Module> { ["network"] = this }];

    public override void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages) => stages.Run(new PlainStage(
        names[0], data.Seed, Kept[0], _options.Training, data.Labelled,
        (rows, random) => TargetLoss.Mean(data.Target, Predict(data.Train(rows, random)), data.Labels(rows)),
        stop => data.Loss(Predict, stop))
    {
        GradientNorm = MostGradient,
    });

    public override Tensor Predict(VectorBatch rows)
    {
        var steps = rows.Observed.Select((x, m) => _projections[m].forward(training && m == _language ? functional.dropout(x, LanguageDropout) : x)).ToList();
        var crossed = Pairs(steps.Count).Zip(_crossings, (p, crossing) => crossing.Encode(steps[p.Query], steps[p.Source])).Chunk(steps.Count - 1);
        var last = cat([.. crossed.Zip(_memories, (streams, memory) => memory.Encode(cat(streams, 2)).select(1, -1))], 1);
        return TargetLoss.Heads(_output.forward(last.Plus(_residual.forward(functional.relu(_hidden.forward(last))))));
    }

    private static IEnumerable<(int Query, int Source)> Pairs(int count) =>
        from query in Enumerable.Range(0, count)
        from source in Enumerable.Range(0, count)
        where source != query
        select (query, source);
}

/// <summary>Settings of the method mult.</summary>
internal sealed record MultOptions
{
    /// <summary>Width of a step; a multiple of the heads.</summary>
    [Range(1, 1024)]
    public int Width { get; init; } = 30;

    /// <summary>Attention heads.</summary>
    [Range(1, 64)]
    public int Heads { get; init; } = 5;

    /// <summary>Layers of each transformer; those that gather what came to a modality have at least three.</summary>
    [Range(1, 32)]
    public int Layers { get; init; } = 5;

    /// <summary>Most steps of a sequence; of longer ones neighbours are averaged.</summary>
    [Range(1, 1000)]
    public int Steps { get; init; } = 50;

    /// <summary>The training.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 40, Patience = 20, LearningRate = 0.001, WeightDecay = 0, BatchSize = 24 };
}
