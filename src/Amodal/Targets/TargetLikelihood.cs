using static TorchSharp.torch.nn.functional;

namespace Amodal.Targets;

/// <summary>
/// How likely a network makes what is believed of labels. It gives a Gaussian's mean and the logarithm of its variance for a score,
/// and logits for classes; a belief is the score itself, and of classes a probability for each. Several labels stand side by side.
/// </summary>
internal static class TargetLikelihood
{
    /// <summary>Numbers that the network gives.</summary>
    public static int Width(Target target) => target switch
    {
        ClassTarget => target.Width,
        SeveralTarget several => several.Places().Sum(p => Width(p.Target)),
        _ => 2,
    };

    /// <summary>The belief in true labels; where a label is not known, nothing, which any output is as likely for.</summary>
    /// <param name="labels">As <see cref="TargetLoss.Labels"/> gives them.</param>
    /// <returns>(row, width of the target).</returns>
    public static Tensor OfLabels(Target target, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return Of(target, labels.view(labels.shape[0], -1)).MoveToOuterDisposeScope();

        static Tensor Of(Target target, Tensor labels) => target switch
        {
            ClassTarget => one_hot(labels.select(1, 0).nan_to_num(0).to_type(ScalarType.Int64), target.Width).to_type(labels.dtype) * labels.isnan().logical_not(),
            SeveralTarget several => cat([.. several.Places().Select(p => Of(p.Target, labels.narrow(1, p.Label, p.Target.Labels)))], 1),
            _ => labels,
        };
    }

    /// <summary>The belief of a network that predicts the target.</summary>
    /// <param name="outputs">A head's, (row) for a width of 1, else (row, width).</param>
    /// <returns>(row, width of the target).</returns>
    public static Tensor OfOutputs(Target target, Tensor outputs)
    {
        using var scope = NewDisposeScope();
        return Of(target, outputs.view(outputs.shape[0], -1)).MoveToOuterDisposeScope();

        static Tensor Of(Target target, Tensor outputs) => target switch
        {
            ClassTarget => softmax(outputs, 1),
            SeveralTarget several => cat([.. several.Places().Select(p => Of(p.Target, outputs.narrow(1, p.Output, p.Target.Width)))], 1),
            _ => outputs,
        };
    }

    /// <summary>
    /// The logarithm of the likelihood, but for a constant: of a score -((y - mean)^2 / variance + log variance) / 2, of classes less the
    /// cross-entropy with the belief, of several labels the sum.
    /// </summary>
    /// <param name="outputs">The network's, (row, <see cref="Width"/>).</param>
    /// <param name="beliefs">(row, width of the target).</param>
    /// <returns>(row).</returns>
    public static Tensor Log(Target target, Tensor outputs, Tensor beliefs)
    {
        using var scope = NewDisposeScope();
        return Of(target, outputs, beliefs).MoveToOuterDisposeScope();

        static Tensor Of(Target target, Tensor outputs, Tensor beliefs)
        {
            switch (target)
            {
                case ClassTarget:
                    return (beliefs * log_softmax(outputs, 1)).sum([1]);
                case SeveralTarget several:
                    var start = 0;
                    return several.Places().Select(p => Of(
                        p.Target, outputs.narrow(1, (start += Width(p.Target)) - Width(p.Target), Width(p.Target)), beliefs.narrow(1, p.Output, p.Target.Width)))
                        .Aggregate((a, b) => a + b);
                default:
                    var (y, mean, log) = (beliefs.select(1, 0), outputs.select(1, 0), outputs.select(1, 1));
                    return ((((y.nan_to_num(0) - mean).square() * (-log).exp()) + log) * y.isnan().logical_not()).Times(-0.5);
            }
        }
    }
}
