using Amodal.Data;
using Amodal.Prediction;
using Amodal.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Training;

/// <summary>The two-stage method: score networks on the frozen latents of the floors' classifier, then alignment decoders and fusion.</summary>
internal sealed class AmodalTraining : MethodTraining
{
    private readonly ExperimentOptions _options;
    private readonly AmodalModel _model;

    public AmodalTraining(IReadOnlyList<Modality> modalities, ExperimentOptions options)
    {
        _options = options;
        _model = new AmodalModel(modalities, options.ToModelOptions(), (ulong)options.Seed);
    }

    public override FloorModels Floors => _model.Floors;

    public override IRecoveryModel Model => _model;

    public override IReadOnlyList<string> StageNames => ["score", "recovery"];

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, nn.Module> Modules)> Checkpoints =>
    [
        ("score", new Dictionary<string, nn.Module> { ["scores"] = _model.Scores }),
        ("recovery", new Dictionary<string, nn.Module> { ["decoders"] = _model.Decoders, ["fusion"] = _model.Fusion }),
    ];

    public override void Train(TrainingData data, Action<Stage> run)
    {
        var seed = (ulong)_options.Seed;
        using var train = _model.Encode(data.Train, data.TrainFeatures);
        using var valid = _model.Encode(data.Valid, data.ValidFeatures);
        // Torch's generator is where the stages before left it, or at its start where they were loaded: the weights must not depend on that.
        Stage.SeedTorch(new StableRandom(seed, StableRandom.KeyOf("score-weights")).NextUInt64());
        using (var live = _model.CreateScoreNetworks(seed))
        {
            live.to(data.Device);
            run(new ScoreStage(_model, _options.Score, train, valid, live, seed));
        }

        CopyWeights(_model.Complete.Fusion, _model.Fusion);
        using var recovery = new RecoveryStage(_model, _options.Stage2, train, valid, seed);
        run(recovery);
    }

    /// <summary>Stage 2 starts from the fusion that stage 1a trained.</summary>
    private static void CopyWeights(nn.Module from, nn.Module to)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var target = to.state_dict();
        foreach (var (name, x) in from.state_dict())
        {
            target[name].copy_(x);
        }
    }
}
