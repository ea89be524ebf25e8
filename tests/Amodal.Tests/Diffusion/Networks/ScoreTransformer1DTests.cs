using Amodal.Diffusion.Networks;
using Amodal.Latents;
using Amodal.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Networks;

public class ScoreTransformer1DTests
{
    private static readonly LatentShape[] Thesis = [new(32, 48), new(32, 48), new(32, 48)];
    private static readonly LatentShape[] Uneven = [new(3, 5), new(2, 1), new(4, 7), new(3, 2)];
    private static readonly BackboneOptions Small = new() { Width = 16, Blocks = 3, Heads = 2, MlpWidth = 24, TimeWidth = 8 };

    [Fact]
    public void The_thesis_s_network_has_3_2_million_parameters_and_costs_1_04_GFLOP()
    {
        using var network = BackboneFactory.Create(new BackboneOptions(), Thesis, 0, new StableRandom(1));
        // A block: 4 d^2 + 2 d mlp weights, their biases 5 d + mlp, two norms 4 d.
        const int Block = (4 * 256 * 256) + (2 * 256 * 512) + (5 * 256) + 512 + (4 * 256);
        // Three inputs, time, embeddings (three modalities and the noisy mark), last norm, output and gain of the skip.
        const int Rest = (3 * 33 * 256) + (257 * 256) + (4 * 256) + (2 * 256) + (2 * 257 * 32);
        Assert.Equal((6 * Block) + Rest, network.ParameterCount);
        Assert.InRange(network.ParameterCount, 3_180_000, 3_350_000);
        // The published count is 1.037 G: 6 (2 n (4 d^2 + 2 d mlp) + 4 n^2 d) + projections, n = 48 + 96.
        Assert.Equal(1.037e9, network.CountFlops([1, 2]), 0.001e9);
        Assert.True(network.CountFlops([1]) < network.CountFlops([1, 2]) / 1.4);
        ApprovedShapes.Check(nameof(ScoreTransformer1D), network);
    }

    [Fact]
    public void A_fresh_network_answers_0()
    {
        using var scope = NewDisposeScope();
        using var network = new ScoreTransformer1D(Small, Uneven, 0, new StableRandom(1));
        Assert.Equal(0, network.Evaluate(Draws.Normal(1, 2, 3, 5), rand(2), []).abs().max().item<float>());
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2), InlineData(3)]
    public void Every_target_takes_every_set_of_conditions(int target)
    {
        using var scope = NewDisposeScope();
        using var network = Network(target);
        var (x, t) = Start(target, batch: 3);
        var others = Enumerable.Range(0, Uneven.Length).Where(m => m != target).ToArray();
        var answers = Enumerable.Range(0, 1 << others.Length)
            .Select(bits => network.Evaluate(x, t, others.Where((_, i) => (bits >> i & 1) == 1).Select(m => Condition(m, 3)).ToArray())).ToArray();
        Assert.All(answers, a => Assert.Equal(x.shape, a.shape));
        // Each set tells the network something else.
        Assert.All(answers.Skip(1), a => Assert.True(Draws.Distance(answers[0], a) > 1e-4));
    }

    [Fact]
    public void A_masked_condition_is_one_left_out()
    {
        using var scope = NewDisposeScope();
        using var network = Network(target: 0);
        var (x, t) = Start(0, batch: 4);
        Condition[] all = [Condition(1, 4), Condition(2, 4), Condition(3, 4)];
        bool[][] present = [[true, false, true, false], [true, true, false, false], [false, true, true, false]];
        var masked = network.Evaluate(x, t, all.Select((c, i) => c with { Present = tensor(present[i]) }).ToArray());
        for (var row = 0; row < 4; row++)
        {
            var given = all.Where((_, i) => present[i][row]).Select(c => c with { Latent = c.Latent[row..(row + 1)] }).ToArray();
            var alone = network.Evaluate(x[row..(row + 1)], t[row..(row + 1)], given);
            Assert.True(Draws.Distance(masked[row], alone[0]) < 1e-5); // rounding of answers of size 1
        }
    }

    [Fact]
    public void What_a_masked_condition_holds_has_no_effect()
    {
        using var scope = NewDisposeScope();
        using var network = Network(target: 0);
        var (x, t) = Start(0, batch: 2);
        var absent = tensor(new[] { false, false });
        var one = network.Evaluate(x, t, [Condition(1, 2), Condition(2, 2) with { Present = absent }]);
        var other = network.Evaluate(x, t, [Condition(1, 2), new Condition(2, 1e6 * ones(2, 4, 7), absent)]);
        Assert.Equal(0, Draws.Distance(one, other));
    }

    [Fact]
    public void The_order_of_the_conditions_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var network = Network(target: 1);
        var (x, t) = Start(1, batch: 3);
        var some = tensor(new[] { true, false, true });
        Condition[] conditions = [Condition(0, 3), Condition(2, 3) with { Present = some }, Condition(3, 3), Condition(3, 3) with { IsNoisy = true }];
        var one = network.Evaluate(x, t, conditions);
        Assert.True(Draws.Distance(one, network.Evaluate(x, t, [.. conditions.Reverse()])) < 1e-5);
    }

    [Fact]
    public void Time_step_modality_and_noisiness_are_told_apart()
    {
        using var scope = NewDisposeScope();
        LatentShape[] alike = [new(3, 4), new(3, 4), new(3, 4)];
        using var network = new ScoreTransformer1D(Small, alike, 0, new StableRandom(1));
        Draws.Fill(network, 3, std: 0.3);
        var (x, t, y) = (Draws.Normal(1, 2, 3, 4), tensor(new[] { 0.2f, 0.7f }), Draws.Normal(2, 2, 3, 4));
        var answer = network.Evaluate(x, t, [new(1, y)]);
        Assert.True(Draws.Distance(answer, network.Evaluate(x, t, [new(2, y)])) > 1e-3);
        Assert.True(Draws.Distance(answer, network.Evaluate(x, t, [new(1, y, IsNoisy: true)])) > 1e-3);
        Assert.True(Draws.Distance(answer, network.Evaluate(x, t, [new(1, y.flip(2))])) > 1e-3);
        Assert.True(Draws.Distance(answer, network.Evaluate(x, t.flip(0), [new(1, y)])) > 1e-3);
    }

    [Fact]
    public void The_gradient_reaches_every_parameter()
    {
        using var scope = NewDisposeScope();
        using var network = Network(target: 2);
        var (x, t) = Start(2, batch: 3);
        network.Evaluate(x, t, [Condition(0, 3), Condition(1, 3), Condition(3, 3) with { IsNoisy = true }]).square().sum().backward();
        Assert.All(network.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().max().item<float>() > 0, p.name));
        Assert.DoesNotContain("frequencies", string.Join(' ', network.named_parameters().Select(p => p.name)));
    }

    [Fact]
    public void Memory_stays_flat_forward_and_backward()
    {
        using var network = Network(target: 0);
        Step(network);
        // Of this thread: other tests run beside it.
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        for (var i = 0; i < 20; i++)
        {
            Step(network);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);

        static void Step(ScoreTransformer1D network)
        {
            using var scope = NewDisposeScope();
            var (x, t) = Start(0, batch: 2);
            network.Evaluate(x, t, [Condition(1, 2), Condition(2, 2) with { Present = tensor(new[] { true, false }) }]).sum().backward();
        }
    }

    [Fact]
    public void It_refuses_what_it_was_not_made_for()
    {
        using var scope = NewDisposeScope();
        using var network = Network(target: 0);
        var (x, t) = Start(0, batch: 2);
        Assert.Contains("expected (2, 3, 5)", Assert.Throws<ArgumentException>(() => network.Evaluate(x.transpose(1, 2), t, [])).Message);
        Assert.Contains("expected (2, 2, 1)", Assert.Throws<ArgumentException>(() => network.Evaluate(x, t, [Condition(1, 3)])).Message);
        Assert.Contains("expected (2)", Assert.Throws<ArgumentException>(() => network.Evaluate(x, t[0], [])).Message);
        Assert.Contains("cannot condition target 0", Assert.Throws<ArgumentException>(() => network.Evaluate(x, t, [new(0, x)])).Message);
        Assert.Contains("given twice", Assert.Throws<ArgumentException>(() => network.Evaluate(x, t, [Condition(1, 2), Condition(1, 2)])).Message);
        Assert.Contains("multiple of heads (3)", Assert.Throws<InputException>(() =>
            BackboneFactory.Create(Small with { Heads = 3 }, Uneven, 0, new StableRandom(1))).Message);
        Assert.Contains("make it even", Assert.Throws<InputException>(() =>
            BackboneFactory.Create(Small with { TimeWidth = 9 }, Uneven, 0, new StableRandom(1))).Message);
    }

    private static ScoreTransformer1D Network(int target)
    {
        var network = new ScoreTransformer1D(Small, Uneven, target, new StableRandom(1));
        Draws.Fill(network, 3, std: 0.3);
        return network;
    }

    private static (Tensor X, Tensor T) Start(int target, int batch) =>
        (Draws.Normal(1, batch, Uneven[target].Channels, Uneven[target].Length),
         tensor(Enumerable.Range(1, batch).Select(i => i / (batch + 1f)).ToArray()));

    private static Condition Condition(int m, int batch) => new(m, Draws.Normal(10 + (ulong)m, batch, Uneven[m].Channels, Uneven[m].Length));
}
