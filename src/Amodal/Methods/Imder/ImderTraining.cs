using Amodal.Data;
using Amodal.Methods.Baselines;
using Amodal.Prediction;
using Amodal.Runs;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Methods.Imder;

/// <summary>The baseline IMDer: pretrained on complete data, then trained end to end.</summary>
internal sealed class ImderTraining : MethodTraining
{
    /// <summary>The stage on complete data.</summary>
    public const string Pretraining = "imder-pretraining";

    /// <summary>The stage whose checkpoint holds all networks.</summary>
    public const string Training = "imder";

    private readonly ExperimentOptions _options;
    private readonly ImderModel _model;

    public ImderTraining(IReadOnlyList<Modality> modalities, ExperimentOptions options)
    {
        _options = options;
        Baselines = new BaselineNetworks(modalities, options.ToModelOptions());
        _model = new ImderModel(modalities, options.Imder.Network, options.Imder.Sampler, (ulong)options.Seed);
    }

    public override BaselineNetworks Baselines { get; }

    public override IRecoveryModel Model => _model;

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, nn.Module> Modules)> Checkpoints => [(Training, _model.Modules)];

    /// <summary>On complete data, then end to end.</summary>
    public static IReadOnlyList<StageSettings> Stages(ExperimentOptions options) =>
    [
        new(Pretraining, null, options.Imder.Network, options.Imder.Pretraining),
        new(Training, Pretraining, options.Imder.Sampler, options.Imder.Training),
    ];

    public override void Train(TrainingData data, Action<Stage> run)
    {
        var seed = (ulong)_options.Seed;
        using var trainLabels = tensor(data.Train.Labels, device: data.Device);
        using var validLabels = tensor(data.Valid.Labels, device: data.Device);
        run(new ClassifierStage(
            Pretraining, seed, "classifier", _model.Classifier, _model.Classifier.Predict, _options.Imder.Pretraining,
            data.TrainFeatures, data.ValidFeatures, trainLabels, validLabels, dropModalities: false));
        using var train = _model.Encode(data.Train, data.TrainFeatures);
        using var valid = _model.Encode(data.Valid, data.ValidFeatures);
        _model.Averages.Fit(train.Latents);
        run(new ImderStage(_model, _options.Imder.Training, train, valid, seed));
    }

    public override void Dispose()
    {
        base.Dispose();
        Baselines.Dispose();
    }
}
