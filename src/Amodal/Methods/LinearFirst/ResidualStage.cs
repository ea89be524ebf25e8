using TorchSharp;
using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>Trains the network on the closed form's residual, each utterance with a random observed set; the moving average of its weights is kept.</summary>
internal sealed class ResidualStage : Stage, IDisposable
{
    private const int LeastSteps = 50; // between looks at the validation split
    private const double WarmUp = 0.05;
    private readonly LinearFirstModel _model;
    private readonly ResidualNetwork _live;
    private readonly LinearFirstOptions _options;
    private readonly Target _target;
    private readonly IReadOnlyList<ModalitySet> _sets;
    private readonly IReadOnlyList<Tensor> _train;
    private readonly IReadOnlyList<Tensor> _valid;
    private readonly Tensor _trainLabels;
    private readonly Tensor _validLabels;
    private readonly int _repeats;
    private readonly int _stepsOfEpoch;

    /// <summary>The average begins as the live network is.</summary>
    public ResidualStage(LinearFirstModel model, LinearFirstOptions options, TrainingData data, ulong seed, string name)
        : base(name, seed)
    {
        (_model, _options, _target) = (model, options, data.Target);
        using var noGradient = no_grad();
        var modalities = data.TrainFeatures.Values.Count;
        _sets = Sets(modalities);
        _train = [.. data.TrainFeatures.Values.Select((x, m) => model.Gaussian.Encode(m, x))];
        _valid = [.. data.ValidFeatures.Values.Select((x, m) => model.Gaussian.Encode(m, x))];
        _trainLabels = TargetLoss.Labels(data.Train.Labels, data.Train.Count, data.Device);
        _validLabels = TargetLoss.Labels(data.Valid.Labels, data.Valid.Count, data.Device);
        _live = new ResidualNetwork(model.Gaussian.Numbers, modalities, data.Target.Width, options);
        _ = _live.to(data.Device);
        model.Network.Scale(model.Gaussian.Scales());
        Follow(0, from: model.Network, to: _live);
        _repeats = Math.Max(1, (LeastSteps * options.BatchSize) / Math.Max(1, data.Train.Count));
        _stepsOfEpoch = ((data.Train.Count * _repeats) + options.BatchSize - 1) / options.BatchSize;
        Trained = new Dictionary<string, Module> { ["live"] = _live, ["network"] = model.Network };
        Result = new Dictionary<string, Module> { ["network"] = model.Network };
    }

    public override int Epochs => (_options.Steps + _stepsOfEpoch - 1) / _stepsOfEpoch;

    public override int Patience => Epochs;

    public override IReadOnlyDictionary<string, Module> Trained { get; }

    public override IReadOnlyDictionary<string, Module> Result { get; }

    public override Adam CreateOptimiser() => optim.Adam(_live.parameters(), RateAt(0), weight_decay: _options.WeightDecay);

    public override double TrainEpoch(int epoch, Adam optimiser, Action<double> progress, CancellationToken stop)
    {
        var step = (epoch - 1) * _stepsOfEpoch;
        SetRate();
        return TrainOnBatches(epoch, (int)_trainLabels.shape[0] * _repeats, _options.BatchSize, optimiser, [_live], Loss, progress, stop, AfterStep);

        void AfterStep()
        {
            step++;
            // Early on the average would mostly hold the first weights: its horizon grows with the steps taken.
            Follow(Math.Min(_options.EmaDecay, (1.0 + step) / (10 + step)), from: _live, to: _model.Network);
            SetRate();
        }

        void SetRate()
        {
            foreach (var group in optimiser.ParamGroups)
            {
                group.LearningRate = RateAt(step);
            }
        }
    }

    public override double Validate(CancellationToken stop)
    {
        using var noGradient = no_grad();
        return _sets.Average(observed =>
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            return TargetLoss.Mean(_target, _model.Predict(_valid, observed, _model.Network), _validLabels).item<float>();
        });
    }

    public void Dispose()
    {
        _live.Dispose();
        foreach (var x in (Tensor[])[.. _train, .. _valid, _trainLabels, _validLabels])
        {
            x.Dispose();
        }
    }

    /// <summary>Every set that is trained and validated on: all of up to ten modalities; of more, one of each size and start.</summary>
    private static IReadOnlyList<ModalitySet> Sets(int modalities) => modalities <= Patterns.MaximumModalities
        ? Patterns.All(modalities)
        : [.. Enumerable.Range(1, modalities).SelectMany(count => Enumerable.Range(0, modalities)
            .Select(first => ModalitySet.Of([.. Enumerable.Range(first, count).Select(m => m % modalities)]))).Distinct()];

    private double RateAt(int step)
    {
        var (done, warm) = ((step + 1.0) / (Epochs * _stepsOfEpoch), WarmUp);
        return _options.LearningRate * (done < warm ? done / warm : (1 + Math.Cos(Math.PI * Math.Min(1, (done - warm) / (1 - warm)))) / 2);
    }

    private Tensor Loss(long[] batch, StableRandom random)
    {
        var rows = _trainLabels.shape[0];
        var bySet = batch.Select(row => (Row: row % rows, Set: _sets[random.NextInt(_sets.Count)])).ToLookup(b => b.Set, b => b.Row);
        return bySet.Select(set =>
        {
            var index = tensor(set.ToArray(), device: _trainLabels.device);
            return TargetLoss.Sum(_target, _model.Predict([.. _train.Select(x => x.index_select(0, index))], set.Key, _live), _trainLabels.index_select(0, index));
        }).Aggregate((a, b) => a + b) / batch.Length;
    }

    private static void Follow(double decay, ResidualNetwork from, ResidualNetwork to)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var share = tensor([(float)(1 - decay)], device: from.parameters().First().device);
        foreach (var (old, live) in to.parameters().Concat(to.buffers()).Zip(from.parameters().Concat(from.buffers())))
        {
            old.lerp_(live, share);
        }
    }
}
