namespace Amodal.Methods.TwoStage;

/// <summary>Stage 1b: all score networks in one pass on frozen latents, their losses summed (thesis, 5.1.3-5.1.4); the moving average is what is kept.</summary>
internal sealed class ScoreStage(
    TwoStageModel model, ScoreStageOptions options, LatentStore train, LatentStore valid, ScoreNetworks live, ulong seed)
    : AveragedStage("score", seed, AveragedTraining.Of(options), train, live, "scores", model.Scores)
{
    private readonly IProcess _process = model.Options.CreateProcess();
    private readonly ConditionSampler _conditions = new(model.Modalities.Count, model.Options.Recovery, options.EmptyConditionRate);

    public override double Validate(CancellationToken stop)
    {
        var random = new StableRandom(Seed, StableRandom.KeyOf("score-validation"));
        return MeanLoss(valid.Count, which => Loss("valid", Average, valid, [.. which.Select(row => (long)row)], random), stop);
    }

    protected override Tensor Loss(long[] batch, StableRandom random) => Loss("train", Live, Train, batch, random);

    private Tensor Loss(string part, ScoreNetworks networks, LatentStore store, long[] batch, StableRandom random)
    {
        var latents = Rows(store, batch);
        using var noise = new TorchNoise(random.NextUInt64(), latents[0].device);
        return Sum(part, networks.All.Select((network, m) =>
        {
            var conditions = _conditions.Draw(random, m, latents);
            var t = ScoreMatching.DrawTimes(random, batch.Length);
            return model.Options.Objective == Objective.Flow
                ? FlowMatching.Loss(network, latents[m], conditions, t, noise)
                : ScoreMatching.Loss(network, _process, model.Options.Conditioning, latents[m], conditions, t, noise);
        }), batch.Length);
    }
}
