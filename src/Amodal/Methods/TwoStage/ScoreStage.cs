namespace Amodal.Methods.TwoStage;

/// <summary>Stage 1b: all score networks in one pass on frozen latents, their losses summed (thesis, 5.1.3-5.1.4); the moving average is what is kept.</summary>
internal sealed class ScoreStage : AveragedStage
{
    private const int ValidBatch = 128;
    private const int LeastValidSamples = 512; // the loss varies with t: a small split is passed over several times
    private readonly TwoStageModel _model;
    private readonly LatentStore _train;
    private readonly LatentStore _valid;
    private readonly IProcess _process;
    private readonly ConditionSampler _conditions;

    public ScoreStage(TwoStageModel model, ScoreStageOptions options, LatentStore train, LatentStore valid, ScoreNetworks live, ulong seed)
        : base("score", seed, AveragedTraining.Of(options), train.Count, live, "scores", model.Scores)
    {
        (_model, _train, _valid) = (model, train, valid);
        _process = model.Options.CreateProcess();
        _conditions = new ConditionSampler(model.Modalities.Count, model.Options.Recovery, options.EmptyConditionRate);
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
                total += Loss("valid", Average, _valid, batch, random).item<float>() * batch.Length;
                count += batch.Length;
            }
        }

        return total / count;
    }

    protected override Tensor Loss(long[] batch, StableRandom random) => Loss("train", Live, _train, batch, random);

    private Tensor Loss(string part, ScoreNetworks networks, LatentStore store, long[] batch, StableRandom random)
    {
        var latents = Rows(store, batch);
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
}
