using static TorchSharp.torch.nn;

namespace Amodal.Methods.Imder;

/// <summary>
/// IMDer's training end to end: in every step the missing modalities are sampled, aligned and fused, and prediction, score
/// networks and decoders learn at once, L = L1 + 0.1 (score losses + reconstruction). No gradient goes through the sampler,
/// and the input convolutions stay as they were pretrained.
/// </summary>
internal sealed class ImderStage(ImderModel model, ImderStageOptions options, LatentStore train, LatentStore valid, ulong seed) : Stage("imder", seed)
{
    private readonly SamplingPlan _plan = ImderModel.PlanOf(options.Nfe == 0 ? model.Sampler : model.Sampler with { Nfe = options.Nfe });

    public override int Epochs => options.Epochs;

    public override int Patience => options.Patience;

    public override IReadOnlyDictionary<string, Module> Trained { get; } = model.Modules;

    private Module[] Learning => [model.Classifier.Fusion, model.Scores, model.Decoders];

    public override Adam CreateOptimiser() => optim.Adam(Learning.SelectMany(m => m.parameters()), options.LearningRate);

    public override void BeforeEpoch(IReadOnlyList<EpochRecord> curve, Adam optimiser)
    {
        foreach (var group in optimiser.ParamGroups)
        {
            group.LearningRate = options.LearningRate * PlateauSchedule.FactorAfter(curve.Select(e => e.ValidLoss), options.PlateauPatience);
        }

        KeepMoving(optimiser);
    }

    public override double TrainEpoch(int epoch, Adam optimiser, Action<double> progress, CancellationToken stop)
    {
        // zero_grad leaves gradients of 0 and not none: Adam goes on moving networks that a step does not use, as published.
        Queue<ModalitySet[]>? patterns = null;
        return TrainOnBatches(epoch, train.Count, options.BatchSize, optimiser, Learning, (rows, random) =>
        {
            patterns ??= new(Patterns(train.Count, random));
            using var noise = new TorchNoise(random.NextUInt64(), train.Labels.device);
            return Loss(rows, patterns.Dequeue(), random, noise);
        }, progress, stop, limit: Limit);
    }

    /// <summary>The prediction's L1 where modalities are missing as in training; the same missing sets and noise in every epoch.</summary>
    public override double Validate(CancellationToken stop)
    {
        using var noGradient = no_grad();
        var random = new StableRandom(Seed, StableRandom.KeyOf("imder-validation"));
        var (truth, predictions) = (new List<float>(), new List<float>());
        var order = Enumerable.Range(0, valid.Count).Select(i => (long)i).ToArray();
        random.Shuffle(order.AsSpan());
        foreach (var (rows, observed) in order.Chunk(options.BatchSize).Zip(Patterns(valid.Count, random)))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var noise = new TorchNoise(random.NextUInt64(), valid.Labels.device);
            var index = tensor(rows, device: valid.Labels.device);
            var latents = valid.Latents.Select(x => x.index_select(0, index)).ToList();
            foreach (var group in Groups(observed))
            {
                RecoverInto(latents, group, noise);
            }

            truth.AddRange(valid.Labels.index_select(0, index).cpu().data<float>());
            predictions.AddRange(model.Fuse(latents).cpu().data<float>());
        }

        NoteMetrics(Target.Score, [.. truth], [.. predictions]);
        return truth.Zip(predictions, (y, p) => (double)Math.Abs(p - y)).Average();
    }

    private Tensor Loss(long[] rows, ModalitySet[] observed, StableRandom random, INoise noise)
    {
        var index = tensor(rows, device: train.Labels.device);
        var truth = train.Latents.Select(x => x.index_select(0, index)).ToList();
        var latents = truth.ToList();
        var own = new List<Tensor>();
        foreach (var group in Groups(observed))
        {
            var share = (double)group.Rows.Length / rows.Length;
            var given = truth.Select(x => Of(group, x)).ToList();
            foreach (var m in Missing(group))
            {
                var t = ImderLoss.DrawTimes(random, group.Rows.Length);
                var condition = model.Scores.Condition(m, given, group.Observed);
                own.Add(ImderLoss.Score(model.Scores.All[m], model.Process, given[m], condition, t, noise).Times(share));
            }

            RecoverInto(latents, group, noise);
            own.AddRange(Missing(group).Select(m => (Of(group, latents[m]) - given[m]).square().mean().Times(share)));
        }

        var task = (model.Fuse(latents) - train.Labels.index_select(0, index)).abs().mean();
        return own.Count == 0 ? task : task.Plus(stack(own).sum().Times(options.LossWeight));
    }

    /// <summary>Puts sampled and aligned latents in the place of those that a group misses.</summary>
    private void RecoverInto(List<Tensor> latents, Group group, INoise noise)
    {
        var given = latents.Select(x => Of(group, x)).ToList();
        foreach (var m in Missing(group))
        {
            Tensor condition;
            using (no_grad())
            {
                condition = model.Scores.Condition(m, given, group.Observed);
            }

            var aligned = model.Align(m, model.Sample(m, condition, _plan, noise));
            latents[m] = group.IsWhole ? aligned : latents[m].index_copy(0, Places(group, aligned), aligned);
        }
    }

    /// <summary>What is observed in every row of every batch.</summary>
    private IReadOnlyList<ModalitySet[]> Patterns(int rows, StableRandom random) => ImderPatterns.Draw(
        [.. Enumerable.Range(0, rows).Chunk(options.BatchSize).Select(b => b.Length)], model.Modalities.Count, options.MissingRate, options.MissingSetPer, random);

    private double Limit(IReadOnlyList<Parameter> parameters)
    {
        var norm = NormOfGradient(parameters);
        if (options.GradientLimit > 0)
        {
            nn.utils.clip_grad_value_(parameters.Where(HasGradient), options.GradientLimit);
        }

        return norm;
    }

    private IEnumerable<int> Missing(Group group) => ModalitySet.All(model.Modalities.Count).Without(group.Observed).Members;

    private static IEnumerable<Group> Groups(ModalitySet[] observed) => observed.Select((o, i) => (o, Row: (long)i)).GroupBy(x => x.o, x => x.Row)
        .Select(g => new Group(g.Key, [.. g], g.Count() == observed.Length));

    private static Tensor Of(Group group, Tensor x) => group.IsWhole ? x : x.index_select(0, Places(group, x));

    private static Tensor Places(Group group, Tensor like) => tensor(group.Rows, device: like.device);

    private static bool HasGradient(Parameter parameter)
    {
        using var gradient = parameter.grad;
        return gradient is not null;
    }

    /// <summary>The rows of a batch that share an observed set.</summary>
    private sealed record Group(ModalitySet Observed, long[] Rows, bool IsWhole);
}

/// <summary>torch's ReduceLROnPlateau with factor 0.5 as a function of the losses so far, so that a resumed run needs no state.</summary>
internal static class PlateauSchedule
{
    private const double Factor = 0.5;
    private const double Threshold = 1e-4; // a loss counts as lower from this share on

    /// <summary>The learning rate's factor after these validation losses.</summary>
    public static double FactorAfter(IEnumerable<double> losses, int patience)
    {
        var (factor, best, bad) = (1.0, double.PositiveInfinity, 0);
        foreach (var loss in losses)
        {
            (best, bad) = loss < best * (1 - Threshold) ? (loss, 0) : (best, bad + 1);
            if (bad > patience)
            {
                (factor, bad) = (factor * Factor, 0);
            }
        }

        return factor;
    }
}

/// <summary>The terms of IMDer's loss that are its own.</summary>
internal static class ImderLoss
{
    /// <summary>Training times, one a row: t ~ U[1e-5, 1).</summary>
    public static double[] DrawTimes(StableRandom random, int batch) =>
        [.. Enumerable.Range(0, batch).Select(_ => (random.NextDouble() * (1 - ScoreMatching.TimeMargin)) + ScoreMatching.TimeMargin)];

    /// <summary>
    /// |score std + z|^2 summed over a latent, the mean over the batch. One z perturbs target and condition; in sampling the
    /// condition's noise is drawn afresh (docs/methods/conditioning.md on what that does).
    /// </summary>
    /// <param name="network">The target's network.</param>
    /// <param name="target">The true latent, (batch, channels, time).</param>
    /// <param name="condition">The merged condition, (batch, channels, time).</param>
    public static Tensor Score(ConditionalUNet network, IProcess process, Tensor target, Tensor condition, double[] t, INoise noise)
    {
        using var scope = NewDisposeScope();
        var z = noise.Like(target);
        var shift = process.Std(t, target) * z;
        var raw = network.Forward(target.Plus(shift), tensor(t, target.dtype, target.device), condition.Plus(shift));
        return raw.Plus(z).square().sum([1, 2]).mean().MoveToOuterDisposeScope();
    }
}
