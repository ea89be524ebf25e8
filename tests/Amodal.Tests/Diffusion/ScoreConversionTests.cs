using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Tests.Diffusion.Processes;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

public class ScoreConversionTests
{
    public static TheoryData<ProcessKind> Kinds => [.. Enum.GetValues<ProcessKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public void The_three_forms_agree_on_a_known_point(ProcessKind kind)
    {
        // x = alpha x0 + std z: the score of p(x | x0) is -z / std, the noise z, the denoised x0.
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 1);
        var process = EveryProcess.Create(kind);
        var like = zeros(2, 3, 4, dtype: ScalarType.Float64);
        var (x0, z) = (noise.Like(like), noise.Like(like));
        foreach (var t in new[] { 1e-3, 0.4, 1 })
        {
            var x = (x0 * process.Alpha(t)) + (z * process.Std(t));
            var score = z / -process.Std(t);
            Near(z, process.ScoreToNoise(score, t));
            Near(score, process.NoiseToScore(z, t));
            Near(x0, process.ScoreToDenoised(x, score, t));
            Near(score, process.DenoisedToScore(x, x0, t));
            Near(x0, process.NoiseToDenoised(x, z, t));
            Near(z, process.DenoisedToNoise(x, x0, t));
        }
    }

    // float64's 1e-16, times 1 / alpha(1) = 152 at the most and 1 / std^2 = 1e6 or so at the least time of sub-VP.
    private static void Near(Tensor expected, Tensor actual) => Assert.True(allclose(expected, actual, rtol: 1e-7, atol: 1e-8));
}
