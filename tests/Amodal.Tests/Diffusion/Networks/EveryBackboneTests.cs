using Amodal.Diffusion.Networks;
using Amodal.Latents;
using Amodal.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Networks;

/// <summary>What holds for every backbone.</summary>
public class EveryBackboneTests
{
    private static readonly LatentShape[] Uneven = [new(3, 5), new(2, 1), new(4, 7), new(3, 2)];
    private static readonly BackboneOptions Small = new() { Width = 32, Blocks = 3, Heads = 2, MlpWidth = 24, TimeWidth = 8 };

    public static TheoryData<BackboneKind> Kinds => [.. Enum.GetValues<BackboneKind>()];

    [Theory]
    [InlineData(BackboneKind.ScoreTransformer1D)]
    [InlineData(BackboneKind.Dit)]
    [InlineData(BackboneKind.Mmdit)]
    [InlineData(BackboneKind.CachedTransformer1D)]
    public void A_fresh_transformer_answers_0(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        using var network = BackboneFactory.Create(Small with { Kind = kind }, Uneven, 0, new StableRandom(1));
        Assert.Equal(0, network.Evaluate(Draws.Normal(1, 2, 3, 5), rand(2), [Condition(1, 2)]).abs().max().item<float>());
    }

    // METHOD's table: parameters within 5 %, operations within 10 % with two conditions of 48 steps. The published U-Net
    // is counted in ConditionalUNetTests; what ours adds to it is 2 x 33 x 32 + 32 + 257 x 32.
    [Theory]
    [InlineData(BackboneKind.Unet, 3_457_664, 0.068, 1)]
    [InlineData(BackboneKind.Mmdit, 8_800_000, 1.21, 2)]
    [InlineData(BackboneKind.Dit, 9_300_000, 0.53, 2)]
    [InlineData(BackboneKind.ScoreTransformer1D, 3_200_000, 1.04, 2)]
    public void At_the_thesis_s_sizes_it_costs_what_the_thesis_says(BackboneKind kind, long parameters, double billions, int conditions)
    {
        LatentShape[] thesis = [new(32, 48), new(32, 48), new(32, 48)];
        using var network = BackboneFactory.Create(BackboneOptions.Thesis(kind), thesis, 0, new StableRandom(1));
        Assert.InRange(network.ParameterCount, (long)(0.95 * parameters), (long)(1.05 * parameters));
        Assert.InRange(network.CountFlops([.. Enumerable.Range(1, conditions)]) / 1e9, 0.9 * billions, 1.1 * billions);
        ApprovedShapes.Check(network.GetType().Name, network);
        var exact = kind switch
        {
            BackboneKind.Unet => 3_457_664 - 128 + (2 * 33 * 32) + 32 + (257 * 32),
            BackboneKind.Mmdit => Mmdit(),
            BackboneKind.Dit => Dit(),
            _ => network.ParameterCount, // ScoreTransformer1DTests
        };
        Assert.Equal(exact, network.ParameterCount);

        // Of a block: the four projections, the MLP, and six modulations of a vector of this width.
        static long Block(int vector) => (4 * 257 * 256) + (257 * 512) + (513 * 256) + ((vector + 1) * 6 * 256);
        // Inputs of three modalities, their embeddings and the noisy mark, and the output.
        static long Rest() => (3 * 33 * 256) + (4 * 256) + (257 * 32);
        static long Dit() => (6 * (Block(256) + (256 * 6 * 256))) + Rest() + (257 * 256) + (2 * ((32 * 48) + 1) * 256) + (513 * 512) + (257 * 32);
        static long Mmdit() => (12 * Block(128)) + Rest() + (129 * 128) + (2 * 33 * 128) + ((128 + 256 + 1) * 512) + (129 * 32);
    }

    [Fact]
    public void The_cached_transformer_does_most_of_its_work_on_conditions_once()
    {
        LatentShape[] thesis = [new(32, 48), new(32, 48), new(32, 48)];
        using var network = BackboneFactory.Create(BackboneOptions.Thesis(BackboneKind.CachedTransformer1D), thesis, 0, new StableRandom(1));
        // Projections in, a block among 96 tokens, and keys and values of six blocks.
        var once = (2L * 96 * 32 * 256) + (2L * 96 * ((4 * 256 * 256) + (2 * 256 * 512))) + (4L * 96 * 96 * 256) + (2L * 96 * 256 * 6 * 512);
        // Projections in and out, time and skip, and six blocks of 48 tokens that see 144.
        var each = (2L * 48 * 32 * 256 * 2) + (2L * 256 * (256 + 32)) + (6 * ((2L * 48 * ((4 * 256 * 256) + (2 * 256 * 512))) + (4L * 48 * 144 * 256)));
        Assert.Equal(once, network.CountPreparationFlops([1, 2]));
        Assert.Equal(once + each, network.CountFlops([1, 2]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Every_target_takes_every_set_of_conditions(BackboneKind kind)
    {
        for (var target = 0; target < Uneven.Length; target++)
        {
            TakesEverySet(kind, target);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void In_bfloat16_its_answer_is_the_same_within_rounding_and_in_the_sampler_s_type(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        using var network = Network(kind, target: 0);
        var (x, t) = Start(0, batch: 3);
        Condition[] given = [Condition(1, 3), Condition(2, 3) with { Present = tensor(new[] { true, false, true }) }];
        var exact = network.Evaluate(x, t, given);
        var frequencies = network.named_buffers().Where(b => b.name.EndsWith("frequencies", StringComparison.Ordinal) || b.name.EndsWith(".W", StringComparison.Ordinal)).ToList();
        var before = frequencies.ConvertAll(b => b.buffer.clone());

        _ = network.to(ScalarType.BFloat16);
        var rounding = new Bfloat16Network(network);
        var (rounded, prepared) = (rounding.Evaluate(x, t, given), rounding.Prepare(given)(x, t));

        Assert.All(network.parameters(), p => Assert.Equal(ScalarType.BFloat16, p.dtype));
        Assert.NotEmpty(frequencies);
        Assert.All(frequencies.Zip(before), f => Assert.Equal(0, Draws.Distance(f.First.buffer, f.Second)));
        Assert.Equal((x.dtype, 0), (rounded.dtype, Draws.Distance(rounded, prepared)));
        // A rounding is 2^-9 of a number; some dozens of them in turn, and frequencies that were rounded would turn every sine.
        var relative = ((rounded - exact).norm() / exact.norm()).item<float>();
        Assert.InRange(relative, 1e-5f, 0.05f);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_masked_condition_is_one_left_out(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        using var network = Network(kind, target: 0);
        var (x, t) = Start(0, batch: 4);
        Condition[] all = [Condition(1, 4), Condition(2, 4), Condition(3, 4)];
        bool[][] present = [[true, false, true, false], [true, true, false, false], [false, true, true, false]];
        var masked = network.Evaluate(x, t, all.Select((c, i) => c with { Present = tensor(present[i]) }).ToArray());
        for (var row = 0; row < 4; row++)
        {
            var given = all.Where((_, i) => present[i][row]).Select(c => c with { Latent = c.Latent[row..(row + 1)] }).ToArray();
            var alone = network.Evaluate(x[row..(row + 1)], t[row..(row + 1)], given);
            Close(alone[0], masked[row]);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Prepared_conditions_give_the_same_answer_at_every_evaluation(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        using var network = Network(kind, target: 0);
        var (x, t) = Start(0, batch: 3);
        Condition[] conditions = [Condition(1, 3), Condition(2, 3) with { Present = tensor(new[] { true, false, false }) }, Condition(3, 3) with { Present = tensor(new[] { true, true, false }) }];
        foreach (var given in new[] { conditions, [], conditions[1..] })
        {
            var prepared = network.Prepare(given);
            Assert.Equal(0, Draws.Distance(network.Evaluate(x, t, given), prepared(x, t)));
            Assert.Equal(0, Draws.Distance(network.Evaluate(x.flip(0), t / 2, given), prepared(x.flip(0), t / 2)));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void What_a_masked_condition_holds_has_no_effect(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        using var network = Network(kind, target: 0);
        var (x, t) = Start(0, batch: 2);
        var absent = tensor(new[] { false, false });
        var one = network.Evaluate(x, t, [Condition(1, 2), Condition(2, 2) with { Present = absent }]);
        var other = network.Evaluate(x, t, [Condition(1, 2), new Condition(2, 1e6 * ones(2, 4, 7), absent)]);
        Assert.Equal(0, Draws.Distance(one, other));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_order_of_the_conditions_changes_nothing(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        using var network = Network(kind, target: 1);
        var (x, t) = Start(1, batch: 3);
        var some = tensor(new[] { true, false, true });
        Condition[] conditions = [Condition(0, 3), Condition(2, 3) with { Present = some }, Condition(3, 3), Condition(3, 3) with { IsNoisy = true }];
        var one = network.Evaluate(x, t, conditions);
        Close(one, network.Evaluate(x, t, [.. conditions.Reverse()]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Time_step_modality_and_noisiness_are_told_apart(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        LatentShape[] alike = [new(3, 4), new(3, 4), new(3, 4)];
        using var network = BackboneFactory.Create(Small with { Kind = kind }, alike, 0, new StableRandom(1));
        Draws.Fill(network, 3, std: 0.3);
        var (x, t, y) = (Draws.Normal(1, 2, 3, 4), tensor(new[] { 0.2f, 0.7f }), Draws.Normal(2, 2, 3, 4));
        var answer = network.Evaluate(x, t, [new(1, y)]);
        Assert.True(Draws.Distance(answer, network.Evaluate(x, t, [new(2, y)])) > 1e-3);
        Assert.True(Draws.Distance(answer, network.Evaluate(x, t, [new(1, y, IsNoisy: true)])) > 1e-3);
        Assert.True(Draws.Distance(answer, network.Evaluate(x, t, [new(1, y.flip(2))])) > 1e-3);
        Assert.True(Draws.Distance(answer, network.Evaluate(x, t.flip(0), [new(1, y)])) > 1e-3);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_gradient_reaches_every_parameter(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        using var network = Network(kind, target: 2);
        var (x, t) = Start(2, batch: 3);
        network.Evaluate(x, t, [Condition(0, 3), Condition(1, 3), Condition(3, 3) with { IsNoisy = true }]).square().sum().backward();
        Assert.All(network.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().max().item<float>() > 0, p.name));
        Assert.DoesNotContain("frequencies", string.Join(' ', network.named_parameters().Select(p => p.name)));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Memory_stays_flat_forward_and_backward(BackboneKind kind)
    {
        using var network = Network(kind, target: 0);
        Step(network);
        // Of this thread: other tests run beside it.
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        for (var i = 0; i < 20; i++)
        {
            Step(network);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);

        static void Step(ScoreNetwork network)
        {
            using var scope = NewDisposeScope();
            var (x, t) = Start(0, batch: 2);
            network.Evaluate(x, t, [Condition(1, 2), Condition(2, 2) with { Present = tensor(new[] { true, false }) }]).sum().backward();
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void It_refuses_what_it_was_not_made_for(BackboneKind kind)
    {
        using var scope = NewDisposeScope();
        using var network = Network(kind, target: 0);
        var (x, t) = Start(0, batch: 2);
        Assert.Contains("expected (2, 3, 5)", Assert.Throws<ArgumentException>(() => network.Evaluate(x.transpose(1, 2), t, [])).Message);
        Assert.Contains("expected (2, 2, 1)", Assert.Throws<ArgumentException>(() => network.Evaluate(x, t, [Condition(1, 3)])).Message);
        Assert.Contains("expected (2)", Assert.Throws<ArgumentException>(() => network.Evaluate(x, t[0], [])).Message);
        Assert.Contains("cannot condition target 0", Assert.Throws<ArgumentException>(() => network.Evaluate(x, t, [new(0, x)])).Message);
        Assert.Contains("given twice", Assert.Throws<ArgumentException>(() => network.Evaluate(x, t, [Condition(1, 2), Condition(1, 2)])).Message);
        Assert.Contains(kind == BackboneKind.Unet ? "multiple of 8 heads (24)" : "multiple of heads (3)", Assert.Throws<InputException>(() =>
            BackboneFactory.Create(Small with { Kind = kind, Heads = 3 }, Uneven, 0, new StableRandom(1))).Message);
        Assert.Contains("make it even", Assert.Throws<InputException>(() =>
            BackboneFactory.Create(Small with { Kind = kind, TimeWidth = 9 }, Uneven, 0, new StableRandom(1))).Message);
    }

    private static void TakesEverySet(BackboneKind kind, int target)
    {
        using var scope = NewDisposeScope();
        using var network = Network(kind, target);
        var (x, t) = Start(target, batch: 3);
        var others = Enumerable.Range(0, Uneven.Length).Where(m => m != target).ToArray();
        var answers = Enumerable.Range(0, 1 << others.Length)
            .Select(bits => network.Evaluate(x, t, others.Where((_, i) => (bits >> i & 1) == 1).Select(m => Condition(m, 3)).ToArray())).ToArray();
        Assert.All(answers, a => Assert.Equal(x.shape, a.shape));
        // Each set tells the network something else.
        Assert.All(answers.Skip(1), a => Assert.True(Draws.Distance(answers[0], a) > 1e-4));
    }

    private static ScoreNetwork Network(BackboneKind kind, int target)
    {
        var network = BackboneFactory.Create(Small with { Kind = kind }, Uneven, target, new StableRandom(1));
        Draws.Fill(network, 3, std: 0.3);
        return network;
    }

    private static (Tensor X, Tensor T) Start(int target, int batch) =>
        (Draws.Normal(1, batch, Uneven[target].Channels, Uneven[target].Length),
         tensor(Enumerable.Range(1, batch).Select(i => i / (batch + 1f)).ToArray()));

    private static Condition Condition(int m, int batch) => new(m, Draws.Normal(10 + (ulong)m, batch, Uneven[m].Channels, Uneven[m].Length));

    // Sums in another order; answers are up to some hundred times their inputs, which are about 1.
    private static void Close(Tensor one, Tensor other) => Relative.Equal(one, other, Relative.Network, size: 1);
}
