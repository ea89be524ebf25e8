using static TorchSharp.torch.nn;

namespace Amodal.Methods.Misa;

/// <summary>
/// Modality-invariant and -specific representations (MISA, Hazarika et al. 2020). Of modality m, projected to x_m, one encoder
/// that all share gives s_m, one of its own p_m, and a decoder takes p_m + s_m back to x_m. A transformer layer over all of them and a
/// head predict. The loss is
/// <code>task + d sum of diff(p_m, s_m), diff(p_m, p_n) + s mean CMD(s_m, s_n) + r mean |decode - x_m|^2.</code>
/// </summary>
internal sealed class MisaNetwork : VectorNetwork
{
    private const double Dropout = 0.2;
    private const int Moments = 5;
    private const double MostGradient = 1;
    private readonly MisaOptions _options;
    [ComponentName(Name = "projections")] private readonly ModuleList<Sequential> _projections;
    [ComponentName(Name = "private")] private readonly ModuleList<Sequential> _private;
    [ComponentName(Name = "shared")] private readonly Sequential _shared;
    [ComponentName(Name = "decoders")] private readonly ModuleList<Linear> _decoders;
    [ComponentName(Name = "transformer")] private readonly TransformerEncoderLayer _transformer;
    [ComponentName(Name = "head")] private readonly Sequential _head;

    public MisaNetwork(VectorContext context)
        : base(nameof(MisaNetwork))
    {
        _options = context.Options.Methods.Of<MisaOptions>();
        var (width, modalities) = (_options.Width, context.Widths.Count);
        _projections = ModuleList(context.Widths.Select(from => Sequential(Linear(from, width), ReLU(), LayerNorm(width))).ToArray());
        _private = ModuleList(context.Widths.Select(_ => Sigmoid(width)).ToArray());
        _shared = Sigmoid(width);
        _decoders = ModuleList(context.Widths.Select(_ => Linear(width, width)).ToArray());
        _transformer = TransformerEncoderLayer(width, width % 2 == 0 ? 2 : 1, dropout: Dropout);
        _head = Sequential(Linear(2 * modalities * width, modalities * width), nn.Dropout(Dropout), ReLU(), Linear(modalities * width, context.Target.Width));
        RegisterComponents();

        static Sequential Sigmoid(int width) => Sequential(Linear(width, width), nn.Sigmoid());
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = VectorMethod.Describe(
        "misa", "Representations that modalities share and such of each alone, held apart, and a transformer layer over all. Costs: a minute or two beside the classifiers.", ["misa"],
        context => new MisaNetwork(context), new MisaOptions());

    public override IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept => [new Dictionary<string, Module> { ["network"] = this }];

    /// <summary>
    /// How much two representations have in common: the mean square of the entries of A^T B, columns centred, rows of length 1. It
    /// is not divided by the rows, as published, so that its weight is one for a size of batch.
    /// </summary>
    public static Tensor Difference(Tensor a, Tensor b)
    {
        return Unit(a).t().matmul(Unit(b)).square().mean();

        static Tensor Unit(Tensor x)
        {
            var centred = x - x.mean([0], keepdim: true);
            return centred / centred.norm(1, keepdim: true, p: 2).detach().Plus(1e-6);
        }
    }

    /// <summary>The central moment discrepancy (Zellinger et al. 2017): how far the means, and the second to fifth central moments, are apart.</summary>
    public static Tensor Discrepancy(Tensor a, Tensor b)
    {
        var (meanA, meanB) = (a.mean([0], keepdim: true), b.mean([0], keepdim: true));
        return Enumerable.Range(2, Moments - 1).Select(k => ((a - meanA).pow(k).mean([0]) - (b - meanB).pow(k).mean([0])).norm()).Aggregate((meanA - meanB).norm(), (sum, moment) => sum + moment);
    }

    public override void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages) => stages.Run(new PlainStage(
        names[0], data.Seed, Kept[0], _options.Training, data.Labelled,
        (rows, random) =>
        {
            var parts = Encode(data.Train(rows, random));
            return TargetLoss.Mean(data.Target, Predict(parts), data.Labels(rows)).Plus(Regularisation(parts));
        },
        stop => data.Loss(Predict, stop))
    {
        GradientValue = MostGradient,
    });

    public override Tensor Predict(VectorBatch rows) => Predict(Encode(rows));

    private Tensor Predict(IReadOnlyList<Parts> parts)
    {
        var attended = _transformer.call(stack([.. parts.Select(p => p.Private), .. parts.Select(p => p.Shared)]), null, null);
        return TargetLoss.Heads(_head.forward(attended.transpose(0, 1).flatten(1)));
    }

    private IReadOnlyList<Parts> Encode(VectorBatch rows) => [.. rows.Observed.Select((x, m) =>
    {
        var projected = _projections[m].forward(x);
        return new Parts(projected, _private[m].forward(projected), _shared.forward(projected));
    })];

    private Tensor Regularisation(IReadOnlyList<Parts> parts)
    {
        var pairs = (from a in Enumerable.Range(0, parts.Count) from b in Enumerable.Range(a + 1, parts.Count - a - 1) select (A: parts[a], B: parts[b])).ToList();
        var difference = Sum([.. parts.Select(p => Difference(p.Private, p.Shared)), .. pairs.Select(p => Difference(p.A.Private, p.B.Private))]);
        var similarity = Sum([.. pairs.Select(p => Discrepancy(p.A.Shared, p.B.Shared))]);
        var reconstruction = Sum([.. parts.Select((p, m) => (_decoders[m].forward(p.Private.Plus(p.Shared)) - p.Projected).square().mean())]);
        return difference.Times(_options.Difference).Plus(similarity, _options.Similarity / pairs.Count).Plus(reconstruction, _options.Reconstruction / parts.Count);

        static Tensor Sum(IReadOnlyList<Tensor> terms) => terms.Aggregate((a, b) => a + b);
    }

    private sealed record Parts(Tensor Projected, Tensor Private, Tensor Shared);
}

/// <summary>Settings of the method misa.</summary>
internal sealed record MisaOptions
{
    /// <summary>Width of all representations.</summary>
    [Range(1, 4096)]
    public int Width { get; init; } = 128;

    /// <summary>Weight of what private and shared representations have in common; it grows with the batch.</summary>
    [Range(0, 100)]
    public double Difference { get; init; } = 0.3;

    /// <summary>Weight of how far shared representations are apart.</summary>
    [Range(0, 100)]
    public double Similarity { get; init; } = 1;

    /// <summary>Weight of the reconstruction.</summary>
    [Range(0, 100)]
    public double Reconstruction { get; init; } = 1;

    /// <summary>The training.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, Patience = 20, LearningRate = 1e-4, WeightDecay = 0, BatchSize = 64 };
}
