using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

public class FlowMatchingTests
{
    private static readonly double[] Times = [0.1, 0.5, 0.9];

    [Fact]
    public void A_network_that_answers_z_minus_x0_has_no_loss_and_one_that_answers_0_has_their_distance()
    {
        using var scope = NewDisposeScope();
        var target = Draws.Normal(1, 3, 2, 4);
        // It knows x_0, so it can tell z - x_0 = (x - x_0) / t.
        var oracle = new Network((x, t, _) => (x - target) / t.view(-1, 1, 1));
        Assert.Equal(0, Loss(oracle, target, []), 1e-9); // float32 rounding, 6e-8 / 0.1, squared
        var z = new Draws.Noise(7).Like(target);
        Relative.Equal((z - target).square().mean().item<float>(), Loss(new Network((x, _, _) => zeros_like(x)), target, []), 24 * Relative.Rounding); // a mean of 24 squares
    }

    [Fact]
    public void Conditions_are_shown_clean_and_noisy_ones_at_t()
    {
        using var scope = NewDisposeScope();
        var (target, y) = (Draws.Normal(1, 3, 2, 4), Draws.Normal(2, 3, 2, 4));
        List<Tensor> seen = [];
        var network = new Network((x, _, conditions) =>
        {
            seen.AddRange(conditions.Select(c => c.Latent.clone().DetachFromDisposeScope()));
            return x;
        });
        FlowMatching.Loss(network, target, [new(1, y), new(2, y, IsNoisy: true)], Times, new Draws.Noise(7)).Dispose();
        var noise = new Draws.Noise(7);
        _ = noise.Like(target);
        var t = tensor(Times.Select(v => (float)v).ToArray(), [3, 1, 1]);
        Assert.Equal(0, Draws.Distance(y, seen[0]));
        Relative.Equal(((1 - t) * y) + (t * noise.Like(y)), seen[1], 8 * Relative.Rounding); // two products and a sum
    }

    [Fact]
    public void The_closed_form_velocity_of_a_Gaussian_is_where_the_loss_is_least()
    {
        // The loss of gain v + offset is a parabola in both; at its least, its slopes are E (v - (z - x_0)) v and E (v -
        // (z - x_0)), both 0. Their standard errors over n numbers are below 2 / sqrt(n), as z, x_0 and v are about 1 in size.
        using var scope = NewDisposeScope();
        var data = new Normal1D(Mean: 0.7, Std: 0.6);
        const int Rows = 64, Numbers = 2000;
        double[] times = [.. Enumerable.Range(0, Rows).Select(_ => 0.3)];
        var target = (Draws.Normal(3, Rows, 1, Numbers) * data.Std) + data.Mean;
        Tensor[] parameters = [ones(1).requires_grad_(), zeros(1).requires_grad_()];
        var network = new Network((x, t, _) => (StraightFlow.Velocity(data)(x, t) * parameters[0]) + parameters[1]);
        FlowMatching.Loss(network, target, [], times, new Draws.Noise(7)).backward();
        var bound = 4 * 2 * 2 / Math.Sqrt(Rows * Numbers); // four standard errors, of twice the product
        Assert.All(parameters, p => Assert.Equal(0, p.grad!.item<float>(), bound));

        // And it can fail: the velocity of other data is not.
        Tensor[] wrong = [ones(1).requires_grad_(), zeros(1).requires_grad_()];
        var other = new Network((x, t, _) => (StraightFlow.Velocity(data with { Mean = 0.2 })(x, t) * wrong[0]) + wrong[1]);
        FlowMatching.Loss(other, target, [], times, new Draws.Noise(7)).backward();
        Assert.True(Math.Abs(wrong[1].grad!.item<float>()) > 5 * bound);
    }

    [Fact, Trait("Kind", "proof by training")]
    public void A_trained_flow_recovers_the_conditional_of_a_joint_Gaussian() =>
        TrainedScore.ProveConditional(BackboneKind.ScoreTransformer1D, target: 0, objective: Objective.Flow);

    [Fact]
    public void There_is_a_time_per_row()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => Loss(new Network((x, _, _) => x), zeros(2, 1, 1), []));
    }

    private static double Loss(IScoreNetwork network, Tensor target, IReadOnlyList<Condition> conditions) =>
        FlowMatching.Loss(network, target, conditions, Times, new Draws.Noise(7)).item<float>();

    private sealed class Network(Func<Tensor, Tensor, IReadOnlyList<Condition>, Tensor> answer) : IScoreNetwork
    {
        public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions) => answer(x, t, conditions);
    }
}
