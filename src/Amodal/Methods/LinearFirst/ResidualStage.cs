using TorchSharp;
using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>Trains a network on what the linear part leaves, each utterance with a random observed set; the moving average of its weights is kept.</summary>
internal sealed class ResidualStage : Stage, IDisposable
{
    private const int LeastSteps = 50; // between looks at the validation split
    private const double WarmUp = 0.05;
    private readonly LinearFirstModel _model;
    private readonly ResidualNetwork _kept;
    private readonly ResidualNetwork _live;
    private readonly LinearFirstOptions _options;
    private readonly ResidualRows _rows;
    private readonly IReadOnlyList<ModalitySet> _sets;
    private readonly Tensor? _answers;
    private readonly List<long> _train;
    private readonly int _repeats;
    private readonly int _stepsOfEpoch;

    /// <summary>The average begins as the live network is.</summary>
    /// <param name="kept">Where the average is.</param>
    /// <param name="sets">The observed sets that are drawn, and validated.</param>
    /// <param name="answers">A teacher's of every training row, as <see cref="LinearFirstModel"/> gives them; null to learn from labels alone.</param>
    public ResidualStage(string name, ulong seed, LinearFirstModel model, ResidualNetwork kept, ResidualRows rows, IReadOnlyList<ModalitySet> sets, Tensor? answers = null)
        : base(name, seed)
    {
        (_model, _kept, _options, _rows, _sets, _answers) = (model, kept, model.Options, rows, sets, answers);
        _live = model.CreateNetwork();
        _ = _live.to(rows.Train.Labels.device);
        Follow(0, from: kept, to: _live);
        _train = [.. rows.Train.All.Where(row => answers is not null || rows.Train.IsLabelled[(int)row])];
        _repeats = Math.Max(1, (LeastSteps * _options.BatchSize) / Math.Max(1, _train.Count));
        _stepsOfEpoch = ((_train.Count * _repeats) + _options.BatchSize - 1) / _options.BatchSize;
        Trained = new Dictionary<string, Module> { ["live"] = _live, ["network"] = kept };
        Result = new Dictionary<string, Module> { ["network"] = kept };
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
        return TrainOnBatches(epoch, _train.Count * _repeats, _options.BatchSize, optimiser, [_live], Loss, progress, stop, AfterStep);

        void AfterStep()
        {
            step++;
            // Early on the average would mostly hold the first weights: its horizon grows with the steps taken.
            Follow(Math.Min(_options.EmaDecay, (1.0 + step) / (10 + step)), from: _live, to: _kept);
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

    /// <summary>The loss of the kept network, averaged over the observed sets.</summary>
    public override double Validate(CancellationToken stop)
    {
        using var noGradient = no_grad();
        return _sets.Average(observed =>
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (outputs, order) = _model.Predict(_rows.Valid.Numbers, _rows.Valid.All.Select(row => (row, _rows.Valid.Observed(row, observed))), _kept);
            return TargetLoss.Mean(_rows.Target, outputs, At(_rows.Valid.Labels, order)).item<float>();
        });
    }

    public void Dispose() => _live.Dispose();

    private double RateAt(int step)
    {
        var (done, warm) = ((step + 1.0) / (Epochs * _stepsOfEpoch), WarmUp);
        return _options.LearningRate * (done < warm ? done / warm : (1 + Math.Cos(Math.PI * Math.Min(1, (done - warm) / (1 - warm)))) / 2);
    }

    private Tensor Loss(long[] batch, StableRandom random)
    {
        var drawn = batch.Select(i => _train[(int)(i % _train.Count)]).Select(row => (row, _rows.Train.Observed(row, _sets[random.NextInt(_sets.Count)]))).ToList();
        var (outputs, order) = _model.Predict(_rows.Train.Numbers, drawn, _live);
        if (_answers is null)
        {
            return TargetLoss.Mean(_rows.Target, outputs, At(_rows.Train.Labels, order));
        }

        var taught = TargetLoss.Taught(_rows.Target, outputs, At(_answers, order)) * _options.Teacher;
        long[] labelled = [.. Enumerable.Range(0, order.Length).Where(i => _rows.Train.IsLabelled[(int)order[i]]).Select(i => (long)i)];
        return labelled.Length == 0 ? taught
            : taught + ((1 - _options.Teacher) * TargetLoss.Mean(_rows.Target, At(outputs, labelled), At(_rows.Train.Labels, [.. labelled.Select(i => order[i])])));
    }

    private static Tensor At(Tensor x, long[] rows)
    {
        using var index = tensor(rows, device: x.device);
        return x.index_select(0, index);
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
