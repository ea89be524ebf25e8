using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// Sums over rows with labels, from which the linear prediction from any numbers has a closed form: ridge regression of a score; of
/// classes the logits of linear discriminant analysis, whose classes are Gaussians with one covariance.
/// </summary>
internal sealed class LabelMoments : Module
{
    private readonly IReadOnlyList<Target> _parts;
    private readonly int _numbers;

    /// <summary>Of the labels nothing is known yet.</summary>
    /// <param name="numbers">How many numbers a row has.</param>
    public LabelMoments(int numbers, Target target)
        : base(nameof(LabelMoments))
    {
        _numbers = numbers;
        _parts = target is SeveralTarget several ? [.. several.Places().Select(p => p.Target)] : [target];
        foreach (var (part, label) in _parts.Index())
        {
            register_buffer($"gram{part}", zeros(numbers, numbers, dtype: ScalarType.Float64));
            register_buffer($"right{part}", zeros(numbers, label.Width, dtype: ScalarType.Float64));
            register_buffer($"mean{part}", zeros(numbers, dtype: ScalarType.Float64));
            register_buffer($"base{part}", zeros(label.Width, dtype: ScalarType.Float64));
        }

        RegisterComponents();
    }

    /// <summary>Takes the sums.</summary>
    /// <param name="x">(row, numbers), double.</param>
    /// <param name="labels">As <see cref="TargetLoss.Labels"/> gives them; a row without a label says nothing of it.</param>
    /// <param name="held">1 where a row has a number, and 0 elsewhere; sums are then over the rows that have both. Null where each has all.</param>
    public void Fit(Tensor x, Tensor labels, Tensor? held = null)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var y = labels.reshape(x.shape[0], -1);
        foreach (var (part, label) in _parts.Index())
        {
            var known = y.select(1, part).isnan().logical_not();
            var (rows, values) = (x[known], y.select(1, part)[known].to(ScalarType.Float64));
            var weights = held?[known];
            var (mean, gram, right, start) = label is ClassTarget classes ? OfClasses(rows, values, weights, classes.Width) : OfScore(rows, values, weights);
            get_buffer($"mean{part}")!.copy_(mean);
            get_buffer($"gram{part}")!.copy_(gram);
            get_buffer($"right{part}")!.copy_(right);
            get_buffer($"base{part}")!.copy_(start);
        }
    }

    /// <summary>The prediction's weights and bias, (numbers, width) and (width).</summary>
    /// <param name="penalties">Of every number, relative to the average variance.</param>
    /// <param name="columns">The numbers that it is from, in order; the others' weights are zero. Null for all.</param>
    public (Tensor Weight, Tensor Bias) Solve(Tensor penalties, Tensor? columns = null)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var solved = _parts.Select((label, part) =>
        {
            var (gram, right, mean, start) = (get_buffer($"gram{part}")!, get_buffer($"right{part}")!, get_buffer($"mean{part}")!, get_buffer($"base{part}")!);
            var each = penalties;
            if (columns is not null)
            {
                (gram, right) = (gram.index_select(0, columns).index_select(1, columns), right.index_select(0, columns));
                (mean, each) = (mean.index_select(0, columns), penalties.index_select(0, columns));
            }

            var weight = linalg.solve(gram + (each * gram.diagonal().mean().clamp_min(1e-300)).diag(), right);
            var bias = label is ClassTarget ? start - ((right * weight).sum([0]) / 2) : start - mean.matmul(weight);
            return (Weight: columns is null ? weight : zeros(_numbers, label.Width, dtype: weight.dtype, device: weight.device).index_copy_(0, columns, weight), bias);
        }).ToList();
        return (cat([.. solved.Select(s => s.Weight)], 1).MoveToOuterDisposeScope(), cat([.. solved.Select(s => s.bias)]).MoveToOuterDisposeScope());
    }

    private static (Tensor Mean, Tensor Gram, Tensor Right, Tensor Base) OfScore(Tensor x, Tensor y, Tensor? held)
    {
        var average = y.mean();
        var mean = held is null ? x.mean([0]) : (x * held).sum([0]) / held.sum([0]).clamp_min(1);
        var (centred, residual) = (Held(x - mean, held), (y - average).unsqueeze(1));
        return (mean, Gram(centred, held), centred.t().matmul(residual) / (held is null ? x.shape[0] : held.sum([0]).clamp_min(1).unsqueeze(1)), average.reshape(1));
    }

    private static (Tensor Mean, Tensor Gram, Tensor Right, Tensor Base) OfClasses(Tensor x, Tensor y, Tensor? held, int count)
    {
        var of = functional.one_hot(y.to(ScalarType.Int64), count).to(ScalarType.Float64);
        var counts = of.sum([0]);
        var rows = held is null ? counts.unsqueeze(1) : of.t().matmul(held);
        var sums = of.t().matmul(Held(x, held));
        // A class without a row has the mean of all, and the odds of one row.
        var means = (sums + (sums.sum([0]) / rows.sum([0]).clamp_min(1))) / (rows + 1);
        return (zeros_like(x.select(0, 0)), Gram(Held(x - of.matmul(means), held), held), means.t(), ((counts + 1) / (counts.sum() + count)).log());
    }

    private static Tensor Held(Tensor x, Tensor? held) => held is null ? x : x * held;

    private static Tensor Gram(Tensor x, Tensor? held) => x.t().matmul(x) / (held is null ? x.shape[0] : held.t().matmul(held).clamp_min(1));
}
