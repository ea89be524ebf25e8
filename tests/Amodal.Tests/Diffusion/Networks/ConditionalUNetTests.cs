using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Latents;
using Amodal.Randomness;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Networks;

/// <summary>Parity with the published IMDer score network; both as such and as the backbone that holds it.</summary>
public class ConditionalUNetTests
{
    private static readonly LatentShape[] Thesis = [new(32, 48), new(32, 48), new(32, 48)];
    private static readonly IProcess Process = new VeProcess();

    [Fact]
    public void It_has_3_457_664_weights_and_costs_0_068_GFLOP()
    {
        using var network = Network();
        // The published count has the fixed frequencies in it, which are not trained.
        Assert.Equal(3_457_664, network.state_dict().Values.Sum(v => v.numel()));
        Assert.Equal(3_457_664 - 128, network.parameters().Sum(p => p.numel()));
        Assert.Equal(0.068e9, network.CountFlops(48, [48]), 0.001e9);
    }

    [Fact]
    public void It_answers_as_the_published_network()
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenTensors("scorenet");
        using var network = Network();
        golden.LoadInto(network);
        var (x, t, condition) = (golden["in.x"], golden["in.t"], golden["in.cond"]);
        var std = Process.Std(t, x);
        golden.Check("out.uncond", network.Forward(x, t) / std);
        golden.Check("out.cond", network.Forward(x, t, condition) / std);
        golden.Check("out.embed", ((Sequential)network.named_children().Single(c => c.name == "embed").module).forward(t)); // before swish
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Its_losses_and_gradients_are_the_published_ones(bool isConditional)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenTensors("scorenet");
        using var network = Network();
        golden.LoadInto(network);
        var prefix = isConditional ? "loss_cond." : "loss_uncond.";
        var (x, z) = (golden["in.x"], golden[prefix + "z"]);
        var t = (golden[prefix + "rand"] * (float)(1 - 1e-5)) + 1e-5f;
        var noise = Process.Std(t, x) * z;
        var raw = network.Forward(x + noise, t, isConditional ? golden["in.cond"] + noise : null);
        var loss = (raw + z).square().sum([1, 2]).mean();
        loss.backward();
        golden.Check(prefix + "loss", loss.view(1));
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var gradients = golden.Names(prefix + "grad.").ToList();
        if (isConditional)
        {
            Assert.Equal(10, gradients.Count);
            Assert.All(gradients, name => golden.Check($"{prefix}grad.{name}", parameters[name].grad!));
        }
        else
        {
            // The recorded ones are the conditional ones again, an alias of what was overwritten: nothing to compare with.
            Assert.All(gradients, name => Assert.Equal(0, Draws.Distance(golden[$"{prefix}grad.{name}"], golden[$"loss_cond.grad.{name}"])));
        }
    }

    [Fact]
    public void Sampling_with_it_takes_the_published_way()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var golden = new GoldenTensors("em20");
        using var network = Network();
        new GoldenTensors("scorenet").LoadInto(network);
        var condition = golden["in.cond"];
        var start = golden["cond.noise_init"] * (float)Process.Std(1);
        var conditionNoise = new GoldenTensors.Noise(golden["cond.noise_cond"].unbind(0));
        var noise = new GoldenTensors.Noise(golden["cond.noise_x"].unbind(0));
        var times = TimeGrid.Uniform(20);
        golden.Check("cond.t", tensor(times[..^1].Select(t => (float)t).ToArray()));
        List<Tensor> seen = [], scores = [];
        var sample = Samplers.EulerMaruyama(
            (x, t) =>
            {
                var shown = ConditionNoise.At(Conditioning.Shared, condition, t, Process, conditionNoise);
                var score = network.Forward(x, t, shown) / Process.Std(t, x);
                seen.Add(x.clone().MoveToOuterDisposeScope().MoveToOuterDisposeScope());
                scores.Add(score.clone().MoveToOuterDisposeScope().MoveToOuterDisposeScope());
                return score;
            },
            Process, start, times, noise, lastStep: times[0] - times[1]);
        golden.Check("cond.out", sample);
        golden.Check("cond.x_in", stack(seen));
        golden.Check("cond.score", stack(scores));
        Assert.Equal((20, 19), (conditionNoise.Taken, noise.Taken)); // the published code draws a 20th and drops it
    }

    [Fact]
    public void The_backbone_on_one_condition_is_the_published_network()
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenTensors("scorenet");
        using var backbone = (UNet)BackboneFactory.Create(new BackboneOptions { Kind = BackboneKind.Unet }, Thesis, 1, new StableRandom(1));
        golden.LoadInto(backbone.Published);
        var (x, t, condition) = (golden["in.x"], golden["in.t"], golden["in.cond"]);
        var std = Process.Std(t, x);
        golden.Check("out.uncond", backbone.Evaluate(x, t, []) / std);
        golden.Check("out.cond", backbone.Evaluate(x, t, [new Condition(0, condition)]) / std);
        golden.Check("out.cond", backbone.Evaluate(x, t, [new Condition(2, condition, IsNoisy: true), new Condition(0, x, zeros(3, ScalarType.Bool))]) / std);
    }

    private static ConditionalUNet Network() => new(32, 32, heads: 8, timeWidth: 256, longest: 48, new StableRandom(1));
}
