using System.Collections.Concurrent;
using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>A linear prediction from what is observed alone, for every observed set its own; solved when it is first asked for. It recovers nothing.</summary>
internal sealed class DirectPredictor : Module
{
    private const int MostSets = 16; // tried per size, to choose a penalty
    private static readonly double[] _penalties = [1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3, 10];
    private readonly ConcurrentDictionary<ModalitySet, (Tensor Weight, Tensor Bias)> _solved = [];
    private readonly IReadOnlyList<int> _sizes;
    private readonly Target _target;

    /// <summary>Of the labels nothing is known yet.</summary>
    /// <param name="sizes">Numbers of each modality.</param>
    public DirectPredictor(IReadOnlyList<int> sizes, Target target)
        : base(nameof(DirectPredictor))
    {
        (_sizes, _target) = (sizes, target);
        Moments = new LabelMoments(sizes.Sum(), target);
        register_module("moments", Moments);
        register_buffer("penalties", ones(sizes.Count, dtype: ScalarType.Float64));
        register_buffer("better", zeros(1));
        RegisterComponents();
    }

    /// <summary>The sums that it is solved from.</summary>
    public LabelMoments Moments { get; }

    /// <summary>Whether it is better on validation than the predictor from what is recovered.</summary>
    public bool IsBetter
    {
        get => get_buffer("better")!.item<float>() != 0;
        set => get_buffer("better")!.fill_(value ? 1 : 0);
    }

    /// <summary>A head's outputs, (row, width).</summary>
    /// <param name="numbers">(row, numbers); those of missing modalities are not looked at.</param>
    public Tensor Predict(Tensor numbers, ModalitySet observed)
    {
        var (weight, bias) = Solved(observed);
        return addmm(bias, numbers, weight, 1, 1);
    }

    /// <summary>The weights of a set, (numbers, width), 0 where they are missing, and the bias, (width); its own.</summary>
    public (Tensor Weight, Tensor Bias) Solved(ModalitySet observed)
    {
        if (!_solved.TryGetValue(observed, out var solved))
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var (weight, bias) = Solve(observed, get_buffer("penalties")![observed.Count - 1].item<double>());
            solved = _solved.GetOrAdd(observed, (weight.to(ScalarType.Float32).DetachFromDisposeScope(), bias.to(ScalarType.Float32).DetachFromDisposeScope()));
        }

        return solved;
    }

    /// <summary>Chooses a penalty per size of observed set, by the loss on other rows. The moments are there.</summary>
    /// <inheritdoc cref="LinearPredictor.Fit"/>
    public void Fit(Tensor valid, Tensor validLabels)
    {
        using var noGradient = no_grad();
        foreach (var ofSize in ObservedSets.Some(_sizes.Count).GroupBy(s => s.Count))
        {
            get_buffer("penalties")![ofSize.Key - 1] = _penalties.MinBy(penalty => ofSize.Take(MostSets).Sum(observed =>
            {
                using var scope = NewDisposeScope();
                var (weight, bias) = Solve(observed, penalty);
                return TargetLoss.Mean(_target, TargetLoss.Heads(valid.matmul(weight.to(ScalarType.Float32)) + bias.to(ScalarType.Float32)), validLabels).item<float>();
            }));
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var (weight, bias) in _solved.Values)
            {
                weight.Dispose();
                bias.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private (Tensor Weight, Tensor Bias) Solve(ModalitySet observed, double penalty)
    {
        using var scope = NewDisposeScope();
        var device = get_buffer("penalties")!.device;
        var (weight, bias) = Moments.Solve(full(_sizes.Sum(), penalty, dtype: ScalarType.Float64, device: device), observed.Count == _sizes.Count ? null : ColumnsOf(observed, device));
        return (weight.MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope());
    }

    private Tensor ColumnsOf(ModalitySet observed, Device device) => cat([.. observed.Members.Select(m =>
        arange(_sizes.Take(m).Sum(), _sizes.Take(m + 1).Sum(), dtype: ScalarType.Int64, device: device))]);
}
