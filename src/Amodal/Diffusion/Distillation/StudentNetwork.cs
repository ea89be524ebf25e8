namespace Amodal.Diffusion.Distillation;

/// <summary>A student, whose network answers x_0, in the teacher's terms, so that samplers and recovery use it as they use a teacher. Owns nothing.</summary>
/// <param name="network">The student's network.</param>
/// <param name="objective">What the teacher answers: a score times std, or a velocity.</param>
/// <remarks>
/// Through the score, a sampler divides by alpha(t) again: at t = 1, where alpha may be 0.007, single precision leaves about
/// 5e-5 of error in what one step recovers.
/// </remarks>
internal sealed class StudentNetwork(IScoreNetwork network, Objective objective, IProcess process) : IScoreNetwork
{
    public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
    {
        using var scope = NewDisposeScope();
        return Translate(x, t, network.Evaluate(x, t, conditions)).MoveToOuterDisposeScope();
    }

    public Func<Tensor, Tensor, Tensor> Prepare(IReadOnlyList<Condition> conditions)
    {
        var prepared = network.Prepare(conditions);
        return (x, t) =>
        {
            using var scope = NewDisposeScope();
            return Translate(x, t, prepared(x, t)).MoveToOuterDisposeScope();
        };
    }

    public long CountFlops(IReadOnlyList<int> conditions) => network.CountFlops(conditions);

    private Tensor Translate(Tensor x, Tensor t, Tensor denoised)
    {
        var times = ProcessTensors.TimesOf(t);
        return objective == Objective.Flow
            ? (x - denoised) / process.Std(times, x) // v = (x - x_0) / t
            : ((process.Alpha(times, x) * denoised) - x) / process.Std(times, x);
    }
}
