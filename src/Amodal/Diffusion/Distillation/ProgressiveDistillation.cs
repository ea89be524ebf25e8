namespace Amodal.Diffusion.Distillation;

/// <summary>Progressive distillation (Salimans and Ho 2022, algorithm 2): one step of the student is to lead where two of its teacher's lead.</summary>
internal static class ProgressiveDistillation
{
    /// <summary>
    /// w |x0_student - x0|^2 at x_t = alpha(t) x_0 + std(t) z, t = i / N, where x0 is the answer whose step to (i - 1) / N
    /// leads where the teacher comes by two steps of half the size, and w = max(alpha^2 / std^2, 1), their truncated SNR.
    /// </summary>
    /// <param name="student">The student, with gradient.</param>
    /// <param name="teacher">The teacher, which knows times in steps of 1 / 2N.</param>
    /// <param name="target">True latents x_0, (batch, channels, time).</param>
    /// <param name="places">i of each row, 1 to N.</param>
    /// <param name="steps">The student's steps N.</param>
    public static Tensor Loss(Denoiser student, Denoiser teacher, IProcess process, Tensor target, int[] places, int steps, INoise noise)
    {
        DistillationLoss.CheckPlaces(places, steps, target);
        using var scope = NewDisposeScope();
        double[] t = [.. places.Select(i => (double)i / steps)];
        double[] middle = [.. places.Select(i => (i - 0.5) / steps)];
        double[] next = [.. places.Select(i => (i - 1.0) / steps)];
        var x = DistillationLoss.Noisy(process, target, t, noise);
        return DistillationLoss.To(student, process, x, t, next, () =>
        {
            var halfway = DeterministicStep.To(process, x, teacher(x, t), t, middle);
            return DeterministicStep.To(process, halfway, teacher(halfway, middle), middle, next);
        }).MoveToOuterDisposeScope();
    }
}
