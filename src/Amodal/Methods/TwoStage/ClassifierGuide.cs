namespace Amodal.Methods.TwoStage;

/// <summary>
/// What classifier guidance is trained with: for each modality a classifier of its noisy latents, p(y | x_t, t), whose gradient guides
/// its recovery; and one of what is observed, which says towards which label, since at prediction no label is known. Owned by the model.
/// </summary>
internal sealed class ClassifierGuide
{
    private const int ValidBatch = 256;
    private readonly IReadOnlyList<LatentShape> _shapes;
    private readonly IProcess _process;
    private readonly ExperimentOptions _options;
    private readonly Target _target;
    private readonly LatentStandardiser _scale;
    private readonly IReadOnlyList<ModalitySet> _incomplete;
    private readonly TrainedSets _sets;

    /// <summary>Creates the networks with fresh weights from torch's global generator.</summary>
    /// <param name="scale">The scale of the latents, by which they come to the fusion network.</param>
    public ClassifierGuide(IReadOnlyList<LatentShape> shapes, ExperimentOptions options, LatentStandardiser scale, Target target)
    {
        (_shapes, _process, _options, _scale, _target) = (shapes, options.CreateProcess(), options, scale, target);
        (_incomplete, _sets) = (Patterns.Incomplete(shapes.Count), new TrainedSets(shapes.Count, options.MissingRate));
        Label = new FusionNetwork(shapes, options.Fusion, target.Width);
        Noisy = new NoisyClassifiers(shapes, _process, options.Backbone.Width, TargetLikelihood.Width(target));
    }

    /// <summary>Predicts the label from the latents of any observed set, the training mean in the others' place.</summary>
    public FusionNetwork Label { get; }

    /// <summary>The classifiers of noisy latents, in the data set's order.</summary>
    public NoisyClassifiers Noisy { get; }

    /// <summary>The stages with what their checkpoints hold, in order.</summary>
    public IReadOnlyList<(string Stage, IReadOnlyDictionary<string, nn.Module> Modules)> Checkpoints =>
    [
        ("guide-label", new Dictionary<string, nn.Module> { ["guideLabel"] = Label }),
        ("guide", new Dictionary<string, nn.Module> { ["guides"] = Noisy }),
    ];

    /// <summary>Floating-point operations of a gradient for one utterance: an evaluation, and as many again on the way back.</summary>
    public static long CountFlops(LatentShape shape, ExperimentOptions options) => 2 * NoisyClassifier.CountFlops(shape, options.Backbone.Width);

    /// <summary>A score guided to the label that the conditions speak for. What they say is worked out here, once, in the caller's dispose scope.</summary>
    /// <param name="given">The observed modalities, at least one; zero in rows that lack them.</param>
    public ScoreFunction Guide(ScoreFunction score, int target, IReadOnlyList<Condition> given, double weight)
    {
        using var noGradient = no_grad();
        var first = given[0].Latent;
        var latents = _shapes.Select((s, m) => given.FirstOrDefault(c => c.Modality == m)?.Latent ?? zeros(first.shape[0], s.Channels, s.Length, device: first.device));
        var beliefs = TargetLikelihood.OfOutputs(_target, Predict(latents));
        return ClassifierGuidance.Of(score, (x, t) => TargetLikelihood.Log(_target, Noisy.All[target].Evaluate(x, t), beliefs), weight);
    }

    /// <summary>Trains <see cref="Label"/>, each utterance with a random observed set; the best epoch is that with the least loss over these.</summary>
    /// <param name="train">Utterances that have a label.</param>
    public Stage LabelStage(LatentStore train, LatentStore valid, ulong seed)
    {
        return Plain(Checkpoints[0], train, seed, Loss, stop => _sets.Mean(_incomplete, set => MeanOver(valid, stop, rows =>
            TargetLoss.Mean(_target, Predict(Dropped(Rows(valid, rows), [.. rows.Select(_ => set)])), Labels(valid, rows)))));

        Tensor Loss(long[] batch, StableRandom random) => TargetLoss.Mean(
            _target, Predict(Dropped(Rows(train, batch), [.. batch.Select(_ => _sets.Draw(_incomplete, random))])), Labels(train, batch));
    }

    /// <summary>Trains the classifiers of noisy latents by their likelihood, at times drawn as those of score matching.</summary>
    /// <inheritdoc cref="LabelStage"/>
    public Stage NoisyStage(LatentStore train, LatentStore valid, ulong seed)
    {
        return Plain(Checkpoints[1], train, seed, (batch, random) => Loss(train, batch, random), stop =>
        {
            var random = new StableRandom(seed, StableRandom.KeyOf("guide-validation"));
            return MeanOver(valid, stop, rows => Loss(valid, rows, random));
        });

        Tensor Loss(LatentStore store, long[] rows, StableRandom random)
        {
            using var noise = new TorchNoise(random.NextUInt64(), store.Labels.device);
            var beliefs = TargetLikelihood.OfLabels(_target, Labels(store, rows));
            return Rows(store, rows).Select((x, m) =>
            {
                var times = ScoreMatching.DrawTimes(random, rows.Length);
                var noisy = (_process.Alpha(times, x) * x).Plus(_process.Std(times, x) * noise.Like(x));
                return -TargetLikelihood.Log(_target, Noisy.All[m].Evaluate(noisy, tensor(times, x.dtype, x.device)), beliefs).mean();
            }).Aggregate((a, b) => a + b);
        }
    }

    private PlainStage Plain(
        (string Stage, IReadOnlyDictionary<string, nn.Module> Modules) of, LatentStore train, ulong seed, Func<long[], StableRandom, Tensor> loss, Func<CancellationToken, double> validate) =>
        new(of.Stage, seed, of.Modules, _options.Classifier, [.. Enumerable.Range(0, train.Count).Select(row => (long)row)], loss, validate);

    private Tensor Predict(IEnumerable<Tensor> latents) => Label.Predict([.. latents.Select((x, m) => _scale.Restore(m, x))]);

    private static IEnumerable<Tensor> Dropped(IEnumerable<Tensor> latents, ModalitySet[] sets) =>
        latents.Select((x, m) => x * tensor(sets.Select(s => s.Contains(m) ? 1f : 0f).ToArray(), [sets.Length, 1, 1], device: x.device));

    private static IEnumerable<Tensor> Rows(LatentStore store, long[] rows) =>
        store.Latents.Select(x => x.index_select(0, tensor(rows, device: x.device)));

    private static Tensor Labels(LatentStore store, long[] rows) => store.Labels.index_select(0, tensor(rows, device: store.Labels.device));

    /// <summary>The mean of a mean loss over a split's rows, some at a time.</summary>
    private static double MeanOver(LatentStore store, CancellationToken stop, Func<long[], Tensor> loss)
    {
        var total = 0.0;
        foreach (var rows in Enumerable.Range(0, store.Count).Select(row => (long)row).Chunk(ValidBatch))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            total += loss(rows).item<float>() * rows.Length;
        }

        return total / store.Count;
    }
}
