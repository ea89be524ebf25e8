using System.Text.RegularExpressions;
using Amodal.Alignment;
using static TorchSharp.torch;

namespace Amodal.Tests.Alignment;

public class AlignmentTests
{
    [Fact]
    public void The_decoder_agrees_with_the_published_one()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        // Outputs of IMDer's rec_l with random weights, made with another libtorch; see shared/golden/README.md.
        var golden = Golden.Read("rec_l.npz").ToDictionary(g => g.Key, g => tensor(g.Value.ToFloats(), [.. g.Value.Shape.Select(n => (long)n)]));
        using var decoder = new AlignmentDecoder(32, new AlignmentOptions());
        var weights = golden.Where(g => g.Key.StartsWith("sd.", StringComparison.Ordinal)).ToDictionary(g => OurKey(g.Key), g => g.Value);
        var ours = decoder.state_dict();
        Assert.Equal(ours.Keys.Order(), weights.Keys.Order());
        foreach (var (key, weight) in weights)
        {
            Assert.Equal(weight.shape, ours[key].shape);
            ours[key].copy_(weight);
        }

        var block = (ChannelAttentionBlock)decoder.named_modules().Single(m => m.name == "blocks.0").module;
        var steps = golden["out.conv_in"].transpose(1, 2);
        Close(golden["out.calayer0"], block.ScaleChannels(steps).transpose(1, 2));
        Close(golden["out.rcab0"], block.forward(steps).transpose(1, 2));
        Close(golden["out.group"], decoder.Group(steps).transpose(1, 2));
        Close(golden["out.y"], decoder.forward(golden["in.x"]));
        ApprovedShapes.Check(nameof(AlignmentDecoder), decoder);

        // Float32 sums of 192 products in another order, through 42 convolutions that add to what went in.
        static void Close(Tensor expected, Tensor actual) => Relative.Equal(expected, actual, 1e-4);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(50)]
    public void The_decoder_takes_any_length_and_all_of_it_learns(int length)
    {
        using var scope = NewDisposeScope();
        using var decoder = new AlignmentDecoder(3, new AlignmentOptions { Channels = 8, Blocks = 2, Reduction = 2 });
        Draws.Fill(decoder, 2, std: 0.3);
        var aligned = decoder.forward(Draws.Normal(1, 16, 3, length)); // rows enough that no ReLU is shut for all of them
        Assert.Equal([16, 3, length], aligned.shape);
        aligned.square().sum().backward();
        Assert.All(decoder.named_parameters(), p => Assert.True(p.parameter.grad!.abs().max().item<float>() > 0, p.name));
    }

    [Fact]
    public void Each_modality_has_a_decoder_of_its_own()
    {
        using var scope = NewDisposeScope();
        var options = new AlignmentOptions { Channels = 8, Blocks = 2, Reduction = 2 };
        using var decoders = new AlignmentDecoders([new(3, 4), new(3, 4)], options);
        using var alone = new AlignmentDecoder(3, options);
        Draws.Fill(decoders, 2, std: 0.3);
        var x = Draws.Normal(1, 2, 3, 4);
        for (var m = 0; m < 2; m++)
        {
            alone.load_state_dict(decoders.state_dict().Where(w => w.Key.StartsWith($"modalities.{m}.", StringComparison.Ordinal))
                .ToDictionary(w => w.Key[$"modalities.{m}.".Length..], w => w.Value));
            Assert.Equal(0, Draws.Distance(alone.forward(x), decoders.Align(m, x)));
        }

        Assert.True(Draws.Distance(decoders.Align(0, x), decoders.Align(1, x)) > 0.1);
    }

    [Fact]
    public void A_reduction_that_does_not_divide_the_channels_is_refused()
    {
        var fault = Assert.Throws<InputException>(() => new AlignmentDecoder(3, new AlignmentOptions { Channels = 20 }));
        Assert.Contains("not a multiple of reduction (16)", fault.Message);
    }

    [Fact]
    public void Modalities_count_alike_in_the_reconstruction_whatever_their_size()
    {
        using var scope = NewDisposeScope();
        // One row of a large modality off by 1 everywhere, two of a small one off by 3 and by 5.
        var loss = AlignmentLoss.Reconstruction([(ones(1, 2, 5), zeros(1, 2, 5)), (tensor(new float[] { -3, 5 }, [2, 1, 1]), zeros(2, 1, 1))]);
        Relative.Equal((1 + ((3 + 5) / 2.0)) / 2, loss.item<float>(), 4 * Relative.Rounding); // whole numbers, and two means
        Assert.Throws<ArgumentException>(() => AlignmentLoss.Reconstruction([]));
    }

    [Fact]
    public void The_perceptual_term_is_weighted_and_sends_gradient_to_the_aligned_side_only()
    {
        using var scope = NewDisposeScope();
        var truth = zeros(2, 1, 1, requires_grad: true);
        var aligned = ones(2, 1, 1, requires_grad: true);
        var loss = AlignmentLoss.Total([(aligned, truth)], 4 * aligned.view(2, 1), () => 4 * truth.view(2, 1), perceptualWeight: 0.5);
        // Whole numbers and halves, which are exact, and a mean or two.
        Relative.Equal(1 + (0.5 * 16), loss.item<float>(), 4 * Relative.Rounding);
        loss.backward();
        Relative.Equal(0.5 * (1 + (0.5 * 2 * 16)), aligned.grad![0, 0, 0].item<float>(), 4 * Relative.Rounding);
        Relative.Equal(-0.5, truth.grad![0, 0, 0].item<float>(), 4 * Relative.Rounding); // of the reconstruction term
        Relative.Equal(1, AlignmentLoss.Total([(aligned, truth)], aligned, () => throw new InvalidOperationException(), 0).item<float>(), 4 * Relative.Rounding);
    }

    private static string OurKey(string theirs)
    {
        var key = theirs["sd.".Length..];
        key = Regex.Replace(key, @"^0\.", "input.");
        key = Regex.Replace(key, @"^2\.", "output.");
        key = Regex.Replace(key, @"^1\.body\.20\.", "closing.");
        key = Regex.Replace(key, @"^1\.body\.(\d+)\.body\.0\.", "blocks.$1.convolution1.");
        key = Regex.Replace(key, @"^1\.body\.(\d+)\.body\.2\.", "blocks.$1.convolution2.");
        key = Regex.Replace(key, @"^1\.body\.(\d+)\.body\.3\.conv_du\.0\.", "blocks.$1.squeeze.");
        return Regex.Replace(key, @"^1\.body\.(\d+)\.body\.3\.conv_du\.2\.", "blocks.$1.excite.");
    }
}
