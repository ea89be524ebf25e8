namespace Amodal.Methods.TwoStage;

/// <summary>
/// Stage 1b again on straight couples (reflow; Liu, Gong and Liu 2023, section 2.2): the flow that was trained takes noise to
/// latents under each training utterance's conditions, and the networks, going on from its weights, learn the straight ways
/// between.
/// </summary>
internal sealed class ReflowStage : AveragedStage, IDisposable
{
    private const int ValidBatch = 128;
    private const int LeastValidSamples = 512;
    private readonly TwoStageModel _model;
    private readonly ScoreStageOptions _options;
    private readonly LatentStore _train;
    private readonly LatentStore _valid;
    private readonly ScoreNetworks _flow;
    private readonly ConditionSampler _conditions;
    private Couples? _trainCouples;
    private Couples? _validCouples;

    /// <summary>Creates the stage.</summary>
    /// <param name="options">The settings, those of stage 1b.</param>
    /// <param name="live">The weights that are trained, as they begin.</param>
    /// <param name="seed">Seed of everything random.</param>
    public ReflowStage(TwoStageModel model, ScoreStageOptions options, LatentStore train, LatentStore valid, ScoreNetworks flow, ScoreNetworks live, ulong seed)
        : base("reflow", seed, AveragedTraining.Of(options), train.Count, live, "scores", model.Scores)
    {
        (_model, _options, _train, _valid, _flow) = (model, options, train, valid, flow);
        _conditions = new ConditionSampler(model.Modalities.Count, emptyRate: options.EmptyConditionRate);
    }

    public override void Prepare(int epoch, Action<double> progress, CancellationToken stop)
    {
        _trainCouples ??= Draw(_train, _options.ReflowPairs, "reflow", p => progress(p * 0.8), stop);
        _validCouples ??= Draw(_valid, 1, "reflow-validation", p => progress(0.8 + (p * 0.2)), stop);
    }

    public override double Validate(CancellationToken stop)
    {
        using var noGradient = no_grad();
        var random = new StableRandom(Seed, StableRandom.KeyOf("reflow-times"));
        var passes = (LeastValidSamples + _valid.Count - 1) / _valid.Count;
        var (total, count) = (0.0, 0);
        foreach (var which in Enumerable.Range(0, passes).SelectMany(_ => Enumerable.Range(0, _valid.Count).Chunk(ValidBatch)))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            total += Loss("valid", Average, _validCouples!, _ => which, random).item<float>() * which.Length;
            count += which.Length;
        }

        return total / count;
    }

    public void Dispose()
    {
        _trainCouples?.Dispose();
        _validCouples?.Dispose();
    }

    protected override Tensor Loss(long[] batch, StableRandom random) => Loss(
        "train", Live, _trainCouples!, _ => [.. batch.Select(row => ((int)row * _options.ReflowPairs) + random.NextInt(_options.ReflowPairs))], random);

    private Tensor Loss(string part, ScoreNetworks networks, Couples couples, Func<int, int[]> choose, StableRandom random)
    {
        var losses = stack(networks.All.Select((network, m) =>
        {
            var which = choose(m);
            var (z, latent, conditions) = couples.Take(m, which);
            return FlowMatching.CoupledLoss(network, latent, z, conditions, ScoreMatching.DrawTimes(random, which.Length));
        }));
        foreach (var (m, loss) in losses.detach().cpu().data<float>().Index())
        {
            Note($"loss/{part}/{_model.Modalities[m].Name}", loss);
        }

        return losses.sum();
    }

    private Couples Draw(LatentStore store, int perRow, string use, Action<double> progress, CancellationToken stop)
    {
        var plan = SamplingPlan.Create(new SamplerOptions { Kind = SamplerKind.FlowHeun, Nfe = _options.ReflowNfe });
        return Couples.Draw(store, store.Count, perRow, _conditions, new StableRandom(Seed, StableRandom.KeyOf(use)).NextUInt64(),
            (m, z, conditions) => plan.Sampler(ConditionalVelocity.Of(_flow.All[m], conditions), FlowMatching.Path, z, plan.Times(FlowMatching.Path), new UtteranceNoise([])),
            progress, stop);
    }
}
