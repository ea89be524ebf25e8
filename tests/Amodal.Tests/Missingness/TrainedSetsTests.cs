using Amodal.Missingness;
using Amodal.Randomness;

namespace Amodal.Tests.Missingness;

public class TrainedSetsTests
{
    private const int Draws = 60_000;
    private static readonly IReadOnlyList<ModalitySet> _all = Patterns.All(3);

    /// <summary>What a training is shown is what a test of that rate asks: the shares are those of the random protocol's masks.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.7)] // of three at most two thirds: one alone
    public void Sets_are_drawn_as_the_random_protocol_has_them(double rate)
    {
        var (sets, random) = (new TrainedSets(3, rate), new StableRandom(5));
        var drawn = Enumerable.Range(0, Draws).Select(_ => sets.Draw(_all, random)).CountBy(s => s).ToDictionary();
        var masks = RandomMasks.Draw(Draws, 3, rate, seed: 1).Select(o => o.Modalities).CountBy(s => s).ToDictionary();
        foreach (var set in _all)
        {
            // Two counts of a share p differ by a deviation of sqrt(2 p (1 - p) n) at most: six of them.
            var expected = masks.GetValueOrDefault(set);
            Assert.InRange(drawn.GetValueOrDefault(set), expected - (6 * Math.Sqrt(2.0 * Math.Max(expected, 1))), expected + (6 * Math.Sqrt(2.0 * Math.Max(expected, 1))));
        }
    }

    [Fact]
    public void A_mean_counts_each_set_as_often_as_it_is_drawn_and_asks_for_no_other()
    {
        var asked = new List<ModalitySet>();
        double Value(ModalitySet set)
        {
            asked.Add(set);
            return set.Count;
        }

        // At rate r a row has 3 (1 - r) modalities on average, by the rate's definition.
        Assert.Equal(3 * (1 - 0.4), new TrainedSets(3, 0.4).Mean(_all, Value), 1e-6);
        asked.Clear();
        Assert.Equal(1, new TrainedSets(3, 0.7).Mean(_all, Value), 1e-12);
        Assert.Equal(_all.Where(s => s.Count == 1), asked);
        Assert.Equal(_all.Average(s => s.Count), new TrainedSets(3, 0).Mean(_all, Value), 1e-12);

        // Where a row has none of the sets that are drawn, all that it has are alike.
        Assert.Equal(2, new TrainedSets(3, 0.7).Mean([.. _all.Where(s => s.Count == 2)], Value), 1e-12);
    }

    [Fact]
    public void All_alike_draws_as_ever()
    {
        var (own, other) = (new StableRandom(7), new StableRandom(7));
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(_all[other.NextInt(_all.Count)], new TrainedSets(3, 0).Draw(_all, own)));
    }
}
