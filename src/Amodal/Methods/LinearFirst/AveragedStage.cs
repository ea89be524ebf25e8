using TorchSharp;
using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>Trains a network in so many steps, with warm-up and half a cosine; the moving average of its weights is kept.</summary>
internal abstract class AveragedStage : Stage, IDisposable
{
    private const int LeastSteps = 50; // between looks at the validation split
    private const double WarmUp = 0.05;
    private readonly ResidualNetwork _kept;
    private readonly LinearFirstOptions _options;
    private readonly IReadOnlyList<long> _train;
    private readonly int _repeats;
    private readonly int _stepsOfEpoch;

    /// <summary>The average begins as the live network is.</summary>
    /// <param name="kept">Where the average is.</param>
    /// <param name="live">A network of the same shape, which the stage disposes of.</param>
    /// <param name="train">The rows that are drawn.</param>
    protected AveragedStage(string name, ulong seed, ResidualNetwork kept, ResidualNetwork live, LinearFirstOptions options, IReadOnlyList<long> train, Device device)
        : base(name, seed)
    {
        (_kept, Live, _options, _train) = (kept, live, options, train);
        _ = Live.to(device);
        Follow(0, from: kept, to: Live);
        _repeats = Math.Max(1, (LeastSteps * _options.BatchSize) / Math.Max(1, _train.Count));
        _stepsOfEpoch = ((_train.Count * _repeats) + _options.BatchSize - 1) / _options.BatchSize;
        Trained = new Dictionary<string, Module> { ["live"] = Live, ["network"] = kept };
        Result = new Dictionary<string, Module> { ["network"] = kept };
    }

    public override int Epochs => (_options.Steps + _stepsOfEpoch - 1) / _stepsOfEpoch;

    public override int Patience => Epochs;

    public override bool HasFixedSteps => true;

    public override IReadOnlyDictionary<string, Module> Trained { get; }

    public override IReadOnlyDictionary<string, Module> Result { get; }

    /// <summary>The network that the optimiser moves.</summary>
    protected ResidualNetwork Live { get; }

    public override Adam CreateOptimiser() => optim.Adam(Live.parameters(), RateAt(0), weight_decay: _options.WeightDecay);

    public override double TrainEpoch(int epoch, Adam optimiser, Action<double> progress, CancellationToken stop)
    {
        var step = (epoch - 1) * _stepsOfEpoch;
        SetRate();
        return TrainOnBatches(epoch, _train.Count * _repeats, _options.BatchSize, optimiser, [Live],
            (batch, random) => Loss([.. batch.Select(i => _train[(int)(i % _train.Count)])], random), progress, stop, Took);

        void Took()
        {
            step++;
            AfterStep();
            // Early on the average would mostly hold the first weights: its horizon grows with the steps taken.
            Follow(Math.Min(_options.EmaDecay, (1.0 + step) / (10 + step)), from: Live, to: _kept);
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

    public void Dispose() => Live.Dispose();

    private double RateAt(int step)
    {
        var (done, warm) = ((step + 1.0) / (Epochs * _stepsOfEpoch), WarmUp);
        return _options.LearningRate * (done < warm ? done / warm : (1 + Math.Cos(Math.PI * Math.Min(1, (done - warm) / (1 - warm)))) / 2);
    }

    /// <summary>What the live network is held to.</summary>
    protected virtual void AfterStep()
    {
    }

    /// <summary>Of the live network on these training rows.</summary>
    protected abstract Tensor Loss(IReadOnlyList<long> rows, StableRandom random);

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
