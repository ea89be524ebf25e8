using Amodal.Fusion;
using Amodal.Latents;
using Amodal.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Tests.Fusion;

public class FusionNetworkTests
{
    private static readonly FusionOptions Small = new() { Layers = 2, Heads = 2 };

    public static TheoryData<int[]> Lengths => new(new[] { 5, 1 }, [1, 1], [5, 1, 3], [4, 2, 1, 6]);

    [Theory, MemberData(nameof(Lengths))]
    public void Any_number_of_modalities_of_any_lengths_gives_one_number_a_row(int[] lengths)
    {
        using var scope = NewDisposeScope();
        using var network = Network(lengths);
        var latents = Latents(lengths);
        var features = network.Features(latents);
        Assert.Equal([3, lengths.Length * (lengths.Length - 1) * 4], features.shape);
        Assert.Equal(network.FeatureWidth, features.shape[1]);
        var prediction = network.Predict(latents);
        Assert.Equal([3], prediction.shape);
        Assert.Equal(0, Draws.Distance(prediction, network.Predict(features)));
    }

    [Fact]
    public void Every_modality_and_every_step_is_seen()
    {
        using var scope = NewDisposeScope();
        int[] lengths = [5, 2, 3]; // from a single step there is nothing to choose, and queries learn nothing
        using var network = Network(lengths);
        var latents = Latents(lengths).Select(l => l.requires_grad_()).ToArray();
        network.Predict(latents).sum().backward();
        Assert.All(latents, l => Assert.True(l.grad!.abs().amin(new long[] { 0, 1, 2 }).item<float>() > 0));
        Assert.All(network.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().max().item<float>() > 0, p.name));
    }

    [Fact]
    public void Dropout_acts_in_training_only()
    {
        using var scope = NewDisposeScope();
        int[] lengths = [5, 4];
        using var network = Network(lengths);
        var latents = Latents(lengths);
        Assert.Equal(0, Draws.Distance(network.Predict(latents), network.Predict(latents)));
        network.train();
        Assert.True(Draws.Distance(network.Predict(latents), network.Predict(latents)) > 1e-4);
        using var attentionOnly = new FusionNetwork([.. lengths.Select(l => new LatentShape(4, l))], Small with { Dropout = 0 });
        Draws.Fill(attentionOnly, 1, std: 0.3);
        Assert.True(Draws.Distance(attentionOnly.Predict(latents), attentionOnly.Predict(latents)) > 1e-4);
        var features = Draws.Normal(3, 4, network.FeatureWidth);
        Assert.True(Draws.Distance(network.Predict(features), network.Predict(features)) > 1e-4); // in the head, too
        using var none = new FusionNetwork([.. lengths.Select(l => new LatentShape(4, l))], Small with { Dropout = 0, AttentionDropout = 0 });
        Assert.Equal(0, Draws.Distance(none.Predict(latents), none.Predict(latents)));
    }

    [Fact]
    public void A_layer_drops_what_is_hidden_and_what_is_added()
    {
        using var scope = NewDisposeScope();
        using var layer = new AttentionLayer(4, new FusionOptions { Heads = 2, Dropout = 0.5 });
        using (no_grad())
        {
            foreach (var (name, p) in layer.named_parameters())
            {
                p.zero_(); // attention adds nothing, and every hidden number is the bias, 1
                p.add_(name is "mlp_hidden.bias" ? 1 : 0);
            }

            layer.named_parameters().Single(p => p.name == "mlp_output.weight").parameter.copy_(eye(4, 16)); // each adds one hidden number
        }

        var x = Draws.Normal(1, 200, 5, 4);
        var added = layer.Forward(x, x) - x;
        // Dropped twice at a half, a quarter is left of 4,000: five standard errors.
        Assert.Equal(0.25, added.ne(0).to(ScalarType.Float32).mean().item<float>(), 5 * Math.Sqrt(0.25 * 0.75 / 4000));
        layer.eval();
        Assert.Equal(0, Draws.Distance(x + 1, layer.Forward(x, x)));
    }

    [Fact]
    public void An_encoder_with_zero_layers_of_attention_to_itself_is_a_norm_of_content_and_position()
    {
        using var scope = NewDisposeScope();
        using var encoder = new CrossModalTransformer(4, 6, new FusionOptions { Layers = 1, Heads = 1 });
        encoder.eval();
        using var noGradient = no_grad();
        foreach (var (name, p) in encoder.named_parameters().Where(p => p.name.Contains("output.", StringComparison.Ordinal)))
        {
            p.zero_(); // both branches of the layer add 0
        }

        var x = Draws.Normal(1, 2, 6, 4);
        var expected = nn.functional.layer_norm((2 * x) + SinusoidalPositions.Table(6, 4), [4]);
        Relative.Equal(expected, encoder.Encode(x, x), Relative.Network); // a sum, a norm and what they round off
    }

    [Fact]
    public void It_learns_what_takes_two_modalities_to_know()
    {
        using var scope = NewDisposeScope();
        int[] lengths = [3, 2];
        using var network = new FusionNetwork([.. lengths.Select(l => new LatentShape(8, l))], Small with { Layers = 1, AttentionDropout = 0, Dropout = 0 });
        Draws.Initialise(network, 1);
        using var optimizer = optim.Adam(network.parameters(), lr: 0.01);
        var random = new StableRandom(1);
        var losses = new List<double>();
        for (var step = 0; step < 80; step++)
        {
            using var inner = NewDisposeScope();
            Tensor[] latents = [.. lengths.Select(l => Draws.Normal(random, 64, 8, l))];
            // Each part N(0, 1). Of one channel: the mean over all is what a layer norm takes away.
            var label = (latents[0].select(1, 0).mean([1]) * Math.Sqrt(3)) - (latents[1].select(1, 0).mean([1]) * Math.Sqrt(2));
            var loss = nn.functional.l1_loss(network.Predict(latents), label);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            losses.Add(loss.item<float>());
        }

        // E|N(0, s^2)| = 0.80 s: knowing neither costs 1.13, knowing one of the two 0.80.
        var last = losses[^20..].Average();
        Assert.True(last < 0.65, $"loss {last}");
    }

    [Fact]
    public void Memory_stays_flat_forward_and_backward()
    {
        int[] lengths = [5, 1, 3];
        using var network = Network(lengths);
        network.train();
        Step();
        // Of this thread: other tests run beside it.
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        for (var i = 0; i < 10; i++)
        {
            Step();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);

        void Step()
        {
            using var scope = NewDisposeScope();
            network.Predict(Latents(lengths)).sum().backward();
        }
    }

    [Fact]
    public void The_thesis_s_network_has_the_approved_parameters()
    {
        using var network = new FusionNetwork([new(32, 48), new(32, 48), new(32, 48)], new FusionOptions());
        ApprovedShapes.Check(nameof(FusionNetwork), network);
    }

    [Fact]
    public void It_refuses_what_does_not_fit()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => new FusionNetwork([new(4, 1)], Small));
        Assert.Throws<ArgumentException>(() => new FusionNetwork([new(4, 1), new(2, 1)], Small));
        Assert.Contains("does not divide the width 5", Assert.Throws<InputException>(() => new FusionNetwork([new(5, 1), new(5, 1)], Small)).Message);
        using var network = Network([5, 4]);
        Assert.Contains("modality 1 has shape (3, 4, 5)", Assert.Throws<ArgumentException>(() => network.Features(Latents([5, 5]))).Message);
    }

    private static FusionNetwork Network(int[] lengths)
    {
        var network = new FusionNetwork([.. lengths.Select(l => new LatentShape(4, l))], Small);
        Draws.Fill(network, 1, std: 0.3);
        network.eval();
        return network;
    }

    private static Tensor[] Latents(int[] lengths) => [.. lengths.Select((l, m) => Draws.Normal((ulong)m, 3, 4, l))];
}
