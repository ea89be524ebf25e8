using static TorchSharp.torch.nn;

namespace Amodal.Methods.Imagination;

/// <summary>
/// Encoders, a cascade of residual auto-encoders over all codes (CRA, Tran et al. 2017), or one auto-encoder, and on what that gives a
/// head and a decoder for each modality. The loss, with x_m of d_m numbers, is
/// <code>task + 256 w E[ sum over missing m of |decode_m - x_m|^2 / d_m ];</code>
/// the published sum over a batch of 256 is its mean times 256, so that the weight does not depend on the batch.
/// </summary>
internal sealed class CraNetwork : VectorNetwork
{
    private const int PublishedBatch = 256;
    private const double MostGradient = 5;
    private readonly ClassifierStageOptions _training;
    private readonly double _weight;
    [ComponentName(Name = "encoders")] private readonly ModuleList<Sequential> _encoders;
    [ComponentName(Name = "cascade")] private readonly Cascade _cascade;
    [ComponentName(Name = "decoders")] private readonly ModuleList<Sequential> _decoders;
    [ComponentName(Name = "head")] private readonly Sequential _head;

    /// <param name="weight">Of the reconstruction.</param>
    /// <param name="blocks">Residual blocks; 0 for one plain auto-encoder.</param>
    public CraNetwork(VectorContext context, ClassifierStageOptions training, double weight, int blocks)
        : base(nameof(CraNetwork))
    {
        (_training, _weight) = (training, weight);
        var size = Layers.Code * context.Widths.Count;
        _encoders = ModuleList([.. context.Widths.Select(Layers.Encoder)]);
        _cascade = new Cascade(size, [256, Layers.Code], Math.Max(1, blocks), isResidual: blocks > 0);
        _decoders = ModuleList([.. context.Widths.Select(width => Layers.Dense([size, Layers.Code, Layers.Code, width]))]);
        _head = Layers.Head(size, context.Target.Width);
        RegisterComponents();
    }

    /// <summary>The line in the catalogue of the cascade.</summary>
    public static MethodDescriptor Cra { get; } = VectorMethod.Describe(
        "cra", "A cascade of residual auto-encoders over the codes of all modalities, and a prediction from it. Costs: a minute or two beside the classifiers.", ["cra"],
        context => Create(context, context.Options.Methods.Of<CraOptions>()), new CraOptions());

    /// <summary>The line in the catalogue of the plain auto-encoder.</summary>
    public static MethodDescriptor AutoEncoder { get; } = VectorMethod.Describe(
        "autoencoder", "An auto-encoder over the codes of all modalities, and a prediction from it. Costs: a minute beside the classifiers.", ["autoencoder"],
        context => new CraNetwork(context, context.Options.Methods.Of<AutoEncoderOptions>().Training, context.Options.Methods.Of<AutoEncoderOptions>().Reconstruction, blocks: 0), new AutoEncoderOptions());

    public override IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept => [new Dictionary<string, Module> { ["network"] = this }];

    /// <summary>The blocks.</summary>
    public Cascade Blocks => _cascade;

    public override void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages) => stages.Run(new PlainStage(
        names[0], data.Seed, Kept[0], _training, data.Labelled,
        (rows, random) =>
        {
            var batch = data.Train(rows, random);
            var code = Code(batch);
            return TargetLoss.Mean(data.Target, TargetLoss.Heads(_head.forward(code)), data.Labels(rows)).Plus(Reconstruction(batch, code), PublishedBatch * _weight);
        },
        stop => data.Loss(Predict, stop))
    {
        Rate = epoch => Schedule.Rate(epoch, _training.Epochs),
        GradientNorm = MostGradient,
    });

    public override Tensor Predict(VectorBatch rows) => TargetLoss.Heads(_head.forward(Code(rows)));

    private static CraNetwork Create(VectorContext context, CraOptions options) => new(context, options.Training, options.Reconstruction, options.Blocks);

    /// <summary>E[ sum over missing m of |decode_m - x_m|^2 / d_m ]; 0 where nothing is missing.</summary>
    public Tensor Reconstruction(VectorBatch rows, Tensor code) =>
        rows.Truth.Select((x, m) => (((_decoders[m].forward(code) - x).square() * rows.Missing.narrow(1, m, 1)).sum([1]) / x.shape[1]).mean()).Aggregate((a, b) => a + b);

    /// <summary>What the cascade makes of the codes, those of missing modalities too, which are encoded as 0.</summary>
    public Tensor Code(VectorBatch rows) => _cascade.Run(cat([.. rows.Observed.Select((x, m) => _encoders[m].forward(x))], 1)).Output;
}

/// <summary>The learning rate of the published trainings.</summary>
internal static class Schedule
{
    /// <summary>All of it for a fifth of the epochs, and then less by a straight line, to 0 behind the last.</summary>
    public static double Rate(int epoch, int epochs)
    {
        var constant = epochs / 5;
        return epoch <= constant ? 1 : (epochs + 1.0 - epoch) / (epochs + 1 - constant);
    }
}

/// <summary>Settings of the method cra.</summary>
internal sealed record CraOptions
{
    /// <summary>Residual blocks.</summary>
    [Range(1, 32)]
    public int Blocks { get; init; } = 5;

    /// <summary>Weight of the reconstruction of what is missing, for the published batch of 256.</summary>
    [Range(0, 100)]
    public double Reconstruction { get; init; } = 0.01;

    /// <summary>The training.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, Patience = 20, LearningRate = 0.001, WeightDecay = 0, BatchSize = 256 };
}

/// <summary>Settings of the method autoencoder.</summary>
internal sealed record AutoEncoderOptions
{
    /// <summary>Weight of the reconstruction of what is missing, for the published batch of 256.</summary>
    [Range(0, 100)]
    public double Reconstruction { get; init; } = 0.003;

    /// <summary>The training.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, Patience = 20, LearningRate = 0.001, WeightDecay = 0, BatchSize = 256 };
}

/// <summary>
/// A cascade of residual auto-encoders (Tran et al. 2017): block b takes x and the outputs of the blocks before it, and the cascade
/// gives x and the outputs of all. A single block without x is a plain auto-encoder.
/// </summary>
internal sealed class Cascade : Module
{
    private readonly bool _isResidual;
    [ComponentName(Name = "encoders")] private readonly ModuleList<Sequential> _encoders;
    [ComponentName(Name = "decoders")] private readonly ModuleList<Sequential> _decoders;

    /// <param name="size">Numbers of what goes in, and comes out.</param>
    /// <param name="hidden">Sizes of a block's layers down to its bottleneck.</param>
    /// <param name="isResidual">Whether inputs are added to outputs.</param>
    public Cascade(int size, IReadOnlyList<int> hidden, int blocks, bool isResidual = true)
        : base(nameof(Cascade))
    {
        _isResidual = isResidual;
        _encoders = ModuleList([.. Enumerable.Range(0, blocks).Select(_ => Layers.Dense([size, .. hidden], isLeaky: true))]);
        _decoders = ModuleList([.. Enumerable.Range(0, blocks).Select(_ => Layers.Dense([.. hidden.Reverse(), size]))]);
        RegisterComponents();
    }

    /// <summary>The last layers of the blocks; where their weights are 0, a residual cascade is the identity.</summary>
    public IEnumerable<Linear> Outputs => _decoders.Select(d => d.children().OfType<Linear>().Last());

    /// <summary>What the cascade gives, (row, size), and the bottlenecks of all blocks, (row, blocks x bottleneck).</summary>
    public (Tensor Output, Tensor Bottlenecks) Run(Tensor x)
    {
        var (sum, bottlenecks) = (x, new List<Tensor>());
        foreach (var (encoder, decoder) in _encoders.Zip(_decoders))
        {
            var code = encoder.forward(sum);
            bottlenecks.Add(code);
            sum = _isResidual ? sum + decoder.forward(code) : decoder.forward(code);
        }

        return (sum, cat(bottlenecks, 1));
    }
}
