using static TorchSharp.torch.nn;

namespace Amodal.Methods.Mctn;

/// <summary>
/// The multimodal cyclic translation network (Pham et al. 2019): what it learns from several modalities it predicts from one. The
/// published model has language as its source. So that every observed set has an answer, there is a chain for each modality as source,
/// and the first that is observed answers, language before the others.
/// </summary>
internal sealed class MctnTraining : MethodTraining
{
    private const string Chains = "mctn";
    private readonly MctnOptions _options;
    private readonly ulong _seed;
    private readonly IReadOnlyList<(int Source, IReadOnlyList<int> Targets)> _order;
    private readonly ChainList _chains;

    public MctnTraining(IReadOnlyList<Modality> modalities, Target target, ExperimentOptions options)
    {
        (_options, _seed) = (options.Methods.Of<MctnOptions>(), (ulong)options.Seed);
        Baselines = new BaselineNetworks(modalities, options, target);
        int[] sources = [Baselines.Primary, .. Enumerable.Range(0, modalities.Count).Where(m => m != Baselines.Primary)];
        _order = [.. sources.Select(source => (source, (IReadOnlyList<int>)[.. sources.Where(m => m != source).Reverse()]))]; // of language first vision, then the acoustic modality
        _chains = new ChainList([.. _order.Select(o => new MctnChain(modalities[o.Source].Width, [.. o.Targets.Select(m => modalities[m].Width)], _options.Width, target.Width))]);
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = new(
        Chains, options => [new(Chains, null, MethodDescriptor.SettingsOf(options, Chains, new MctnOptions()))], (modalities, target, options) => new MctnTraining(modalities, target, options))
    {
        Purpose = "Cyclic translation between modalities: predicts from language alone, or from the first that is there. Costs: many recurrent steps, from minutes to an hour beside the classifiers.",
        Options = new MctnOptions(),
    };

    public override BaselineNetworks Baselines { get; }

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, Module> Modules)> Checkpoints => [(Chains, Modules)];

    private IReadOnlyDictionary<string, Module> Modules => new Dictionary<string, Module> { ["chains"] = _chains };

    public override void Train(TrainingData data, IStageSequence stages)
    {
        using var labels = TargetLoss.Labels(data.Labelled.Labels, data.Labelled.Count, data.Device);
        using var validLabels = TargetLoss.Labels(data.Valid.Labels, data.Valid.Count, data.Device);
        var (present, valid) = (Presence.Of(data.Labelled), Presence.Of(data.Valid));
        stages.Run(new PlainStage(
            Chains, _seed, Modules, _options.Training, [.. Enumerable.Range(0, data.Labelled.Count).Select(row => (long)row)],
            (rows, _) => Over(present, rows, (chain, own) => Loss(chain, own) * ((double)own.Length / rows.Length)),
            stop =>
            {
                stop.ThrowIfCancellationRequested();
                long[] all = [.. Enumerable.Range(0, data.Valid.Count).Select(row => (long)row)];
                return Over(valid, all, (chain, own) => TargetLoss.Mean(data.Target, _chains[chain].Predict(Steps(At(data.ValidFeatures, _order[chain].Source, own))), validLabels.index_select(0, Index(own)))).item<float>();
            }));

        Tensor Loss(int chain, long[] rows)
        {
            var (source, targets) = _order[chain];
            var (outputs, error) = _chains[chain].Run(
                Steps(At(data.LabelledFeatures, source, rows)), [.. targets.Select(m => Steps(At(data.LabelledFeatures, m, rows)))],
                [.. targets.Select(m => tensor([.. rows.Select(row => present[(int)row].Contains(m) ? 1f : 0f)], [rows.Length, 1, 1], device: data.Device))]);
            return TargetLoss.Mean(data.Target, outputs, labels.index_select(0, Index(rows))).Plus(error, _options.Translation);
        }

        Tensor Index(long[] rows) => tensor(rows, device: data.Device);

        Tensor At(FeatureTensors features, int modality, long[] rows) => features.Values[modality].index_select(0, Index(rows));
    }

    public override Tensor Predict(EncodedRows rows, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var chain = _order.Index().First(o => observed.Contains(o.Item.Source)).Index;
        return _chains[chain].Predict(Steps(rows.Features(_order[chain].Source))).MoveToOuterDisposeScope();
    }

    /// <summary>The sum over the chains, each of the rows that have its source.</summary>
    private Tensor Over(IReadOnlyList<ModalitySet> present, long[] rows, Func<int, long[], Tensor> loss) => _order.Index()
        .Select(o => (o.Index, Rows: rows.Where(row => present[(int)row].Contains(o.Item.Source)).ToArray())).Where(o => o.Rows.Length > 0)
        .Select(o => loss(o.Index, o.Rows)).Aggregate((a, b) => a + b);

    private Tensor Steps(Tensor x) => FeatureTensors.Shorten(x, _options.Steps);

    private sealed class ChainList : Module
    {
        [ComponentName(Name = "all")] private readonly ModuleList<MctnChain> _all;

        public ChainList(MctnChain[] chains)
            : base(nameof(ChainList))
        {
            _all = ModuleList(chains);
            RegisterComponents();
        }

        public MctnChain this[int chain] => _all[chain];
    }
}

/// <summary>Settings of the method mctn.</summary>
internal sealed record MctnOptions
{
    /// <summary>Width of all recurrent layers.</summary>
    [Range(1, 1024)]
    public int Width { get; init; } = 32;

    /// <summary>Most steps of a sequence; of longer ones neighbours are averaged.</summary>
    [Range(1, 1000)]
    public int Steps { get; init; } = 20;

    /// <summary>Weight of every translation, and of the way back.</summary>
    [Range(0, 1000)]
    public double Translation { get; init; } = 0.1;

    /// <summary>The training.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 200, Patience = 20, LearningRate = 1e-4, WeightDecay = 0, BatchSize = 32 };
}
