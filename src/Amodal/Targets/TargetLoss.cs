using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace Amodal.Targets;

/// <summary>What training makes small: the absolute error of a score, the cross-entropy of classes, the sum over several labels.</summary>
internal static class TargetLoss
{
    /// <summary>A split's labels as the losses take them: (row), or (row, label) where there are several.</summary>
    /// <param name="labels">The labels, one after another.</param>
    /// <param name="rows">How many rows they are of.</param>
    /// <param name="device">Where to.</param>
    public static Tensor Labels(float[] labels, int rows, Device device) =>
        labels.Length == rows ? tensor(labels, device: device) : tensor(labels, [rows, labels.Length / rows], device: device);

    /// <summary>The mean loss.</summary>
    /// <param name="target">What is predicted.</param>
    /// <param name="outputs">A head's, (row) for a width of 1, else (row, width).</param>
    /// <param name="labels">As <see cref="Labels"/> gives them.</param>
    public static Tensor Mean(Target target, Tensor outputs, Tensor labels) => Of(target, outputs, labels, Reduction.Mean);

    /// <summary>The sum over the rows.</summary>
    /// <inheritdoc cref="Mean"/>
    public static Tensor Sum(Target target, Tensor outputs, Tensor labels) => Of(target, outputs, labels, Reduction.Sum);

    /// <summary>The mean distance from a teacher's answers: absolute for a score, the cross-entropy with its probabilities for classes.</summary>
    /// <param name="target">What is predicted.</param>
    /// <param name="outputs">A head's, (row) for a width of 1, else (row, width).</param>
    /// <param name="answers">The teacher's, likewise.</param>
    public static Tensor Taught(Target target, Tensor outputs, Tensor answers) => target switch
    {
        ClassTarget => -(softmax(answers, 1) * log_softmax(outputs, 1)).sum([1]).mean(),
        SeveralTarget several => several.Places().Select(p => Taught(p.Target,
            Heads(outputs.narrow(1, p.Output, p.Target.Width)), Heads(answers.narrow(1, p.Output, p.Target.Width)))).Aggregate((a, b) => a + b),
        _ => (outputs - answers).abs().mean(),
    };

    /// <summary>A head's outputs without the second axis where it is of 1.</summary>
    /// <param name="outputs">(row, width).</param>
    public static Tensor Heads(Tensor outputs) => outputs.shape[1] == 1 ? outputs.squeeze(1) : outputs;

    private static Tensor Of(Target target, Tensor outputs, Tensor labels, Reduction by) => target switch
    {
        ClassTarget => cross_entropy(outputs, labels.to_type(ScalarType.Int64), reduction: by),
        SeveralTarget several => several.Places().Select(p => OfPart(p.Target,
            Heads(outputs.narrow(1, p.Output, p.Target.Width)), Heads(labels.narrow(1, p.Label, p.Target.Labels)), by)).Aggregate((a, b) => a + b),
        _ when by == Reduction.Mean => (outputs - labels).abs().mean(),
        _ => (outputs - labels).abs().sum(),
    };

    // Rows without this label say nothing of it.
    private static Tensor OfPart(Target target, Tensor outputs, Tensor labels, Reduction by)
    {
        using var known = labels.isnan().logical_not();
        return known.all().item<bool>() ? Of(target, outputs, labels, by)
            : !known.any().item<bool>() ? outputs.sum() * 0
            : Of(target, outputs[known], labels[known], by);
    }
}
