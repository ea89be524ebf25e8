using static TorchSharp.torch.nn;

namespace Amodal.Methods.Baselines;

/// <summary>A network from the raw features of every modality to a prediction, and the stage that trains it.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Name">The network's name in the stage's checkpoint.</param>
/// <param name="Predict">Its answer to standardised features.</param>
/// <param name="DropsModalities">Whether it is trained on random sets of them.</param>
internal sealed record StagedClassifier(string Stage, string Name, Module Network, Func<IReadOnlyList<Tensor>, Tensor> Predict, bool DropsModalities = false)
{
    /// <summary>What the checkpoint holds.</summary>
    public IReadOnlyDictionary<string, Module> Modules => new Dictionary<string, Module> { [Name] = Network };
}

/// <summary>Stage 1a and the baselines beside it: a classifier on raw features (thesis, 5.22).</summary>
internal sealed class ClassifierStage(StagedClassifier classifier, ulong seed, ClassifierStageOptions options, TrainingData data)
    : Stage(classifier.Stage, seed), IDisposable
{
    private const int ValidBatch = 256;
    private readonly Tensor _trainLabels = TargetLoss.Labels(data.Labelled.Labels, data.Labelled.Count, data.Device);
    private readonly Tensor _validLabels = TargetLoss.Labels(data.Valid.Labels, data.Valid.Count, data.Device);

    public override int Epochs => options.Epochs;

    public override int Patience => options.Patience;

    public override IReadOnlyDictionary<string, Module> Trained { get; } = classifier.Modules;

    public override Adam CreateOptimiser() => optim.Adam(classifier.Network.parameters(), options.LearningRate, weight_decay: options.WeightDecay);

    public override double TrainEpoch(int epoch, Adam optimiser, Action<double> progress, CancellationToken stop) =>
        TrainOnBatches(epoch, data.Labelled.Count, options.BatchSize, optimiser, [classifier.Network], Loss, progress, stop);

    public override double Validate(CancellationToken stop)
    {
        using var noGradient = no_grad();
        var patterns = classifier.DropsModalities ? Patterns.All(data.ValidFeatures.Values.Count) : [ModalitySet.All(data.ValidFeatures.Values.Count)];
        return data.Sets.Mean(patterns, observed => ValidLoss(observed, stop));
    }

    public void Dispose()
    {
        _trainLabels.Dispose();
        _validLabels.Dispose();
    }

    private Tensor Loss(long[] batch, StableRandom random)
    {
        var index = tensor(batch, device: _trainLabels.device);
        var features = data.LabelledFeatures.Values.Select(x => x.index_select(0, index)).ToList();
        return TargetLoss.Mean(data.Target, classifier.Predict(classifier.DropsModalities ? Drop(features, random) : features), _trainLabels.index_select(0, index));
    }

    /// <summary>Each utterance keeps a random non-empty set; what it loses is zero, as padding is.</summary>
    private List<Tensor> Drop(List<Tensor> features, StableRandom random)
    {
        var rows = (int)features[0].shape[0];
        var patterns = Patterns.All(features.Count);
        var drawn = Enumerable.Range(0, rows).Select(_ => data.Sets.Draw(patterns, random)).ToArray();
        return [.. features.Select((x, m) => x * tensor(
            drawn.Select(p => p.Contains(m) ? 1f : 0f).ToArray(), [rows, 1, 1], device: x.device))];
    }

    private double ValidLoss(ModalitySet observed, CancellationToken stop)
    {
        using var outer = NewDisposeScope();
        var rows = data.Valid.Count;
        var total = 0.0;
        var predictions = new List<float>();
        for (var start = 0; start < rows; start += ValidBatch)
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var count = Math.Min(ValidBatch, rows - start);
            var features = data.ValidFeatures.Values.Select((x, m) => observed.Contains(m)
                ? x.narrow(0, start, count) : zeros(count, x.shape[1], x.shape[2], device: x.device)).ToList();
            var predicted = classifier.Predict(features);
            total += TargetLoss.Sum(data.Target, predicted, _validLabels.narrow(0, start, count)).item<float>();
            predictions.AddRange(predicted.cpu().data<float>());
        }

        NoteMetrics(data.Target, data.Valid.Labels, [.. predictions]);

        return total / rows;
    }
}
