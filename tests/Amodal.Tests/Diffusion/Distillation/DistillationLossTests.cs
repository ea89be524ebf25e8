using Amodal.Diffusion.Distillation;
using Amodal.Diffusion.Processes;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Distillation;

public class DistillationLossTests
{
    [Fact]
    public void Errors_count_by_the_signal_to_noise_ratio_at_least_1_and_what_is_wanted_is_no_one_s_gradient()
    {
        using var scope = NewDisposeScope();
        var process = new VpProcess(0.1, 20);
        var (student, teacher) = (full(1, 2.0).requires_grad_(), full(1, 0.5).requires_grad_());
        // All the way to 0 what is wanted is what is reached: 0.5, where the student says 2.
        var x = zeros(2, 1, 1);
        var loss = DistillationLoss.To((at, _) => student * ones_like(at), process, x, [0.1, 0.9], [0, 0], () => teacher * ones_like(x));
        // alpha^2 / std^2 = 1 / (e^B - 1), B = 0.1 t + 9.95 t^2: 8.6 at t = 0.1, and next to 0 at 0.9.
        var first = 1 / (Math.Exp(0.01 + 0.0995) - 1);
        Relative.Equal(1.5 * 1.5 * (first + 1) / 2, loss.item<float>(), Relative.Network);
        loss.backward();
        Relative.Equal(2 * 1.5 * (first + 1) / 2, student.grad!.item<float>(), Relative.Network);
        Assert.Null(teacher.grad);
    }
}
