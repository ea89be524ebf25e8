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

/// <summary>
/// The step of deterministic DDIM (Song, Meng and Ermon 2021), which is Euler's on the straight path, as a function of the
/// denoised x0: x' = alpha' x0 + (std' / std) (x - alpha x0). Times differ by row. Nothing is divided by alpha, so that it
/// holds at t = 1 of every path.
/// </summary>
internal static class DeterministicStep
{
    /// <summary>Where the step leads.</summary>
    /// <param name="x">x at t, (batch, channels, time).</param>
    /// <param name="denoised">The estimate of x_0 there.</param>
    /// <param name="t">Where each row is, in (0, 1].</param>
    /// <param name="next">Where each goes, at most t; a row that is there already stays as it is.</param>
    public static Tensor To(IProcess process, Tensor x, Tensor denoised, double[] t, double[] next)
    {
        using var scope = NewDisposeScope();
        var (ratios, gains) = Coefficients(process, t, next);
        return ((ProcessTensors.PerRow(gains, x) * denoised) + (ProcessTensors.PerRow(ratios, x) * x)).MoveToOuterDisposeScope();
    }

    /// <summary>The inverse: which estimate of x_0 would make the step from x lead to where another way led.</summary>
    /// <param name="x">x at t, (batch, channels, time).</param>
    /// <param name="t">Where each row is, in (0, 1].</param>
    /// <param name="next">Where each goes, below t.</param>
    public static Tensor Denoised(IProcess process, Tensor x, Tensor reached, double[] t, double[] next)
    {
        using var scope = NewDisposeScope();
        var (ratios, gains) = Coefficients(process, t, next);
        return ((reached - (ProcessTensors.PerRow(ratios, x) * x)) / ProcessTensors.PerRow(gains, x)).MoveToOuterDisposeScope();
    }

    private static (double[] Ratios, double[] Gains) Coefficients(IProcess process, double[] t, double[] next)
    {
        double[] ratios = [.. t.Zip(next, (from, to) => from == to ? 1 : process.Std(to) / process.Std(from))];
        return (ratios, [.. ratios.Select((ratio, i) => process.Alpha(next[i]) - (ratio * process.Alpha(t[i])))]);
    }
}
