using Amodal.Methods.TwoStage;
using static TorchSharp.torch.nn;

namespace Amodal.Methods.Baselines;

/// <summary>
/// The networks of the baselines that every method has to beat, and the statistics of the training split: trained alike
/// whatever the method. The classifier of complete data is stage 1a of the method, too. Owns its weights.
/// </summary>
internal sealed class BaselineNetworks : IDisposable
{
    /// <summary>Creates every network with fresh weights from torch's global generator, which the caller seeds.</summary>
    /// <param name="modalities">The data's modalities, at least two.</param>
    public BaselineNetworks(IReadOnlyList<Modality> modalities, ExperimentOptions options, Target target)
    {
        Complete = new Classifier(modalities, options, target);
        Dropout = new Classifier(modalities, options, target);
        Primary = TwoStageModel.PrimaryModality(modalities);
        Language = new UnimodalClassifier(modalities[Primary], options, target);
        Statistics = new ModelStatistics(modalities, Complete.Encoders.Shapes, target);
        LatentScale = new LatentStandardiser(Complete.Encoders.Shapes, options.Latents.Standardise);
    }

    /// <summary>Encoders and fusion that saw complete data only; filled with zeros or averages where something is missing.</summary>
    public Classifier Complete { get; }

    /// <summary>The strongest baseline: a classifier trained with modalities dropped and zero-filled.</summary>
    public Classifier Dropout { get; }

    /// <summary>The baseline that sees the primary modality only.</summary>
    public UnimodalClassifier Language { get; }

    /// <summary>Index of <see cref="Language"/>'s modality.</summary>
    public int Primary { get; }

    /// <summary>Statistics of the training split.</summary>
    public ModelStatistics Statistics { get; }

    /// <summary>The scale of <see cref="Complete"/>'s latents.</summary>
    public LatentStandardiser LatentScale { get; }

    /// <summary>The classifiers in the order in which they are trained.</summary>
    public IReadOnlyList<StagedClassifier> Classifiers =>
    [
        new("classifier", "complete", Complete, Complete.Predict),
        new("dropout-baseline", "dropout", Dropout, Dropout.Predict, DropsModalities: true),
        new("language-baseline", "language", Language, features => Language.Predict(features[Primary])),
    ];

    /// <summary>All modules by the name they have in checkpoints.</summary>
    public IReadOnlyDictionary<string, Module> Modules => new Dictionary<string, Module>
    {
        ["complete"] = Complete,
        ["statistics"] = Statistics,
        ["latentScale"] = LatentScale,
        ["dropout"] = Dropout,
        ["language"] = Language,
    };

    /// <summary>Encodes utterances by the classifier of complete data.</summary>
    /// <param name="features">Their standardised features.</param>
    public LatentStore Encode(Split rows, FeatureTensors features) => LatentStore.Encode(rows, features, Complete.Encoders, LatentScale);

    /// <summary>Predicts by the classifier that only saw complete data, with a constant in each missing latent's place.</summary>
    /// <param name="latents">Standardised, (rows, channels, time) of every modality; null where it is missing.</param>
    /// <param name="fill">What takes a missing modality's place, not standardised, (channels, time).</param>
    /// <returns>(rows).</returns>
    public Tensor PredictFilled(IReadOnlyList<Tensor?> latents, Func<int, Tensor> fill)
    {
        using var scope = NewDisposeScope();
        var rows = latents.First(l => l is not null)!.shape[0];
        return Complete.Fusion.Predict([.. latents.Select((x, m) => x is not null ? LatentScale.Restore(m, x) : fill(m).unsqueeze(0).expand(rows, -1, -1))]).MoveToOuterDisposeScope();
    }

    /// <summary>Takes the latents' average and scale from training features.</summary>
    public void FitLatents(FeatureTensors train)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        // In parts: what the convolutions make of a whole training split in between takes gigabytes.
        var latents = train.Values.Select((x, m) => LatentStore.InParts(x, part => Complete.Encoders.Encode(m, part))).ToList();
        Statistics.FitLatents([.. latents.Select(l => l.mean([0]))]);
        LatentScale.Fit(latents);
    }

    public void Dispose() => Modules.Values.Free();
}

/// <summary>Encoders and fusion: from raw features of every modality to a prediction (stage 1a, and the baselines that fill what is missing).</summary>
internal sealed class Classifier : Module
{
    [ComponentName(Name = "encoders")] private readonly Encoders _encoders;
    [ComponentName(Name = "fusion")] private readonly FusionNetwork _fusion;

    public Classifier(IReadOnlyList<Modality> modalities, ExperimentOptions options, Target target)
        : base(nameof(Classifier))
    {
        _encoders = new Encoders(modalities, options.Latents);
        _fusion = new FusionNetwork(_encoders.Shapes, options.Fusion, target.Width);
        RegisterComponents();
    }

    /// <summary>The shallow encoders.</summary>
    public Encoders Encoders => _encoders;

    public FusionNetwork Fusion => _fusion;

    /// <summary>Predicts from standardised features, one (batch, time, width) per modality.</summary>
    /// <returns>(batch), or (batch, width) where the target is wider than 1.</returns>
    public Tensor Predict(IReadOnlyList<Tensor> features)
    {
        using var scope = NewDisposeScope();
        return _fusion.Predict(_encoders.Encode(features)).MoveToOuterDisposeScope();
    }
}

/// <summary>A classifier that sees one modality: its encoder, a self-attention transformer, and a dense layer on the last step.</summary>
internal sealed class UnimodalClassifier : Module
{
    [ComponentName(Name = "encoder")] private readonly ShallowEncoder _encoder;
    [ComponentName(Name = "transformer")] private readonly CrossModalTransformer _transformer;
    [ComponentName(Name = "output")] private readonly Linear _output;

    public UnimodalClassifier(Modality modality, ExperimentOptions options, Target target)
        : base(nameof(UnimodalClassifier))
    {
        _encoder = new ShallowEncoder(modality, options.Latents);
        _transformer = new CrossModalTransformer(_encoder.Shape.Channels, _encoder.Shape.Length, options.Fusion);
        _output = Linear(_encoder.Shape.Channels, target.Width);
        RegisterComponents();
    }

    /// <summary>Predicts from standardised features, (batch, time, width).</summary>
    /// <returns>(batch), or (batch, width) where the target is wider than 1.</returns>
    public Tensor Predict(Tensor features)
    {
        using var scope = NewDisposeScope();
        var steps = _encoder.forward(features).transpose(1, 2);
        return TargetLoss.Heads(_output.forward(_transformer.Encode(steps).select(1, -1))).MoveToOuterDisposeScope();
    }
}
