using Amodal.Diffusion;
using Amodal.Diffusion.Sampling;
using Amodal.Randomness;
using MathNet.Numerics.LinearAlgebra;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

public class IndependentConditioningTests
{
    [Fact]
    public void The_closed_form_gives_the_known_shrinkage()
    {
        var pair = new JointGaussian(Matrix<double>.Build.DenseOfRowMajor(2, 2, [1, 0.9, 0.9, 1]), width: 1);
        var times = TimeGrid.Uniform(1000);
        // METHOD's figures for rho 0.9 and DDIM, worked out apart from this code: 0.45 and 0.43, where 0.90 and 0.19 are true.
        var (mean, variance) = pair.Ddim(TrainedScore.Process, Conditioning.Independent, 0, [1], times);
        Assert.Equal(0.45, mean[0, 0], 0.005);
        Assert.Equal(0.43, variance[0, 0], 0.005);
        (mean, variance) = pair.Ddim(TrainedScore.Process, Conditioning.Clean, 0, [1], times);
        Assert.Equal(0.90, mean[0, 0], 0.005);
        Assert.Equal(0.19, variance[0, 0], 0.005);
    }

    [Fact, Trait("Kind", "proof by training")]
    public void A_trained_network_shrinks_the_conditional_mean_as_predicted()
    {
        const int Target = 0;
        var gaussian = JointGaussian.Three();
        using var network = TrainedScore.Train(gaussian, Conditioning.Independent, Target, steps: 1200); // its loss is the noisier one
        using var scope = NewDisposeScope();
        var (latents, normal) = gaussian.DrawBalanced(new StableRandom(9), 1024); // the noise of the conditions is still a draw
        var times = TimeGrid.Uniform(40);
        foreach (var given in TrainedScore.Subsets(Target))
        {
            var samples = TrainedScore.Sample(
                network, Conditioning.Independent, latents, given, normal,
                (score, process, start, grid, noise) => Samplers.Ddim(score, process, start, grid, noise), times);
            var (coefficients, covariance, _) = JointGaussian.Regress(samples, [.. given.Select(m => latents[m])]);
            var predicted = gaussian.Ddim(TrainedScore.Process, Conditioning.Independent, Target, given, times);
            var truth = gaussian.Conditional(Target, given);

            // Bounds as for clean conditioning; the shrinkage that is predicted is twice as large and more.
            var who = $"given {string.Join('+', given)}: ";
            Assert.True(Largest(coefficients - predicted.Coefficients) < 0.15, who + $"mean {coefficients} for {predicted.Coefficients}");
            Assert.True(Largest(covariance - predicted.Covariance) < 0.15, who + $"covariance {covariance} for {predicted.Covariance}");
            Assert.True(Largest(truth.Coefficients - predicted.Coefficients) > 0.3);
            Assert.True(coefficients.FrobeniusNorm() < 0.65 * truth.Coefficients.FrobeniusNorm(), who + "not shrunk");
        }
    }

    private static double Largest(Matrix<double> difference) => difference.Enumerate().Max(Math.Abs);
}
