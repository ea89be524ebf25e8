using static TorchSharp.torch.nn;

namespace Amodal.Methods.TwoStage;

/// <summary>
/// Stage 2: alignment decoders and fusion on latents recovered ahead by the frozen score networks,
/// L = L_task + lambda L_align (thesis, 5.23). The complete set is no part of it: where nothing is missing, the fusion of
/// stage 1a answers (<see cref="TwoStageModel.FuseComplete"/>), and what this one would say there should select nothing.
/// </summary>
internal sealed class RecoveryStage(TwoStageModel model, RecoveryStageOptions options, LatentStore train, LatentStore valid, ulong seed)
    : Stage("recovery", seed), IDisposable
{
    private readonly TrainedSets _sets = new(model.Modalities.Count, model.Options.MissingRate);
    private RecoveryCache? _trainCache;
    private RecoveryCache? _validCache;

    public override int Epochs => options.Epochs;

    public override int Patience => options.Patience;

    public override IReadOnlyDictionary<string, Module> Trained { get; } =
        new Dictionary<string, Module> { ["decoders"] = model.Decoders, ["fusion"] = model.Fusion };

    private Target Target => model.Target;

    private bool UsesDecoders => model.Options.Alignment.Enabled;

    public override Adam CreateOptimiser() => optim.Adam(
        model.Fusion.parameters().Concat(UsesDecoders ? model.Decoders.parameters() : []), options.LearningRate, weight_decay: options.WeightDecay);

    public override void Prepare(int epoch, Action<double> progress, CancellationToken stop)
    {
        var refresh = options.RefreshEvery == 0 ? 0 : (epoch - 1) / options.RefreshEvery;
        if (_trainCache?.Draw == refresh)
        {
            return;
        }

        _trainCache?.Dispose();
        _trainCache = null;
        var path = model.CreatePath(Seed);
        var total = _validCache is null ? 2.0 : 1.0;
        _trainCache = RecoveryCache.Fill(train, path, options.SetsPerUtterance, Seed, refresh, p => progress(p / total), stop);
        // Validation is on every incomplete set, on recoveries drawn once: the same inputs in every epoch.
        _validCache ??= RecoveryCache.Fill(valid, path, 0, Seed, 0, p => progress((1 + p) / total), stop);
    }

    public override double TrainEpoch(int epoch, Adam optimiser, Action<double> progress, CancellationToken stop) =>
        TrainOnBatches(epoch, train.Count, options.BatchSize, optimiser, [model.Decoders, model.Fusion],
            (batch, random) => Loss(batch, random), progress, stop);

    public override double Validate(CancellationToken stop)
    {
        using var noGradient = no_grad();
        return _sets.Mean(Patterns.Incomplete(valid.Latents.Count), observed =>
        {
            var (total, predictions) = (0.0, new List<float>());
            foreach (var batch in Enumerable.Range(0, valid.Count).Select(i => (long)i).Chunk(256))
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var index = tensor(batch, device: valid.Labels.device);
                var latents = Assemble(valid, _validCache!, batch, index, [.. batch.Select(_ => observed)], recovered: null);
                var predicted = model.Fuse(latents);
                total += TargetLoss.Sum(Target, predicted, valid.Labels.index_select(0, index)).item<float>();
                predictions.AddRange(predicted.cpu().data<float>());
            }

            NoteMetrics(Target, valid.Split.Labels, [.. predictions]);
            return total / valid.Count;
        });
    }

    public void Dispose()
    {
        _trainCache?.Dispose();
        _validCache?.Dispose();
    }

    private Tensor Loss(long[] batch, StableRandom random)
    {
        var index = tensor(batch, device: train.Labels.device);
        var observed = batch.Select(row => _trainCache!.DrawPattern((int)row, random, _sets)).ToArray();
        var recovered = new List<(Tensor Aligned, Tensor Truth)>();
        var latents = Assemble(train, _trainCache!, batch, index, observed, recovered);
        var features = model.Fusion.Features(Restore(latents));
        var loss = TargetLoss.Mean(Target, model.Fusion.Predict(features), train.Labels.index_select(0, index));
        Note("loss/train/task", loss.item<float>(), batch.Length);
        if (!UsesDecoders)
        {
            return loss;
        }

        var alignment = AlignmentLoss.Total(recovered, features, () => TrueFeatures(index), model.Options.Alignment.PerceptualWeight);
        Note("loss/train/alignment", alignment.item<float>(), batch.Length);
        return loss.Plus(alignment.Times(model.Options.Alignment.Weight));
    }

    /// <summary>What the fusion network makes of true latents, without dropout: a target is to be the same at every look.</summary>
    private Tensor TrueFeatures(Tensor index)
    {
        model.Fusion.eval();
        var features = model.Fusion.Features(Restore(train.Latents.Select(x => x.index_select(0, index))));
        model.Fusion.train();
        return features;
    }

    private List<Tensor> Restore(IEnumerable<Tensor> latents) => [.. latents.Select((x, m) => model.LatentScale.Restore(m, x))];

    /// <summary>The batch's latents: true where observed, else recovered and aligned; those are added to the list beside their truth.</summary>
    private List<Tensor> Assemble(
        LatentStore store, RecoveryCache cache, long[] batch, Tensor index, Observation[] observed, List<(Tensor Aligned, Tensor Truth)>? recovered)
    {
        return [.. store.Latents.Select((all, m) =>
        {
            var truth = all.index_select(0, index);
            var missing = Enumerable.Range(0, batch.Length).Where(i => !observed[i].Contains(m)).Select(i => (long)i).ToArray();
            if (missing.Length == 0)
            {
                return truth;
            }

            var places = tensor(missing, device: truth.device);
            var aligned = model.Align(m, cache.Gather(m, missing.Select(i => ((int)batch[i], observed[i]))));
            recovered?.Add((aligned, truth.index_select(0, places)));
            return truth.index_copy(0, places, aligned);
        })];
    }
}
