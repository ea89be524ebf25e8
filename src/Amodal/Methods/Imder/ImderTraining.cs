namespace Amodal.Methods.Imder;

/// <summary>The baseline IMDer: pretrained on complete data, then trained end to end.</summary>
internal sealed class ImderTraining : MethodTraining
{
    /// <summary>The stage on complete data.</summary>
    public const string Pretraining = "imder-pretraining";

    /// <summary>The stage whose checkpoint holds all networks.</summary>
    public const string Training = "imder";

    private readonly ExperimentOptions _experiment;
    private readonly ImderModel _model;

    public ImderTraining(IReadOnlyList<Modality> modalities, Target target, ExperimentOptions options)
    {
        if (target is not ScoreTarget)
        {
            throw new InputException("method", Descriptor.Name, $"predicts a score, as it was published, and the labels are {target.Text}; choose another method.");
        }

        _experiment = options;
        Baselines = new BaselineNetworks(modalities, options, target);
        _model = new ImderModel(modalities, Of(options).Network, Of(options).Sampler, (ulong)options.Seed);
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = new("imder", Stages, (modalities, target, options) => new ImderTraining(modalities, target, options))
    {
        Options = new ImderExperimentOptions(),
        Check = ImderRules.Check,
        Outlook = ImderOutlook.Of,
    };

    public override BaselineNetworks Baselines { get; }

    public override IRecoveryModel Recovery => _model;

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, nn.Module> Modules)> Checkpoints => [(Training, _model.Modules)];

    /// <summary>On complete data, then end to end.</summary>
    public static IReadOnlyList<StageSettings> Stages(ExperimentOptions options) =>
    [
        new(Pretraining, null, Of(options).Network, Of(options).Pretraining),
        new(Training, Pretraining, Of(options).Sampler, Of(options).Training),
    ];

    public override void Train(TrainingData data, IStageSequence stages)
    {
        var seed = (ulong)_experiment.Seed;
        using var pretraining = new ClassifierStage(new(Pretraining, "classifier", _model.Classifier, _model.Classifier.Predict), seed, Of(_experiment).Pretraining, data);
        stages.Run(pretraining);
        using var train = _model.Encode(data.Train, data.TrainFeatures);
        using var valid = _model.Encode(data.Valid, data.ValidFeatures);
        _model.Averages.Fit(train.Latents);
        using var labelled = data.OfLabelled(train); // where it is the same store, it is disposed of twice, which does no harm
        stages.Run(new ImderStage(_model, StageOf(_experiment), labelled, valid, seed));
    }

    private static ImderStageOptions StageOf(ExperimentOptions experiment) =>
        experiment.MissingRate > 0 ? Of(experiment).Training with { MissingRate = experiment.MissingRate } : Of(experiment).Training;

    private static ImderExperimentOptions Of(ExperimentOptions experiment) => experiment.Methods.Of<ImderExperimentOptions>();
}

/// <summary>The training split's average latents, kept in the checkpoint.</summary>
internal sealed class LatentAverages : nn.Module
{
    public LatentAverages(int modalities, LatentShape shape)
        : base(nameof(LatentAverages))
    {
        for (var m = 0; m < modalities; m++)
        {
            register_buffer($"average{m}", zeros(1, shape.Channels, shape.Length));
        }
    }

    /// <summary>(1, channels, time).</summary>
    public Tensor Of(int modality) => get_buffer($"average{modality}")!;

    public void Fit(IReadOnlyList<Tensor> latents)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        for (var m = 0; m < latents.Count; m++)
        {
            Of(m).copy_(latents[m].mean([0], keepdim: true));
        }
    }
}
