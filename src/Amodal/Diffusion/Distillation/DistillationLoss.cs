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
