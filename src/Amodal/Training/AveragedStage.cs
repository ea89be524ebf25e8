using static TorchSharp.torch.nn;

namespace Amodal.Training;

/// <summary>A stage that trains one network per modality on frozen latents, all in one pass, and keeps the moving average of their weights.</summary>
internal abstract class AveragedStage : Stage
{
    private const int ValidBatch = 128;
    private const int LeastValidSamples = 512;
    private readonly AveragedTraining _training;

    /// <summary>The average begins as the live networks are.</summary>
    protected AveragedStage(string name, ulong seed, AveragedTraining training, LatentStore train, ScoreNetworks live, string resultName, ScoreNetworks average)
        : base(name, seed)
    {
        (_training, Train, Live, Average) = (training, train, live, average);
        Trained = new Dictionary<string, Module> { ["live"] = live, [resultName] = average };
        Result = new Dictionary<string, Module> { [resultName] = average };
        CopyWeights(decay: 0);
    }

    public override int Epochs => _training.Epochs;

    public override int Patience => _training.Patience;

    public override IReadOnlyDictionary<string, Module> Trained { get; }

    public override IReadOnlyDictionary<string, Module> Result { get; }

    protected LatentStore Train { get; }

    protected ScoreNetworks Live { get; }

    protected ScoreNetworks Average { get; }

    public override Adam CreateOptimiser() => optim.Adam(Live.parameters(), _training.LearningRate, weight_decay: _training.WeightDecay);

    public override double TrainEpoch(int epoch, Adam optimiser, Action<double> progress, CancellationToken stop)
    {
        var steps = (epoch - 1) * ((Train.Count + _training.BatchSize - 1) / _training.BatchSize);
        return TrainOnBatches(epoch, Train.Count, _training.BatchSize, optimiser, [Live], Loss, progress, stop, Follow, _training.GradientNorm > 0 ? Clip : null);

        double Clip(IReadOnlyList<Parameter> parameters) => nn.utils.clip_grad_norm_(parameters, _training.GradientNorm);

        // Early on the average would mostly hold the first weights: its horizon grows with the steps taken.
        void Follow() => CopyWeights(Math.Min(_training.EmaDecay, (1.0 + ++steps) / (10 + steps)));
    }

    /// <summary>The loss of the live networks on a batch of training rows.</summary>
    protected abstract Tensor Loss(long[] batch, StableRandom random);

    /// <summary>The rows of the store's latents, of every modality.</summary>
    protected static List<Tensor> Rows(LatentStore store, long[] batch)
    {
        var index = tensor(batch, device: store.Labels.device);
        return [.. store.Latents.Select(x => x.index_select(0, index))];
    }

    /// <summary>The mean loss over a split's rows; a small split is passed over several times, since the loss varies with t.</summary>
    protected static double MeanLoss(int rows, Func<int[], Tensor> loss, CancellationToken stop)
    {
        using var noGradient = no_grad();
        var passes = (LeastValidSamples + rows - 1) / rows;
        var total = 0.0;
        foreach (var which in Enumerable.Range(0, passes).SelectMany(_ => Enumerable.Range(0, rows).Chunk(ValidBatch)))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            total += loss(which).item<float>() * which.Length;
        }

        return total / (passes * rows);
    }

    /// <summary>The sum of the modalities' losses; each is noted.</summary>
    protected Tensor Sum(string part, IEnumerable<Tensor> losses, double weight = 1)
    {
        var all = stack(losses);
        foreach (var (m, loss) in all.detach().cpu().data<float>().Index())
        {
            Note($"loss/{part}/{Train.Split.Features[m].Modality.Name}", loss, weight);
        }

        return all.sum();
    }

    private void CopyWeights(double decay)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var share = tensor([(float)(1 - decay)], device: Live.parameters().First().device);
        foreach (var (average, live) in Average.parameters().Zip(Live.parameters()))
        {
            average.lerp_(live, share);
        }
    }
}

/// <summary>How an <see cref="AveragedStage"/> is trained; each setting as in its stage's options.</summary>
internal sealed record AveragedTraining(
    int Epochs, int Patience, double LearningRate, double WeightDecay, int BatchSize, double EmaDecay, double GradientNorm)
{
    public static AveragedTraining Of(ScoreStageOptions o) =>
        new(o.Epochs, o.Patience, o.LearningRate, o.WeightDecay, o.BatchSize, o.EmaDecay, o.GradientNorm);

    public static AveragedTraining Of(Diffusion.Distillation.DistillationOptions o) =>
        new(o.Epochs, o.Patience, o.LearningRate, o.WeightDecay, o.BatchSize, o.EmaDecay, o.GradientNorm);
}
