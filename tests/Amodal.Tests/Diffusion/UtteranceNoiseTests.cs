using Amodal.Diffusion;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

public class UtteranceNoiseTests
{
    [Fact]
    public void A_row_is_the_same_bits_in_any_batch_and_order()
    {
        using var scope = NewDisposeScope();
        var together = new UtteranceNoise(1, ["a", "b", "c"]);
        var reordered = new UtteranceNoise(1, ["c", "a"]);
        for (var draw = 0; draw < 3; draw++)
        {
            var (all, some) = (together.Like(zeros(3, 5, 7)), reordered.Like(zeros(2, 5, 7)));
            Assert.Equal(Row(all, 2), Row(some, 0));
            Assert.Equal(Row(all, 0), Row(some, 1));
            Assert.NotEqual(Row(all, 0), Row(all, 1));
        }
    }

    [Fact]
    public void Draws_samples_streams_and_seeds_differ_and_repeat()
    {
        using var scope = NewDisposeScope();
        float[] First(UtteranceNoise noise) => Row(noise.Like(zeros(1, 2, 3)), 0);
        var noise = new UtteranceNoise(1, ["a"]);
        var first = First(noise);
        float[][] all =
        [
            first, First(noise), First(new UtteranceNoise(1, ["a"], draw: 1)), First(new UtteranceNoise(1, ["a"], stream: 1)),
            First(new UtteranceNoise(2, ["a"])), First(new UtteranceNoise(1, ["b"])),
        ];
        Assert.Equal(all.Length, all.Select(a => a[0]).Distinct().Count());
        Assert.Equal(first, First(new UtteranceNoise(1, ["a"])));
        Assert.Equal(first, First(new UtteranceNoise([RowNoise.RowKey(1, "a")])));
    }

    [Fact]
    public void Float64_holds_the_same_numbers_to_its_own_precision()
    {
        using var scope = NewDisposeScope();
        var single = new UtteranceNoise(1, ["a"]).Like(zeros(1, 2, 3));
        var twice = new UtteranceNoise(1, ["a"]).Like(zeros(1, 2, 3, dtype: ScalarType.Float64));
        Assert.Equal(ScalarType.Float64, twice.dtype);
        Assert.Equal(Row(single, 0), Row(twice, 0));
    }

    [Fact]
    public void Numbers_are_independent_standard_normal()
    {
        using var scope = NewDisposeScope();
        var noise = new UtteranceNoise(3, Enumerable.Range(0, 20).Select(i => $"utterance {i}"));
        var (a, b) = (noise.Like(zeros(20, 10, 250)), noise.Like(zeros(20, 10, 250)));
        var n = (int)a.numel();
        var values = a.to(ScalarType.Float64).data<double>().ToArray();
        Assert.InRange(
            KolmogorovSmirnov.Distance(values, x => MathNet.Numerics.Distributions.Normal.CDF(0, 1, x)), 0, KolmogorovSmirnov.Critical(n));
        // Correlations between draws, rows and neighbours: standard error 1 / sqrt(n), or of the fewer pairs.
        Assert.Equal(0, (a * b).mean().item<float>(), 4 / Math.Sqrt(n));
        Assert.Equal(0, (a[0] * a[1]).mean().item<float>(), 4 / Math.Sqrt(2500));
        Assert.Equal(0, values.Zip(values.Skip(1), (x, y) => x * y).Average(), 4 / Math.Sqrt(n));
        // Box-Muller pairs share a radius: their squares must not be correlated either (variance of z^2 is 2).
        Assert.Equal(0, values.Chunk(2).Average(p => ((p[0] * p[0]) - 1) * ((p[1] * p[1]) - 1)), 4 * 2 / Math.Sqrt(n / 2.0));
    }

    [Fact]
    public void Numbers_come_again_neither_in_a_long_row_nor_after_many_draws()
    {
        // Four in turn, since single float32 numbers meet by chance.
        var (noise, row) = (new RowNoise(1, ["a"]), new float[40_000]);
        noise.Fill(row, 1);
        Assert.Equal(10_000, row.Chunk(4).Select(c => (c[0], c[1], c[2], c[3])).Distinct().Count());
        var few = new float[4];
        var draws = Enumerable.Range(0, 5_000).Select(_ =>
        {
            noise.Fill(few, 1);
            return (few[0], few[1], few[2], few[3]);
        });
        Assert.Equal(5_000, draws.Distinct().Count());
    }

    [Fact]
    public void A_batch_of_another_size_is_refused()
    {
        using var x = zeros(2, 1, 1);
        var error = Assert.Throws<ArgumentException>(() => new UtteranceNoise(1, ["a"]).Like(x));
        Assert.Contains("2 rows", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Torch_noise_repeats_by_seed_and_moves_on()
    {
        using var scope = NewDisposeScope();
        using var first = new TorchNoise(seed: 5);
        using var second = new TorchNoise(seed: 5);
        var like = zeros(2, 3, 4);
        var a = first.Like(like);
        Assert.Equal(Row(a, 0), Row(second.Like(like), 0));
        Assert.NotEqual(Row(a, 0), Row(first.Like(like), 0));
    }

    private static float[] Row(Tensor x, int row) => x[row].to(ScalarType.Float32).contiguous().data<float>().ToArray();
}
