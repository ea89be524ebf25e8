using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// What is linear in the labels, in closed form, and frozen then: ridge regression of a score; of classes the logits of linear
/// discriminant analysis, whose classes are Gaussians with one covariance. Applied to conditional means it is, unpenalised, the
/// direct regression from what is observed.
/// </summary>
internal sealed class LinearPredictor : Module
{
    private static readonly double[] _penalties = [1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3, 10, 100];

    /// <summary>Of the labels nothing is known yet.</summary>
    public LinearPredictor(int numbers, int width)
        : base(nameof(LinearPredictor))
    {
        register_buffer("weight", zeros(numbers, width));
        register_buffer("bias", zeros(width));
        RegisterComponents();
    }

    /// <summary>A head's outputs, (row, width).</summary>
    public Tensor Predict(Tensor numbers) => addmm(get_buffer("bias")!, numbers, get_buffer("weight")!, 1, 1);

    /// <summary>Fits on some rows; the penalty is the one with the least loss on others.</summary>
    /// <param name="train">(row, numbers), centred.</param>
    /// <param name="labels">As <see cref="TargetLoss.Labels"/> gives them.</param>
    /// <param name="target">What is predicted.</param>
    public void Fit(Tensor train, Tensor labels, Tensor valid, Tensor validLabels, Target target)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (x, y) = (train.to(ScalarType.Float64), labels.reshape(train.shape[0], -1));
        List<Func<double, (Tensor Weight, Tensor Bias)>> parts = target is SeveralTarget several
            ? [.. several.Places().Select(p => Part(x, y.select(1, p.Label), p.Target))]
            : [Part(x, y.select(1, 0), target)];
        var (weight, bias) = (get_buffer("weight")!, get_buffer("bias")!);
        var best = _penalties.MinBy(penalty =>
        {
            Set(penalty);
            using var inner = NewDisposeScope();
            return TargetLoss.Mean(target, TargetLoss.Heads(Predict(valid)), validLabels).item<float>();
        });
        Set(best);

        void Set(double penalty)
        {
            using var inner = NewDisposeScope();
            var found = parts.Select(part => part(penalty)).ToList();
            weight.copy_(cat([.. found.Select(f => f.Weight)], 1));
            bias.copy_(cat([.. found.Select(f => f.Bias)]));
        }
    }

    private static Func<double, (Tensor Weight, Tensor Bias)> Part(Tensor x, Tensor labels, Target target)
    {
        var known = labels.isnan().logical_not();
        var (rows, y) = (x[known], labels[known].to(ScalarType.Float64));
        return target is ClassTarget classes ? Classes(rows, y, classes.Width) : Score(rows, y);
    }

    private static Func<double, (Tensor Weight, Tensor Bias)> Score(Tensor x, Tensor y)
    {
        var (mean, average) = (x.mean([0]), y.mean());
        var centred = x - mean;
        var (gram, right) = (centred.t().matmul(centred) / x.shape[0], centred.t().matmul((y - average).unsqueeze(1)) / x.shape[0]);
        return penalty =>
        {
            var weight = linalg.solve(Penalised(gram, penalty), right);
            return (weight, average.reshape(1) - mean.matmul(weight));
        };
    }

    private static Func<double, (Tensor Weight, Tensor Bias)> Classes(Tensor x, Tensor y, int count)
    {
        var of = functional.one_hot(y.to(ScalarType.Int64), count).to(ScalarType.Float64);
        var counts = of.sum([0]);
        // A class without a row has the mean of all, and the odds of one row.
        var means = (of.t().matmul(x) + x.mean([0])) / (counts + 1).unsqueeze(1);
        var within = x - of.matmul(means);
        var gram = within.t().matmul(within) / x.shape[0];
        var odds = ((counts + 1) / (counts.sum() + count)).log();
        return penalty =>
        {
            var weight = linalg.solve(Penalised(gram, penalty), means.t());
            return (weight, odds - ((means.t() * weight).sum([0]) / 2));
        };
    }

    private static Tensor Penalised(Tensor gram, double penalty) =>
        gram + (eye(gram.shape[0], dtype: gram.dtype, device: gram.device) * (penalty * gram.diagonal().mean().clamp_min(1e-300)));
}
