using Amodal.Missingness;
using CsCheck;

namespace Amodal.Tests.Missingness;

public class RandomMasksTests
{
    [Fact]
    public void The_realised_rate_is_the_asked_one_and_no_row_is_empty() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 32], Gen.Double[0, 1], Gen.ULong).Sample((rows, modalities, share, seed) =>
        {
            var rate = share * RandomMasks.MaximumRate(modalities);
            var masks = RandomMasks.Draw(rows, modalities, rate, seed);
            var missing = masks.Sum(set => modalities - set.Count);
            Assert.Equal(rows, masks.Length);
            Assert.True(Math.Abs(missing - (rows * modalities * rate)) <= 0.5 + 1e-6); // nearest whole number
            Assert.Equal(missing / (double)(rows * modalities), RandomMasks.RealisedRate(masks, modalities), 1e-12);
            Assert.All(masks, set => Assert.True(!set.IsEmpty && set.Without(ModalitySet.All(modalities)).IsEmpty));
        }, iter: 300);

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.3, 617)] // 686 * 3 * 0.3 = 617.4
    [InlineData(0.5, 1029)]
    [InlineData(0.7, 1372)] // above 2/3: the maximum, 2 * 686
    public void The_rates_of_the_thesis_are_met_on_its_test_set(double rate, int missing)
    {
        Assert.Equal(missing, RandomMasks.MissingCount(686, 3, rate));
        Assert.Equal(missing, RandomMasks.Draw(686, 3, rate, 1).Sum(set => 3 - set.Count));
    }

    [Theory, InlineData(0.72), InlineData(-0.1), InlineData(double.NaN), InlineData(1.0)]
    public void An_impossible_rate_is_refused_with_what_is_allowed(double rate)
    {
        Assert.False(RandomMasks.Allows(3, rate));
        Assert.Contains("from 0 to 0.667", Assert.Throws<InputException>(() => RandomMasks.Draw(10, 3, rate, 1)).Message);
    }

    [Fact]
    public void All_matrices_with_the_count_are_equally_likely()
    {
        // 4 rows, 3 modalities, 5 of 12 missing: every matrix is listed, and 60 draws per matrix are counted.
        var expected = Enumerable.Range(0, 7 * 7 * 7 * 7)
            .Select(code => (uint[])[1 + ((uint)code % 7), 1 + ((uint)code / 7 % 7), 1 + ((uint)code / 49 % 7), 1 + ((uint)code / 343)])
            .Where(bits => bits.Sum(b => new ModalitySet(b).Count) == 7)
            .ToDictionary(bits => string.Join(',', bits), _ => 0);
        var draws = 60 * expected.Count;
        for (var seed = 0; seed < draws; seed++)
        {
            expected[string.Join(',', RandomMasks.Draw(4, 3, 5 / 12.0, (ulong)seed).Select(set => set.Modalities.Bits))]++;
        }

        // Chi-square with k - 1 degrees of freedom: mean k - 1, variance 2 (k - 1); within five standard deviations.
        var degrees = expected.Count - 1;
        var chiSquare = expected.Values.Sum(count => Math.Pow(count - 60, 2) / 60);
        Assert.InRange(chiSquare, degrees - (5 * Math.Sqrt(2.0 * degrees)), degrees + (5 * Math.Sqrt(2.0 * degrees)));
    }

    [Fact]
    public void Rows_and_modalities_are_treated_alike()
    {
        var draws = 4000;
        var missing = new int[6, 3];
        for (var seed = 0; seed < draws; seed++)
        {
            var masks = RandomMasks.Draw(6, 3, 0.5, (ulong)seed);
            for (var i = 0; i < 18; i++)
            {
                missing[i / 3, i % 3] += masks[i / 3].Contains(i % 3) ? 0 : 1;
            }
        }

        Assert.All(missing.Cast<int>(), count => Assert.Equal(0.5, count / (double)draws, 5 * Math.Sqrt(0.25 / draws))); // five standard errors
    }

    [Fact]
    public void The_same_seed_draws_the_same_masks_and_another_seed_others()
    {
        Assert.Equal(RandomMasks.Draw(100, 3, 0.5, 7), RandomMasks.Draw(100, 3, 0.5, 7));
        Assert.NotEqual(RandomMasks.Draw(100, 3, 0.5, 7), RandomMasks.Draw(100, 3, 0.5, 8));
    }

    [Fact]
    public void Seed_1_draws_these_masks_for_ever() // other programs may have stored results on them
        => Assert.Equal("4141467214676123", string.Concat(RandomMasks.Draw(16, 3, 0.5, 1).Select(set => set.Modalities.Bits)));
}
