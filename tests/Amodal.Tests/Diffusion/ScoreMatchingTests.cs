using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Randomness;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

public class ScoreMatchingTests
{
    private static readonly IProcess Process = ProcessFactory.Create(new ProcessOptions());
    private static readonly double[] Times = [0.1, 0.5, 0.9];

    [Fact]
    public void A_network_that_answers_minus_z_has_no_loss_and_one_that_answers_0_has_the_noise_s_power()
    {
        using var scope = NewDisposeScope();
        var target = Draws.Normal(1, 3, 2, 4);
        // It knows x_0, so it can tell z = (x - alpha x_0) / std.
        var oracle = new Network((x, t, _) => -(x - (Process.Alpha(t, x) * target)) / Process.Std(t, x));
        // What is left is rounding: some five of numbers up to 4, over std(0.1) = 0.33, squared.
        Assert.Equal(0, Loss(oracle, target, []), Math.Pow(5 * 4 * Relative.Rounding / 0.3, 2));
        var z = new Draws.Noise(7).Like(target);
        Relative.Equal(z.square().mean().item<float>(), Loss(new Network((x, _, _) => zeros_like(x)), target, []), 24 * Relative.Rounding); // a mean of 24 squares
    }

    [Fact]
    public void Conditions_are_shown_clean_with_their_own_noise_or_with_the_target_s()
    {
        using var scope = NewDisposeScope();
        var (target, y) = (Draws.Normal(1, 3, 2, 4), Draws.Normal(2, 3, 2, 4));
        var noise = new Draws.Noise(7);
        var (z, own) = (noise.Like(target), noise.Like(y));
        foreach (var (conditioning, expected) in new[]
        {
            (Conditioning.Clean, y), (Conditioning.Independent, Perturb(y, own)), (Conditioning.Shared, Perturb(y, z)),
        })
        {
            Relative.Equal(expected, Shown(conditioning, target, new Condition(1, y)), 8 * Relative.Rounding); // two products and a sum
        }

        // In joint recovery the noisy ones stand at t with their own noise, whatever happens to the observed.
        Relative.Equal(Perturb(y, own), Shown(Conditioning.Clean, target, new Condition(1, y, IsNoisy: true)), 8 * Relative.Rounding);
        Relative.Equal(Perturb(y, own), Shown(Conditioning.Shared, target, new Condition(1, y, IsNoisy: true)), 8 * Relative.Rounding);

        static Tensor Perturb(Tensor y, Tensor z) => (Process.Alpha(Times, y) * y) + (Process.Std(Times, y) * z);
    }

    [Fact]
    public void Shared_noise_needs_one_shape()
    {
        using var scope = NewDisposeScope();
        var fault = Assert.Throws<InputException>(() => Shown(Conditioning.Shared, zeros(3, 2, 4), new Condition(5, zeros(3, 2, 3))));
        Assert.Contains("modality 5 has (2, 3) and the target (2, 4)", fault.Message);
    }

    [Fact]
    public void Times_are_uniform_and_keep_off_the_ends()
    {
        var times = ScoreMatching.DrawTimes(new StableRandom(1), 100_000);
        Assert.All(times, t => Assert.InRange(t, 1e-5, 1 - 1e-5));
        Assert.Equal(0.5, times.Average(), 5 * Math.Sqrt(1 / 12.0 / times.Length)); // five standard errors
        Assert.Equal(1 / 3.0, times.Average(t => t * t), 5 * Math.Sqrt(4 / 45.0 / times.Length));
    }

    [Fact]
    public void The_score_is_the_answer_over_std_and_noisy_conditions_are_passed_on()
    {
        using var scope = NewDisposeScope();
        var (x, t, y) = (Draws.Normal(1, 3, 2, 4), tensor(new[] { 0.5f, 0.5f, 0.5f }), Draws.Normal(2, 3, 2, 4));
        IReadOnlyList<Condition>? seen = null;
        var network = new Network((at, _, conditions) =>
        {
            seen = [.. conditions.Select(c => c with { Latent = c.Latent.clone().DetachFromDisposeScope() })];
            return ones_like(at);
        });
        Condition[] conditions = [new(1, y), new(2, y, IsNoisy: true)];
        var score = ConditionalScore.Of(network, Process, Conditioning.Independent, conditions, new Draws.Noise(7))(x, t);
        Relative.Equal(1 / Process.Std(0.5), score[0, 0, 0].item<float>(), 8 * Relative.Rounding);
        var own = new Draws.Noise(7).Like(y);
        Relative.Equal((Process.Alpha(0.5) * y) + (Process.Std(0.5) * own), seen![0].Latent, 8 * Relative.Rounding);
        Assert.Equal(0, Draws.Distance(y, seen[1].Latent));
    }

    [Fact]
    public void A_condition_stands_at_the_time_of_its_row()
    {
        using var scope = NewDisposeScope();
        var y = Draws.Normal(2, 3, 2, 4);
        var shown = ConditionNoise.At(Conditioning.Independent, y, tensor(Times.Select(t => (float)t).ToArray()), Process, new Draws.Noise(7));
        var z = new Draws.Noise(7).Like(y);
        foreach (var (row, t) in Times.Index())
        {
            Relative.Equal((Process.Alpha(t) * y[row]) + (Process.Std(t) * z[row]), shown[row], 8 * Relative.Rounding);
        }
    }

    private static double Loss(IScoreNetwork network, Tensor target, IReadOnlyList<Condition> conditions) =>
        ScoreMatching.Loss(network, Process, Conditioning.Clean, target, conditions, Times, new Draws.Noise(7)).item<float>();

    /// <summary>What the network saw of the condition.</summary>
    private static Tensor Shown(Conditioning conditioning, Tensor target, Condition condition)
    {
        Tensor? seen = null;
        var network = new Network((x, _, conditions) =>
        {
            seen = conditions.Single().Latent.clone().DetachFromDisposeScope();
            return x;
        });
        ScoreMatching.Loss(network, Process, conditioning, target, [condition], Times, new Draws.Noise(7)).Dispose();
        return seen!;
    }

    private sealed class Network(Func<Tensor, Tensor, IReadOnlyList<Condition>, Tensor> answer) : IScoreNetwork
    {
        public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions) => answer(x, t, conditions);
    }
}
