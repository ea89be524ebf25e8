using static TorchSharp.torch.nn;

namespace Amodal.Methods.Dicmor;

/// <summary>
/// Distribution-consistent recovery by flows (DiCMoR, Wang, Cui and Li 2023). A flow for each modality takes its projected sequence to one latent
/// space, where each class has a Gaussian, the same for all modalities. What is missing is what its flow, backwards, makes of
/// the latents of what is observed; of several such candidates a network makes one. The fusion of MulT predicts. The loss is
/// <code>task + w (sum over modalities of their negative log-likelihood in bits per number + mean square error of what is recovered).</code>
/// The projections are trained before, with the fusion and nothing missing.
/// </summary>
internal sealed class DicmorNetwork : VectorNetwork
{
    private const int Classes = 7; // of a score, rounded
    private const int Kernel = 5;
    private const double MostGradient = 0.6;
    private readonly DicmorOptions _options;
    private readonly Target _target;
    private readonly int _steps;
    [ComponentName(Name = "projections")] private readonly ModuleList<TimeConvolution> _projections;
    [ComponentName(Name = "fusion")] private readonly FusionNetwork _fusion;
    [ComponentName(Name = "flows")] private readonly ModuleList<Flow> _flows;
    [ComponentName(Name = "mixers")] private readonly ModuleList<Mixer> _mixers;
    [ComponentName(Name = "prior")] private readonly ClassGaussians _prior;

    public DicmorNetwork(VectorContext context)
        : base(nameof(DicmorNetwork))
    {
        (_options, _target, _steps) = (context.Options.Methods.Of<DicmorOptions>(), context.Target, context.Lengths.Min());
        var (width, modalities) = (_options.Width, context.Widths.Count);
        _projections = ModuleList(context.Widths.Select(from => new TimeConvolution(from, width, Kernel, padding: Kernel / 2, hasBias: false)).ToArray());
        _fusion = new FusionNetwork([.. context.Widths.Select(_ => new LatentShape(width, _steps))], new FusionOptions { Heads = _options.Heads }, _target.Width);
        _flows = ModuleList(context.Widths.Select(_ => new Flow(width, _options.FlowSteps, _options.Flow)).ToArray());
        _mixers = ModuleList(context.Widths.Select(_ => new Mixer(width, modalities - 1, _options.Blocks)).ToArray());
        _prior = new ClassGaussians(_target switch { ClassTarget => _target.Width, SeveralTarget => 1, _ => Classes }, width);
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = VectorMethod.Describe(
        "dicmor", "What is missing recovered by flows between modalities and one latent space. Costs: minutes to an hour beside the classifiers.", ["dicmor-complete", "dicmor"],
        context => new DicmorNetwork(context), new DicmorOptions(), options => options.Methods.Of<DicmorOptions>().Steps);

    public override IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept =>
    [
        new Dictionary<string, Module> { ["projections"] = _projections, ["fusion"] = _fusion },
        new Dictionary<string, Module> { ["fusion"] = _fusion, ["flows"] = _flows, ["mixers"] = _mixers, ["prior"] = _prior },
    ];

    /// <summary>The flows, by modality.</summary>
    public IReadOnlyList<Flow> Flows => [.. _flows];

    public override void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages)
    {
        stages.Run(new PlainStage(
            names[0], data.Seed, Kept[0], _options.Training, data.Labelled,
            (rows, _) => TargetLoss.Mean(data.Target, Fuse(Project(data.Train(rows))), data.Labels(rows)),
            stop => data.Loss(data.Sets[^1], rows => Fuse(Project(rows)), stop))
        {
            GradientValue = MostGradient,
        });
        stages.Run(new PlainStage(
            names[1], data.Seed, Kept[1], _options.Training, data.Labelled,
            (rows, random) => Loss(data.Train(rows, random), data.Labels(rows)),
            stop => data.Loss(Predict, stop))
        {
            GradientValue = MostGradient,
        });
    }

    public override Tensor Predict(VectorBatch rows)
    {
        var x = Project(rows);
        return Fuse(Complete(x, [.. x.Select((own, m) => _flows[m].Run(own).Z)], rows.Given));
    }

    /// <summary>Where a row has a modality that modality's own, elsewhere what is recovered of it.</summary>
    /// <param name="x">(row, time, channels) of each modality.</param>
    /// <param name="z">The same by its flow; looked at where it is given.</param>
    /// <param name="given">1 where a modality is observed, (row, modality).</param>
    public IReadOnlyList<Tensor> Complete(IReadOnlyList<Tensor> x, IReadOnlyList<Tensor> z, Tensor given) => [.. x.Select((own, m) =>
    {
        if (given.select(1, m).gt(0).all().item<bool>())
        {
            return own;
        }

        var recovered = Recover(m, z, given);
        return where(given.select(1, m).gt(0).reshape(-1, 1, 1), own, recovered);
    })];

    // Flows learn from the likelihood alone.
    private Tensor Recover(int modality, IReadOnlyList<Tensor> z, Tensor given)
    {
        List<Tensor> candidates;
        Tensor count;
        using (no_grad())
        {
            candidates = [.. z.Index().Where(other => other.Index != modality).Select(other => VectorBatch.Where(given, other.Index, _flows[modality].Inverse(other.Item)))];
            count = given.sum([1]) - given.select(1, modality);
        }

        return where(count.gt(1).reshape(-1, 1, 1), _mixers[modality].forward(cat(candidates, 2)), candidates.Aggregate((a, b) => a.Plus(b)));
    }

    private Tensor Loss(VectorBatch rows, Tensor labels)
    {
        var x = Project(rows with { Given = rows.Present }).Select(own => own.detach()).ToList();
        var flown = x.Select((own, m) => _flows[m].Run(own)).ToList();
        var completed = Complete(x, [.. flown.Select(f => f.Z.detach())], rows.Given);
        var classes = _target switch
        {
            ClassTarget => labels.to(ScalarType.Int64),
            SeveralTarget => zeros(labels.shape[0], dtype: ScalarType.Int64, device: labels.device),
            _ => labels.round().clamp(-(Classes / 2), Classes / 2).to(ScalarType.Int64) + (Classes / 2),
        };
        var likelihoods = flown.Select((f, m) => _prior.Bits(f.Z, f.LogDeterminant, classes, rows.Present.select(1, m))).Aggregate((a, b) => a.Plus(b));
        var missing = rows.Missing;
        var errors = completed.Select((own, m) => (own - x[m]).square().mean([1, 2]) * missing.select(1, m)).Aggregate((a, b) => a.Plus(b)).sum() / missing.sum().clamp_min(1);
        return TargetLoss.Mean(_target, Fuse(completed), labels).Plus(likelihoods.Plus(errors), _options.Recovery);
    }

    private IReadOnlyList<Tensor> Project(VectorBatch rows) => [.. rows.Observed.Select((x, m) => _projections[m].forward(FeatureTensors.Shorten(x, _steps)))];

    private Tensor Fuse(IReadOnlyList<Tensor> x) => _fusion.Predict([.. x.Select(own => own.transpose(1, 2))]);

    /// <summary>Makes one of several candidates: a convolution, and a residual group of channel-attention blocks.</summary>
    private sealed class Mixer : Module<Tensor, Tensor>
    {
        private const int Reduction = 16;
        [ComponentName(Name = "first")] private readonly TimeConvolution _first;
        [ComponentName(Name = "blocks")] private readonly ModuleList<ChannelAttentionBlock> _blocks;
        [ComponentName(Name = "last")] private readonly TimeConvolution _last;

        public Mixer(int channels, int candidates, int blocks)
            : base(nameof(Mixer))
        {
            _first = new TimeConvolution(candidates * channels, channels, 1);
            _blocks = ModuleList(Enumerable.Range(0, blocks).Select(_ => new ChannelAttentionBlock(channels, Math.Min(Reduction, channels))).ToArray());
            _last = new TimeConvolution(channels, channels, 3, padding: 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor candidates)
        {
            var x = _first.forward(candidates);
            return x.Plus(_last.forward(_blocks.Aggregate(x, (h, block) => block.forward(h))));
        }
    }

    /// <summary>A Gaussian of independent channels for each class, the same at every step and for all modalities.</summary>
    private sealed class ClassGaussians : Module
    {
        [ComponentName(Name = "mean")] private readonly Parameter _mean;
        [ComponentName(Name = "logDeviation")] private readonly Parameter _logDeviation;

        public ClassGaussians(int classes, int channels)
            : base(nameof(ClassGaussians))
        {
            (_mean, _logDeviation) = (new Parameter(zeros(classes, channels)), new Parameter(zeros(classes, channels)));
            RegisterComponents();
        }

        /// <summary>The negative log-likelihood per number, in bits, of the rows that count; at least 0.</summary>
        public Tensor Bits(Tensor z, Tensor logDeterminant, Tensor classes, Tensor counts)
        {
            var (mean, log) = (_mean.index_select(0, classes).unsqueeze(1), _logDeviation.index_select(0, classes).unsqueeze(1));
            var density = ((z - mean) / log.exp()).square().Plus(Math.Log(2 * Math.PI)).Times(-0.5) - log;
            var rows = (density.sum([1, 2]).Plus(logDeterminant) * counts).sum() / counts.sum().clamp_min(1);
            return rows.Times(-1 / (Math.Log(2) * z.shape[1] * z.shape[2])).clamp_min(0);
        }
    }
}

/// <summary>Settings of the method dicmor.</summary>
internal sealed record DicmorOptions
{
    /// <summary>Channels of a projected sequence; a multiple of the heads.</summary>
    [Range(2, 1024)]
    public int Width { get; init; } = 32;

    /// <summary>Most steps of a sequence; of longer ones neighbours are averaged, and all modalities have as many as the shortest.</summary>
    [Range(1, 1000)]
    public int Steps { get; init; } = 50;

    /// <summary>What a step of the flow does: that of the paper, or that of the released code, which mixes no channels.</summary>
    public FlowKind Flow { get; init; } = FlowKind.Paper;

    /// <summary>Steps of each flow.</summary>
    [Range(1, 128)]
    public int FlowSteps { get; init; } = 32;

    /// <summary>Channel-attention blocks that make one of several candidates.</summary>
    [Range(0, 64)]
    public int Blocks { get; init; } = 20;

    /// <summary>Attention heads of the fusion.</summary>
    [Range(1, 64)]
    public int Heads { get; init; } = 8;

    /// <summary>Weight of the likelihoods and of the error of what is recovered.</summary>
    [Range(0, 100)]
    public double Recovery { get; init; } = 0.1;

    /// <summary>The training with nothing missing, and then that with something missing.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, Patience = 10, LearningRate = 1e-4, WeightDecay = 0, BatchSize = 32 };
}
