using Amodal.Data;
using Amodal.Latents;
using static TorchSharp.torch;

namespace Amodal.Tests.Latents;

public class LatentTests
{
    private static readonly Modality[] Modalities = [new("text.v1", 50, 768), new("a", 1, 5), new("v", 2, 20)];

    [Fact]
    public void Encoders_give_the_shapes_they_announce_for_any_length()
    {
        using var scope = NewDisposeScope();
        using var encoders = new Encoders(Modalities, new LatentOptions());
        Assert.Equal([new(32, 48), new(32, 1), new(32, 1)], encoders.Shapes); // kernel 3, and 1 and 2 where 3 does not fit
        var latents = encoders.Encode([.. Modalities.Select((m, i) => Draws.Normal((ulong)i, 4, m.Length, m.Width))]);
        Assert.All(latents.Zip(encoders.Shapes), p => Assert.Equal([4, p.Second.Channels, p.Second.Length], p.First.shape));
        ApprovedShapes.Check(nameof(Encoders), encoders);
    }

    [Fact]
    public void Kernel_and_channels_are_as_asked_for()
    {
        using var encoders = new Encoders(Modalities, new LatentOptions { Kernel = 2, Channels = 5 });
        Assert.Equal([new(5, 49), new(5, 1), new(5, 1)], encoders.Shapes);
    }

    [Fact]
    public void An_encoder_is_a_weighted_sum_over_its_kernel_without_bias()
    {
        using var scope = NewDisposeScope();
        using var encoder = new ShallowEncoder(new Modality("m", 3, 2), new LatentOptions { Channels = 1 });
        using var noGradient = no_grad();
        encoder.parameters().Single().copy_(tensor(new float[] { 1, 2, 3, 10, 20, 30 }, [1, 2, 3])); // (channel, width, step)
        var features = tensor(new float[] { 1, 0, 0, 1, 1, 1 }, [1, 3, 2]); // steps (1, 0), (0, 1), (1, 1)
        Assert.Equal(1 + 3 + 20 + 30, encoder.forward(features).item<float>());
    }

    [Fact]
    public void An_encoder_refuses_another_shape_and_names_the_modality()
    {
        using var scope = NewDisposeScope();
        using var encoder = new ShallowEncoder(Modalities[2], new LatentOptions());
        var fault = Assert.Throws<ArgumentException>(() => encoder.forward(zeros(4, 20, 2)));
        Assert.Contains("'v' has shape (4, 20, 2), expected (batch, 2, 20)", fault.Message);
    }

    [Fact]
    public void Standardised_latents_have_mean_0_and_std_1_and_come_back()
    {
        using var scope = NewDisposeScope();
        LatentShape[] shapes = [new(3, 5), new(2, 1)];
        var scale = tensor(new float[] { 1, 20, 0.1f }).view(1, 3, 1);
        Tensor[] train = [(Draws.Normal(1, 400, 3, 5) * scale) + 7, Draws.Normal(2, 400, 2, 1)];
        using var standardiser = new LatentStandardiser(shapes, enabled: true);
        standardiser.Fit(train);
        for (var m = 0; m < 2; m++)
        {
            var standardised = standardiser.Standardise(m, train[m]);
            // Rounding only: sums of 2,000 numbers about a mean of 7, added in some 11 levels at best and in whole rows at
            // worst, and divided by 0.1 in channel 3: 7 * 2^-24 / 0.1 = 4e-6 for each level.
            Assert.True(standardised.mean([0, 2]).abs().max().item<float>() < 2e-4);
            Assert.True((standardised.std(new long[] { 0, 2 }, unbiased: false) - 1).abs().max().item<float>() < 2e-4);
            // Less the mean, by the deviation, times it and plus the mean: four roundings, of numbers no larger than these.
            Relative.Equal(train[m], standardiser.Restore(m, standardised), 8 * Relative.Rounding);
        }

        ApprovedShapes.Check(nameof(LatentStandardiser), standardiser);
    }

    [Fact]
    public void A_latent_step_counts_where_its_kernel_sees_more_than_padding()
    {
        // Row 0: four steps of padding, then two; row 1: two steps (one of them half zero), then padding.
        var modality = new Modality("m", 6, 2);
        var split = new Split("train", ["x", "y"], [0, 0], [new(modality, [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0])]);
        using var features = tensor(split.Features[0].Values, [2, 6, 2]);
        using (var two = LatentStore.Encode(split, [features], (_, x) => zeros(x.shape[0], 3, 5))) // a kernel of 2
        {
            Assert.Equal([0, 0, 0, 1, 1, 1, 1, 0, 0, 0], two.Valid[0].data<float>().ToArray());
        }

        using (var three = LatentStore.Encode(split, [features], (_, x) => zeros(x.shape[0], 3, 4)))
        {
            Assert.Equal([0, 0, 1, 1, 1, 1, 0, 0], three.Valid[0].data<float>().ToArray());
        }

        // Zeros before it take it to 8 steps: a kernel of 3 makes 6 of them.
        using var longer = LatentStore.Encode(split, [features], (_, x) => zeros(x.shape[0], 3, 6), least: 8);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0], longer.Valid[0].data<float>().ToArray());
    }

    [Fact]
    public void A_constant_channel_is_divided_by_the_floor()
    {
        using var scope = NewDisposeScope();
        var train = Draws.Normal(1, 400, 2, 5);
        train[TensorIndex.Colon, 1] = 3f;
        using var standardiser = new LatentStandardiser([new(2, 5)], enabled: true);
        standardiser.Fit([train]);
        // Channel 0 has std 1 (2000 draws: +-5 * 0.016), so the root mean square over the two is sqrt(1/2).
        var oneOff = standardiser.Standardise(0, train + 1)[0, 1, 0].item<float>();
        var expected = Math.Sqrt(2) / LatentStandardiser.RelativeFloor;
        Assert.Equal(expected, oneOff, expected * 0.1);
        // 2,000 threes are summed exactly; of their mean a rounding or two may be left, which the same floor divides.
        Assert.Equal(0, standardiser.Standardise(0, train)[0, 1, 0].item<float>(), 4 * 3 * Relative.Rounding * expected);
    }

    [Fact]
    public void Disabled_it_is_the_identity_even_after_a_fit()
    {
        using var scope = NewDisposeScope();
        var latent = Draws.Normal(1, 4, 3, 5) + 7;
        using var standardiser = new LatentStandardiser([new(3, 5)], enabled: false);
        standardiser.Fit([latent]);
        Assert.Equal(0, Draws.Distance(latent, standardiser.Standardise(0, latent)));
        Assert.Equal(0, Draws.Distance(latent, standardiser.Restore(0, latent)));
    }

    [Theory, InlineData(4), InlineData(5), InlineData(1)]
    public void Positions_are_sines_and_cosines_of_falling_frequency(int width)
    {
        using var scope = NewDisposeScope();
        var table = SinusoidalPositions.Table(7, width);
        Assert.Equal([7, width], table.shape);
        // A frequency is rounded, and six times it: 6 * 2^-24 in the argument of a sine, twice.
        Assert.Equal(Math.Sin(6), table[6, 0].item<float>(), 2 * 6 * Relative.Rounding);
        if (width > 3)
        {
            Assert.Equal(Math.Cos(6), table[6, 1].item<float>(), 2 * 6 * Relative.Rounding);
            Assert.Equal(Math.Cos(6 * Math.Pow(10000, -2.0 / width)), table[6, 3].item<float>(), 2 * 6 * Relative.Rounding);
        }
    }
}
