using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Latents;
using Amodal.Prediction;
using Amodal.Randomness;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Amodal.Training;

/// <summary>Stage 1b: all score networks in one pass on frozen latents, their losses summed (thesis, 5.1.3-5.1.4); the moving average is what is kept.</summary>
internal sealed class ScoreStage : Stage
{
    private const int ValidBatch = 128;
    private const int LeastValidSamples = 512; // the loss varies with t: a small split is passed over several times
    private readonly AmodalModel _model;
    private readonly ScoreStageOptions _options;
    private readonly LatentStore _train;
    private readonly LatentStore _valid;
    private readonly IProcess _process;
    private readonly ConditionSampler _conditions;
    private readonly ScoreNetworks _live;

    public ScoreStage(AmodalModel model, ScoreStageOptions options, LatentStore train, LatentStore valid, ScoreNetworks live, ulong seed)
        : base("score", seed)
    {
        (_model, _options, _train, _valid, _live) = (model, options, train, valid, live);
        _process = model.Options.CreateProcess();
        _conditions = new ConditionSampler(model.Modalities.Count, model.Options.Recovery, options.EmptyConditionRate);
        Trained = new Dictionary<string, Module> { ["live"] = live, ["scores"] = model.Scores };
        Result = new Dictionary<string, Module> { ["scores"] = model.Scores };
        CopyWeights(decay: 0);
    }

    public override int Epochs => _options.Epochs;

    public override int Patience => _options.Patience;

    public override IReadOnlyDictionary<string, Module> Trained { get; }

    public override IReadOnlyDictionary<string, Module> Result { get; }

    public override Adam CreateOptimiser() => optim.Adam(_live.parameters(), _options.LearningRate, weight_decay: _options.WeightDecay);

    public override double TrainEpoch(int epoch, Adam optimiser, Action<double> progress, CancellationToken stop)
    {
        var steps = (epoch - 1) * ((_train.Count + _options.BatchSize - 1) / _options.BatchSize);
        return TrainOnBatches(epoch, _train.Count, _options.BatchSize, optimiser, [_live],
            (batch, random) => Loss("train", _live, _train, batch, random), progress, stop, Follow, _options.GradientNorm > 0 ? Clip : null);

        double Clip(IReadOnlyList<Parameter> parameters) => nn.utils.clip_grad_norm_(parameters, _options.GradientNorm);

        // Early on the average would mostly hold the first random weights: its horizon grows with the steps taken.
        void Follow() => CopyWeights(Math.Min(_options.EmaDecay, (1.0 + ++steps) / (10 + steps)));
    }

    public override double Validate(CancellationToken stop)
    {
        using var noGradient = no_grad();
        var random = new StableRandom(Seed, StableRandom.KeyOf("score-validation"));
        var passes = (LeastValidSamples + _valid.Count - 1) / _valid.Count;
        var (total, count) = (0.0, 0);
        for (var pass = 0; pass < passes; pass++)
        {
            foreach (var batch in Enumerable.Range(0, _valid.Count).Select(i => (long)i).Chunk(ValidBatch))
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                total += Loss("valid", _model.Scores, _valid, batch, random).item<float>() * batch.Length;
                count += batch.Length;
            }
        }

        return total / count;
    }

    private Tensor Loss(string part, ScoreNetworks networks, LatentStore store, long[] batch, StableRandom random)
    {
        var index = tensor(batch, device: store.Labels.device);
        var latents = store.Latents.Select(x => x.index_select(0, index)).ToList();
        using var noise = new TorchNoise(random.NextUInt64(), latents[0].device);
        var losses = stack(networks.All.Select((network, m) =>
        {
            var conditions = _conditions.Draw(random, m, latents);
            var t = ScoreMatching.DrawTimes(random, batch.Length);
            return _model.Options.Objective == Objective.Flow
                ? FlowMatching.Loss(network, latents[m], conditions, t, noise)
                : ScoreMatching.Loss(network, _process, _model.Options.Conditioning, latents[m], conditions, t, noise);
        }));
        foreach (var (m, loss) in losses.detach().cpu().data<float>().Index())
        {
            Note($"loss/{part}/{_model.Modalities[m].Name}", loss, batch.Length);
        }

        return losses.sum();
    }

    private void CopyWeights(double decay)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var share = tensor([(float)(1 - decay)], device: _train.Labels.device);
        foreach (var (average, live) in _model.Scores.parameters().Zip(_live.parameters()))
        {
            average.lerp_(live, share);
        }
    }
}
