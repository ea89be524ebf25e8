namespace Amodal.Diffusion.Distillation;

/// <summary>What the losses of distillation share.</summary>
internal static class DistillationLoss
{
    /// <summary>alpha(t) x_0 + std(t) z.</summary>
    public static Tensor Noisy(IProcess process, Tensor target, double[] t, INoise noise)
    {
        using var scope = NewDisposeScope();
        return ((process.Alpha(t, target) * target) + (process.Std(t, target) * noise.Like(target))).MoveToOuterDisposeScope();
    }

    /// <summary>The weighted distance of the student's answer from the one whose step leads where the way given leads, found without gradient.</summary>
    public static Tensor To(Denoiser student, IProcess process, Tensor x, double[] t, double[] end, Func<Tensor> way)
    {
        using var scope = NewDisposeScope();
        Tensor wanted;
        using (no_grad())
        {
            wanted = DeterministicStep.Denoised(process, x, way(), t, end);
        }

        var weights = ProcessTensors.PerRow(t.Select(v => Math.Max(Math.Pow(process.Alpha(v) / process.Std(v), 2), 1)), x);
        return (weights * (student(x, t) - wanted).square()).mean().MoveToOuterDisposeScope();
    }

    public static void CheckPlaces(int[] places, int steps, Tensor target)
    {
        if (places.Length != target.shape[0] || places.Any(i => i < 1 || i > steps))
        {
            throw new ArgumentException($"one place a row, 1 to {steps}, for {target.shape[0]} rows", nameof(places));
        }
    }
}

/// <summary>An estimate of x_0 from x_t, the conditions closed over: what deterministic steps are made of, and what students answer.</summary>
/// <param name="x">Noisy latent, (batch, channels, time).</param>
internal delegate Tensor Denoiser(Tensor x, double[] t);

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
