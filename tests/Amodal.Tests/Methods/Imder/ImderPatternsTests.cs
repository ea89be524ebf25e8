using Amodal.Methods.Imder;
using Amodal.Missingness;
using Amodal.Randomness;

namespace Amodal.Tests.Methods.Imder;

public class ImderPatternsTests
{
    /// <summary>The rates that the released code realises on MOSI's 686 test utterances in batches of 32, counted by batches.</summary>
    [Theory]
    [InlineData(0.1, 2, 2, 0.091), InlineData(0.5, 14, 2, 0.455), InlineData(0.7, 20, 0, 0.606)]
    public void The_first_batches_miss_two_and_the_realised_rate_is_the_published_one(double rate, int two, int one, double realised)
    {
        var counts = ImderPatterns.Counts(22, ImderPatterns.Shares(3, rate)).ToArray();
        Assert.Equal([.. Enumerable.Repeat(2, two), .. Enumerable.Repeat(1, one), .. Enumerable.Repeat(0, 22 - two - one)], counts);
        Assert.Equal(realised, counts.Sum() / 66.0, 0.0005);
    }

    [Fact]
    public void Of_up_to_five_batches_none_misses_anything() =>
        Assert.All(Enumerable.Range(1, 5), batches => Assert.All(ImderPatterns.Counts(batches, ImderPatterns.Shares(3, 0.7)), k => Assert.Equal(0, k)));

    [Theory]
    [InlineData(3, 0.1, 0.1), InlineData(3, 0.4, 0.4), InlineData(3, 0.5, 0.5), InlineData(3, 0.6, 0.6)]
    [InlineData(3, 0.7, 2 / 3.0)] // all there is to miss
    [InlineData(2, 0.3, 0.3), InlineData(2, 0.7, 0.5), InlineData(4, 0.3, 0.3), InlineData(4, 0.7, 0.7), InlineData(6, 0.55, 0.55)]
    public void Shares_are_of_the_nominal_rate(int modalities, double rate, double expected)
    {
        var shares = ImderPatterns.Shares(modalities, rate);
        Assert.Equal(1, shares.Sum(), 1e-12);
        Assert.All(shares, s => Assert.InRange(s, 0, 1));
        Assert.Equal(expected, shares.Select((s, k) => s * k).Sum() / modalities, 1e-12);
    }

    [Fact]
    public void A_batch_shares_a_pattern_or_each_utterance_has_its_own()
    {
        var sizes = Enumerable.Repeat(100, 20).ToArray();
        var perBatch = ImderPatterns.Draw(sizes, 3, 0.3, MissingSetPer.Batch, new StableRandom(1));
        Assert.All(perBatch, batch => Assert.Single(batch.Distinct()));
        Assert.Equal([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3], perBatch.Select(b => b[0].Count));

        var perUtterance = ImderPatterns.Draw(sizes, 3, 0.3, MissingSetPer.Utterance, new StableRandom(1)).SelectMany(b => b).ToList();
        // 2000 draws: one in ten utterances has each single modality and each pair, 5 standard deviations are 0.034.
        Assert.All(Patterns.Incomplete(3), p => Assert.Equal(0.1, perUtterance.Count(o => o == p) / 2000.0, 0.034));
        Assert.Equal(0.4, perUtterance.Count(o => o.Count == 3) / 2000.0, 0.055);
    }

    [Fact]
    public void The_rate_is_halved_after_more_than_so_many_epochs_without_a_lower_loss()
    {
        Assert.Equal(1, PlateauSchedule.FactorAfter([5, 4, 4, 4], patience: 2));
        Assert.Equal(0.5, PlateauSchedule.FactorAfter([5, 4, 4, 4, 4], patience: 2));
        Assert.Equal(0.5, PlateauSchedule.FactorAfter([5, 4, 4, 3.9999, 4], patience: 2)); // lower by less than 1e-4 of it is no lower
        Assert.Equal(1, PlateauSchedule.FactorAfter([5, 4, 4, 3.9, 4, 4], patience: 2));
        Assert.Equal(0.25, PlateauSchedule.FactorAfter([4, 4, 4, 4, 4], patience: 1));
    }
}
