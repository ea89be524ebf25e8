namespace Amodal.Diffusion.Distillation;

/// <summary>
/// Consistency distillation (Song et al. 2023, algorithm 2) in as many parts as the student takes steps (multistep
/// consistency models, Heek, Hoogeboom and Salimans 2024): wherever on a path of the teacher's within a part, the student's
/// step leads to the same point at the part's end. With one part that end is the data.
/// </summary>
/// <remarks>
/// What Song et al. hold by weights of their own, that the student does nothing at the end, holds here by the step itself:
/// the student is not asked there. The target is the student itself without gradient (their mu = 0), which Song and
/// Dhariwal 2023 found best.
/// </remarks>
internal static class ConsistencyDistillation
{
    /// <summary>
    /// w |x0_student - x0|^2 at x_t = alpha(t) x_0 + std(t) z, t = j / K, where x0 is the answer whose step to the part's end
    /// leads where the target's step leads from the teacher's next point, (j - 1) / K, and w = max(alpha^2 / std^2, 1).
    /// </summary>
    /// <param name="student">The student, with gradient.</param>
    /// <param name="target">What it is to agree with: itself, or a moving average of it.</param>
    /// <param name="teacher">The teacher.</param>
    /// <param name="latents">True latents x_0, (batch, channels, time).</param>
    /// <param name="places">j of each row, 1 to K.</param>
    /// <param name="teacherSteps">The teacher's steps K, a multiple of the student's.</param>
    /// <param name="evaluations">The student's steps.</param>
    public static Tensor Loss(
        Denoiser student, Denoiser target, Denoiser teacher, IProcess process, Tensor latents, int[] places, int teacherSteps, int evaluations, INoise noise)
    {
        DistillationLoss.CheckPlaces(places, teacherSteps, latents);
        using var scope = NewDisposeScope();
        var stepsInPart = teacherSteps / evaluations;
        double[] t = [.. places.Select(j => (double)j / teacherSteps)];
        double[] next = [.. places.Select(j => (double)(j - 1) / teacherSteps)];
        double[] end = [.. places.Select(j => (double)((j - 1) / stepsInPart * stepsInPart) / teacherSteps)];
        var x = DistillationLoss.Noisy(process, latents, t, noise);
        return DistillationLoss.To(student, process, x, t, end, () =>
        {
            var point = DeterministicStep.To(process, x, teacher(x, t), t, next);
            return DeterministicStep.To(process, point, target(point, next), next, end); // rows that are at the end stay
        }).MoveToOuterDisposeScope();
    }
}
