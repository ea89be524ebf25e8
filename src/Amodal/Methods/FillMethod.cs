using static TorchSharp.torch.nn;

namespace Amodal.Methods;

/// <summary>
/// A method that recovers missing latents of the classifier of complete data, which every run has. Encoders are so the same for all of these,
/// and trained once. The fusion begins as that classifier's and is trained on what is recovered, as the two-stage method's is: behind
/// a fusion that knows complete data only, means, which are smaller than latents are, come out far too large. What methods of
/// this kind differ in is a <see cref="LatentFill"/>.
/// </summary>
internal sealed class FillMethod : MethodTraining
{
    private const string NumbersStage = "latent-numbers";
    private readonly string _name;
    private readonly ExperimentOptions _options;
    private readonly LatentNumbers _numbers;
    private readonly LatentFill _fill;
    private readonly FusionNetwork _fusion;

    private FillMethod(string name, IReadOnlyList<Modality> modalities, Target target, ExperimentOptions options, Func<FillContext, LatentFill> create)
    {
        Baselines = new BaselineNetworks(modalities, options, target);
        (_name, _options) = (name, options);
        _numbers = new LatentNumbers(Baselines.Complete.Encoders.Shapes);
        _fill = create(new FillContext(_numbers.Layout, target, options));
        _fusion = new FusionNetwork(Baselines.Complete.Encoders.Shapes, options.Fusion, target.Width);
    }

    public override BaselineNetworks Baselines { get; }

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, Module> Modules)> Checkpoints =>
        [(NumbersStage, ModulesOf(_numbers)), (_name, ModulesOf(_fill)), (FusionStageOf(_name), FusionModules)];

    public override IEnumerable<Module> Answering => [Baselines.Complete.Encoders, .. base.Answering];

    private NumberLayout Layout => _numbers.Layout;

    private IReadOnlyDictionary<string, Module> FusionModules => new Dictionary<string, Module> { ["fusion"] = _fusion };

    /// <summary>The line in the catalogue of a method that fills.</summary>
    /// <param name="purpose">What it is, and what it costs.</param>
    /// <param name="create">Makes it, empty; refuses a target that it is not for.</param>
    /// <param name="options">The defaults of its settings; null where it has none.</param>
    public static MethodDescriptor Describe(string name, string purpose, Func<FillContext, LatentFill> create, object? options = null) => new(
        name,
        experiment =>
        [
            new(NumbersStage, BaselineStages[0], experiment.Latents.Standardise),
            new(name, NumbersStage, MethodDescriptor.SettingsOf(experiment, name, options)),
            new(FusionStageOf(name), name),
        ],
        (modalities, target, experiment) => new FillMethod(name, modalities, target, experiment, create))
    {
        Purpose = purpose,
        Options = options,
    };

    /// <summary>A module as a checkpoint's.</summary>
    public static IReadOnlyDictionary<string, Module> ModulesOf(Module module) => new Dictionary<string, Module> { [module is LatentNumbers ? "numbers" : "fill"] = module };

    public override void Train(TrainingData data, IStageSequence stages)
    {
        using var train = Baselines.Encode(data.Train, data.TrainFeatures);
        using var valid = Baselines.Encode(data.Valid, data.ValidFeatures);
        stages.Fit(NumbersStage, ModulesOf(_numbers), () => _numbers.Fit(train.Latents, Presence.Of(data.Train)));
        using var rows = new FillData(Layout, data, _numbers.Encode(train.Latents), _numbers.Encode(valid.Latents), x => Fuse(Baselines.Complete.Fusion, Whole(x, [.. Layout.Sizes.Select(_ => (Tensor?)null)])));
        _fill.Train(_name, rows, stages);
        TrainFusion(data.Target, train, valid, rows, stages);
    }

    public override Tensor Predict(EncodedRows rows, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        List<Tensor?> latents = [.. Layout.Sizes.Select((_, m) => observed.Contains(m) ? rows.Latents(m) : null)];
        return Fuse(observed == Layout.All ? Baselines.Complete.Fusion : _fusion, Recover(latents, rows.Keys, observed)).MoveToOuterDisposeScope();
    }

    private static string FusionStageOf(string name) => $"{name}-fusion";

    private void TrainFusion(Target target, LatentStore train, LatentStore valid, FillData rows, IStageSequence stages)
    {
        var (seed, sets, held) = ((ulong)_options.Seed, Patterns.Incomplete(Layout.Sizes.Count), Presence.Of(valid.Split));
        _fusion.load_state_dict(Baselines.Complete.Fusion.state_dict());
        stages.Run(new PlainStage(
            FusionStageOf(_name), seed, FusionModules, _options.Classifier, rows.LabelledRows,
            (batch, random) => Loss(train, [.. batch.Select(row => (row, Of(rows.Present[(int)row], rows.Sets.Draw(sets, random))))], areTraining: true),
            stop => rows.Sets.Mean(rows.Tried, observed =>
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                return Loss(valid, [.. held.Select((own, row) => ((long)row, Of(own, observed)))], areTraining: false).item<float>();
            })));

        static ModalitySet Of(ModalitySet own, ModalitySet observed) => observed.And(own) is { IsEmpty: false } set ? set : own;

        // Recovered set by set, and fused together.
        Tensor Loss(LatentStore store, IReadOnlyList<(long Row, ModalitySet Observed)> asked, bool areTraining)
        {
            var (parts, labels) = (new List<IReadOnlyList<Tensor>>(), new List<Tensor>());
            foreach (var group in asked.GroupBy(a => a.Observed, a => a.Row))
            {
                using var index = tensor([.. group], device: store.Labels.device);
                using (no_grad())
                {
                    parts.Add(Recover([.. store.Latents.Select((x, m) => group.Key.Contains(m) ? x.index_select(0, index) : null)], [.. group.Select(row => store.Keys[(int)row])], group.Key, areTraining));
                }

                labels.Add(store.Labels.index_select(0, index));
            }

            return TargetLoss.Mean(target, Fuse(_fusion, [.. Layout.Sizes.Select((_, m) => cat([.. parts.Select(p => p[m])]))]), cat(labels));
        }
    }

    /// <summary>Standardised latents of every modality; what is null is recovered.</summary>
    private IReadOnlyList<Tensor> Recover(IReadOnlyList<Tensor?> latents, IReadOnlyList<ulong> keys, ModalitySet observed, bool areTraining = false)
    {
        var numbers = _numbers.Encode(latents);
        return Whole(observed == Layout.All ? numbers
            : _fill.Fill(new FillRows(numbers, keys, () => Fuse(Baselines.Complete.Fusion, Whole(numbers, latents))) { AreTraining = areTraining }, observed), latents);
    }

    private IReadOnlyList<Tensor> Whole(Tensor numbers, IReadOnlyList<Tensor?> latents) => [.. latents.Select((x, m) => x ?? _numbers.Decode(m, numbers))];

    private Tensor Fuse(FusionNetwork fusion, IReadOnlyList<Tensor> latents) => fusion.Predict([.. latents.Select((x, m) => Baselines.LatentScale.Restore(m, x))]);
}

/// <summary>Some utterances of one observed set, as what fills their latents sees them.</summary>
/// <param name="Numbers">Their latents (<see cref="LatentNumbers"/>), (row, numbers); 0, the mean, where a modality is missing.</param>
/// <param name="Keys">A key per utterance, which names its noise.</param>
/// <param name="Guess">The outputs of the classifier of complete data with means in place of what is missing.</param>
internal sealed record FillRows(Tensor Numbers, IReadOnlyList<ulong> Keys, Func<Tensor> Guess)
{
    /// <summary>Whether they are rows that the fill has learned from.</summary>
    public bool AreTraining { get; init; }
}

/// <summary>What takes the place of missing latents; everything else is <see cref="FillMethod"/>.</summary>
internal abstract class LatentFill(string name) : Module(name)
{
    /// <summary>Learns from the training split; in one step, unless it is overridden.</summary>
    /// <param name="stage">The name of its stage.</param>
    public virtual void Train(string stage, FillData data, IStageSequence stages) => stages.Fit(stage, FillMethod.ModulesOf(this), () =>
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Fit(data);
    });

    /// <summary>Recovers what is missing.</summary>
    /// <returns>(row, numbers); those of observed modalities are not looked at.</returns>
    public abstract Tensor Fill(FillRows rows, ModalitySet observed);

    /// <summary>Learns what has a closed form.</summary>
    protected virtual void Fit(FillData data) => throw new NotSupportedException();
}

/// <summary>What a fill is made for.</summary>
/// <param name="Options">The settings of the experiment.</param>
internal sealed record FillContext(NumberLayout Layout, Target Target, ExperimentOptions Options);
