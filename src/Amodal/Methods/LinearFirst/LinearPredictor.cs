using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// What is linear in the labels, in closed form, and frozen then. Applied to conditional means it is, unpenalised, the direct
/// regression from what is observed.
/// </summary>
internal sealed class LinearPredictor : Module
{
    private const int Rounds = 2; // over the modalities
    private static readonly double[] _penalties = [1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3, 10, 100];
    private static readonly double[] _factors = [0.1, 10, 1000];
    private readonly IReadOnlyList<int> _sizes;
    private readonly Target _target;

    /// <summary>Of the labels nothing is known yet.</summary>
    /// <param name="sizes">Numbers of each modality.</param>
    public LinearPredictor(IReadOnlyList<int> sizes, Target target)
        : base(nameof(LinearPredictor))
    {
        (_sizes, _target) = (sizes, target);
        register_buffer("weight", zeros(sizes.Sum(), target.Width));
        register_buffer("bias", zeros(target.Width));
        RegisterComponents();
    }

    /// <summary>(numbers, width).</summary>
    public Tensor Weight => get_buffer("weight")!;

    /// <summary>A head's outputs, (row, width).</summary>
    public Tensor Predict(Tensor numbers) => addmm(get_buffer("bias")!, numbers, get_buffer("weight")!, 1, 1);

    /// <summary>
    /// Solves with the penalty of least loss on other rows: one for all, then each modality's own, so that one that only adds
    /// noise is kept down.
    /// </summary>
    /// <param name="moments">Of rows that have every modality.</param>
    /// <param name="valid">(row, numbers), centred.</param>
    /// <param name="validLabels">As <see cref="TargetLoss.Labels"/> gives them.</param>
    public void Fit(LabelMoments moments, Tensor valid, Tensor validLabels)
    {
        using var noGradient = no_grad();
        var common = _penalties.MinBy(penalty => Loss([.. _sizes.Select(_ => penalty)]));
        double[] best = [.. _sizes.Select(_ => common)];
        var least = Loss(best);
        for (var m = 0; m < Rounds * _sizes.Count; m++)
        {
            foreach (var factor in _factors)
            {
                double[] other = [.. best];
                other[m % _sizes.Count] *= factor;
                var loss = Loss(other);
                (best, least) = loss < least ? (other, loss) : (best, least);
            }
        }

        Set(best);

        double Loss(double[] penalties)
        {
            Set(penalties);
            using var scope = NewDisposeScope();
            return TargetLoss.Mean(_target, TargetLoss.Heads(Predict(valid)), validLabels).item<float>();
        }

        void Set(double[] penalties)
        {
            using var scope = NewDisposeScope();
            var (weight, bias) = moments.Solve(tensor([.. _sizes.SelectMany((size, m) => Enumerable.Repeat(penalties[m], size))], device: valid.device));
            get_buffer("weight")!.copy_(weight);
            get_buffer("bias")!.copy_(bias);
        }
    }
}
