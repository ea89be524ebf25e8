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

/// <summary>
/// Stage 1b again on straight pairs (reflow; Liu, Gong and Liu 2023, section 2.2): the flow that was trained takes noise to
/// latents under each training utterance's conditions, and the networks, going on from its weights, learn the straight ways
/// between.
/// </summary>
internal sealed class ReflowStage(
    TwoStageModel model, ScoreStageOptions options, LatentStore train, LatentStore valid, ScoreNetworks flow, ScoreNetworks live, ulong seed)
    : AveragedStage("reflow", seed, AveragedTraining.Of(options), train, live, "scores", model.Scores), IDisposable
{
    private readonly ConditionSampler _conditions = new(model.Modalities.Count, emptyRate: options.EmptyConditionRate);
    private LatentPairs? _trainPairs;
    private LatentPairs? _validPairs;

    public override void Prepare(int epoch, Action<double> progress, CancellationToken stop)
    {
        _trainPairs ??= Draw(Train, options.ReflowPairs, "reflow", p => progress(p * 0.8), stop);
        _validPairs ??= Draw(valid, 1, "reflow-validation", p => progress(0.8 + (p * 0.2)), stop);
    }

    public override double Validate(CancellationToken stop)
    {
        var random = new StableRandom(Seed, StableRandom.KeyOf("reflow-times"));
        return MeanLoss(valid.Count, which => Loss("valid", Average, _validPairs!, _ => which, random), stop);
    }

    public void Dispose()
    {
        _trainPairs?.Dispose();
        _validPairs?.Dispose();
    }

    protected override Tensor Loss(long[] batch, StableRandom random) => Loss(
        "train", Live, _trainPairs!, _ => [.. batch.Select(row => ((int)row * options.ReflowPairs) + random.NextInt(options.ReflowPairs))], random);

    private Tensor Loss(string part, ScoreNetworks networks, LatentPairs pairs, Func<int, int[]> choose, StableRandom random) => Sum(part, networks.All.Select((network, m) =>
    {
        var which = choose(m);
        var (z, latent, conditions) = pairs.Take(m, which);
        return FlowMatching.PairedLoss(network, latent, z, conditions, ScoreMatching.DrawTimes(random, which.Length));
    }));

    private LatentPairs Draw(LatentStore store, int perRow, string use, Action<double> progress, CancellationToken stop)
    {
        var plan = SamplingPlan.Create(new SamplerOptions { Kind = SamplerKind.FlowHeun, Nfe = options.ReflowNfe });
        return LatentPairs.Draw(store, store.Count, perRow, _conditions, new StableRandom(Seed, StableRandom.KeyOf(use)).NextUInt64(),
            (m, z, conditions) => plan.Sampler(ConditionalVelocity.Of(flow.All[m], conditions), FlowMatching.Path, z, plan.Times(FlowMatching.Path), new UtteranceNoise([])),
            progress, stop);
    }
}
