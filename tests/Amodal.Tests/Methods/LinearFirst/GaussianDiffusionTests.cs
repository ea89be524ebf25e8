using Amodal.Data;
using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.LinearFirst;

public class GaussianDiffusionTests
{
    private static readonly LinearFirstOptions _settings = new() { Width = 48, BatchSize = 64, LearningRate = 0.005 };
    private static readonly (double First, double Last) _levels = (3, 0.15);

    /// <summary>
    /// The plain network is the same one, in the same steps at the same levels, beside a Gaussian that knows the numbers' variance
    /// (they are standardised) and nothing of how they hang together.
    /// </summary>
    [Fact]
    public void Of_a_mixture_it_has_a_lower_loss_than_a_plain_network_in_equal_steps_and_better_draws()
    {
        using var made = new Made(isMixture: true);
        using var plainGaussian = new JointGaussian(made.Data.Modalities, components: 100);
        plainGaussian.get_buffer("covariance")!.copy_(eye(made.Gaussian.Numbers));
        using var ours = made.Train(made.Gaussian, out var loss, out var ofGaussian);
        using var plain = made.Train(plainGaussian, out var plainLoss, out _);
        Assert.True(loss < ofGaussian && loss < plainLoss, $"loss {loss}; {ofGaussian} without a network, {plainLoss} with a plain one");
        Assert.True(ours.Network.IsOpen);
        foreach (var evaluations in new[] { 4, 10 })
        {
            var (score, plainScore) = (made.EnergyScore(ours, made.Gaussian, evaluations), made.EnergyScore(plain, plainGaussian, evaluations));
            Assert.True(score < plainScore, $"energy score {score}, {plainScore} of the plain network, at {evaluations} evaluations");
        }
    }

    [Fact]
    public void Of_what_is_gaussian_a_network_is_kept_only_where_validation_says_so()
    {
        using var made = new Made(isMixture: false);
        using var ours = made.Train(made.Gaussian, out var loss, out var ofGaussian, steps: 150);
        Assert.Equal(loss >= ofGaussian, !ours.Network.IsOpen);
        Assert.InRange(loss / ofGaussian, 0.99, 1.02);
    }

    [Fact]
    public void A_network_before_its_first_step_draws_what_the_closed_form_draws()
    {
        using var made = new Made(isMixture: true);
        using var scope = NewDisposeScope();
        using var diffusion = new GaussianDiffusion(made.Gaussian, _settings);
        foreach (var observed in Patterns.All(3))
        {
            var filled = made.Gaussian.Fill([.. made.Rows.Valid.Numbers], observed);
            Relative.Equal(made.Gaussian.Draw(filled, observed, new Draws.Noise(3)), diffusion.Draw(filled, observed, new Draws.Noise(3)), Relative.Network, size: 3);
        }
    }

    [Fact]
    public void Of_many_numbers_the_network_sees_and_corrects_what_they_share()
    {
        using var made = new Made(isMixture: true, length: 16);
        using var scope = NewDisposeScope();
        using var diffusion = made.Train(made.Gaussian, out _, out _, steps: 60);
        var (numbers, onto) = (made.Gaussian.Numbers, made.Gaussian.Leading(32));
        Assert.Equal((96, 32), (numbers, (int)onto.shape[1]));
        var input = diffusion.Network.get_parameter("input.weight")!;
        foreach (var x in new[] { input[.., ..numbers].t(), input[.., numbers..(2 * numbers)].t(), diffusion.Network.get_parameter("output.weight")! })
        {
            Assert.True(x.norm().item<float>() > 0);
            Relative.Equal(x.detach(), onto.matmul(onto.t().matmul(x.detach())), Relative.Network);
        }

        // A direction of the hidden sign is the first of them: it has more of the variance than any of noise.
        var sign = made.Rows.Train.Numbers[0].select(1, 0).sign();
        var (first, last) = (Told(onto[.., 31]), Told(onto[.., 0]));
        Assert.True(first > 0.9 && last < 0.5, $"correlation with the sign {first}, {last}");

        double Told(Tensor direction)
        {
            var along = cat([.. made.Rows.Train.Numbers], 1).matmul(direction);
            return (along * sign).mean().abs().item<float>() / along.square().mean().sqrt().item<float>();
        }
    }

    /// <summary>A hidden sign, which the first modality shows as two clouds, the second hardly, the third half.</summary>
    private sealed class Made : IDisposable
    {
        private readonly TrainingData _features;

        public Made(bool isMixture, int length = 1)
        {
            Data = TinyRun.MakeData([new("a", length, 2), new("b", 2, length), new("c", length, 2)], [2000, 400, 20]);
            var random = new StableRandom(5);
            foreach (var split in Data.Splits)
            {
                for (var row = 0; row < split.Count; row++)
                {
                    var hidden = isMixture ? (random.NextDouble() < 0.5 ? -1f : 1f) : (float)random.NextNormal();
                    foreach (var (m, features) in split.Features.Index())
                    {
                        var size = features.Modality.RowSize;
                        foreach (ref var x in features.Values.AsSpan(row * size, size))
                        {
                            x = (0.3f * x) + (hidden * (m == 1 ? 0.1f : m == 2 ? 0.3f : 1));
                        }
                    }
                }
            }

            _features = new TrainingData(Data, Standardiser.Fit(Data["train"]), CPU);
            Gaussian = new JointGaussian(Data.Modalities, components: 100);
            Gaussian.Fit(_features.TrainFeatures.Values, _features.ValidFeatures.Values);
            Rows = new ResidualRows(Gaussian, _features);
        }

        public DataSet Data { get; }

        public JointGaussian Gaussian { get; }

        public ResidualRows Rows { get; }

        public GaussianDiffusion Train(JointGaussian gaussian, out double loss, out double ofGaussian, int steps = 600)
        {
            Stage.SeedTorch(1);
            var diffusion = new GaussianDiffusion(gaussian, _settings with { Steps = steps }, _levels);
            diffusion.Scale(diffusion.Network);
            using var stage = new DiffusionStage("diffusion", seed: 1, diffusion, Rows, [.. Patterns.Incomplete(3)]);
            using var optimiser = stage.CreateOptimiser();
            for (var epoch = 1; epoch <= stage.Epochs; epoch++)
            {
                stage.TrainEpoch(epoch, optimiser, _ => { }, default);
            }

            (loss, ofGaussian) = (stage.Validate(default), stage.Validate(null, default));
            stage.Choose();
            return diffusion;
        }

        /// <summary>E|X - x| - E|X - X'| / 2 of 16 draws, over all incomplete sets.</summary>
        public double EnergyScore(GaussianDiffusion diffusion, JointGaussian gaussian, int evaluations)
        {
            const int draws = 16;
            using var scope = NewDisposeScope();
            var truth = cat([.. Rows.Valid.Numbers], 1);
            return Patterns.Incomplete(3).Average(observed =>
            {
                var drawn = diffusion.Draw(gaussian.Fill([.. Rows.Valid.Numbers], observed).repeat_interleave(draws, 0), observed, new Draws.Noise(9), evaluations).view(-1, draws, gaussian.Numbers);
                var between = cdist(drawn, drawn).sum() / (draws * (draws - 1) * truth.shape[0]);
                return ((drawn - truth.unsqueeze(1)).norm(2).mean() - (between / 2)).item<float>();
            });
        }

        public void Dispose()
        {
            Rows.Dispose();
            Gaussian.Dispose();
            _features.Dispose();
        }
    }
}
