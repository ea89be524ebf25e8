using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Distillation;

/// <summary>The best possible network for Gaussian data, in closed form, with a time of its own for each row.</summary>
internal sealed class ExactTeacher(Normal1D data, Objective objective, IProcess process) : IScoreNetwork
{
    public static IProcess PathOf(Objective objective, ProcessKind kind) =>
        objective == Objective.Flow ? FlowMatching.Path : ProcessFactory.Create(new ProcessOptions { Kind = kind });

    /// <summary>std times the score -(x - alpha m) / V, or the velocity (t - (1 - t) s^2) (x - (1 - t) m) / V - m.</summary>
    public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
    {
        using var scope = NewDisposeScope();
        var (alpha, std) = (process.Alpha(t, x), process.Std(t, x));
        var centred = (x - (alpha * data.Mean)) / ((alpha * alpha * data.Std * data.Std) + (std * std));
        return (objective == Objective.Flow
            ? ((std - (alpha * data.Std * data.Std)) * centred) - data.Mean
            : -std * centred).MoveToOuterDisposeScope();
    }
}
