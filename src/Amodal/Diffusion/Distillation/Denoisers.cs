namespace Amodal.Diffusion.Distillation;

/// <summary>Makes networks denoisers, each by what it was trained to answer.</summary>
internal static class Denoisers
{
    /// <summary>
    /// Of a teacher: with a score, (x + std raw) / alpha (Tweedie's formula); with a velocity, x - t v. Clean conditions are
    /// prepared here, once, in the caller's dispose scope.
    /// </summary>
    /// <param name="conditions">The given modalities, clean; must outlive the denoiser.</param>
    public static Denoiser OfTeacher(IScoreNetwork network, Objective objective, IProcess process, IReadOnlyList<Condition> conditions)
    {
        using var noGradient = no_grad();
        var prepared = network.Prepare(conditions);
        return (x, t) =>
        {
            using var scope = NewDisposeScope();
            var scaled = process.Std(t, x) * prepared(x, tensor(t, x.dtype, x.device)); // std(t) is t on the straight path
            return (objective == Objective.Flow ? x - scaled : (x + scaled) / process.Alpha(t, x)).MoveToOuterDisposeScope();
        };
    }

    /// <summary>Of a student: its answer, with gradient.</summary>
    /// <param name="conditions">The given modalities, clean; must outlive the denoiser.</param>
    public static Denoiser OfStudent(IScoreNetwork network, IReadOnlyList<Condition> conditions)
    {
        return (x, t) =>
        {
            using var scope = NewDisposeScope();
            return network.Evaluate(x, tensor(t, x.dtype, x.device), conditions).MoveToOuterDisposeScope();
        };
    }
}
