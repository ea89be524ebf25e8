using static TorchSharp.torch.nn;

namespace Amodal.Training;

/// <summary>A stage of Adam on shuffled batches of rows, whose losses are functions.</summary>
/// <param name="modules">What is trained, by name.</param>
/// <param name="rows">The training rows that are drawn.</param>
/// <param name="loss">The loss of some of them.</param>
/// <param name="validate">The loss that selects the best epoch; called without gradients, in evaluation mode.</param>
internal sealed class PlainStage(
    string name, ulong seed, IReadOnlyDictionary<string, Module> modules, ClassifierStageOptions options, IReadOnlyList<long> rows,
    Func<long[], StableRandom, Tensor> loss, Func<CancellationToken, double> validate)
    : Stage(name, seed)
{
    /// <summary>The share of the learning rate in an epoch, from 1; null for all of it always.</summary>
    public Func<int, double>? Rate { get; init; }

    /// <summary>Told the number of every epoch before it, from 1.</summary>
    public Action<int>? EpochBegins { get; init; }

    /// <summary>The greatest norm of the gradient; 0 for any.</summary>
    public double GradientNorm { get; init; }

    /// <summary>The greatest size of each number of the gradient; 0 for any.</summary>
    public double GradientValue { get; init; }

    /// <summary>How much of Adam's running mean of gradients stays at a step.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether batches are so much larger than asked for that the last is not much smaller than the others.</summary>
    public bool HasEvenBatches { get; init; }

    /// <summary>What is kept of the best epoch, by name; null for all that is trained.</summary>
    public IReadOnlyDictionary<string, Module>? Kept { get; init; }

    public override int Epochs => options.Epochs;

    public override int Patience => options.Patience;

    public override IReadOnlyDictionary<string, Module> Trained => modules;

    public override IReadOnlyDictionary<string, Module> Result => Kept ?? modules;

    public override Adam CreateOptimiser() =>
        optim.Adam(modules.Values.SelectMany(m => m.parameters()).Where(p => p.requires_grad), options.LearningRate, beta1: Momentum, weight_decay: options.WeightDecay);

    public override void BeforeEpoch(IReadOnlyList<EpochRecord> curve, Adam optimiser)
    {
        EpochBegins?.Invoke(curve.Count + 1);
        foreach (var group in optimiser.ParamGroups)
        {
            group.LearningRate = options.LearningRate * (Rate?.Invoke(curve.Count + 1) ?? 1);
        }

        KeepMoving(optimiser); // a batch may leave out a network
    }

    public override double TrainEpoch(int epoch, Adam optimiser, Action<double> progress, CancellationToken stop)
    {
        var batches = Math.Max(1, rows.Count / options.BatchSize);
        var size = HasEvenBatches ? (rows.Count + batches - 1) / batches : options.BatchSize;
        return TrainOnBatches(epoch, rows.Count, size, optimiser, [.. modules.Values], (batch, random) => loss([.. batch.Select(i => rows[(int)i])], random), progress, stop,
            limit: GradientNorm > 0 ? parameters => nn.utils.clip_grad_norm_(parameters, GradientNorm) : GradientValue > 0 ? Clip : null);

        double Clip(IReadOnlyList<Parameter> parameters)
        {
            var norm = NormOfGradient(parameters);
            nn.utils.clip_grad_value_(parameters, GradientValue);
            return norm;
        }
    }

    public override double Validate(CancellationToken stop)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return validate(stop);
    }
}
