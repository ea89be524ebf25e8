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
