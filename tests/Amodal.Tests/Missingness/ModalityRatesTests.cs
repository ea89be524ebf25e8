using Amodal.Missingness;
using CsCheck;

namespace Amodal.Tests.Missingness;

public class ModalityRatesTests
{
    private static readonly string[] _names = ["text", "audio", "vision"];

    [Fact]
    public void Each_modality_is_missing_in_exactly_its_share_and_no_row_is_empty() =>
        Gen.Select(Gen.Int[1, 200], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Double[0, 1], Gen.ULong).Sample((rows, a, b, c, seed) =>
        {
            var scale = Math.Min(1, 2 / (a + b + c));
            double[] rates = [a * scale, b * scale, c * scale];
            var masks = Parse(FormattableString.Invariant($"text={rates[0]:R},audio={rates[1]:R},vision={rates[2]:R}")).Draw(rows, seed);
            Assert.Equal(rows, masks.Length);
            Assert.All(masks, set => Assert.True(!set.IsEmpty && set.Without(ModalitySet.All(3)).IsEmpty));
            // Three roundings up may ask for one row too many, and then one rate gives way.
            Assert.All(rates.Index(), r => Assert.InRange(masks.Count(set => !set.Contains(r.Index)), (rows * r.Item) - 1.51, (rows * r.Item) + 0.51));
        }, iter: 300);

    [Fact]
    public void The_rates_of_the_issue_are_met_and_the_rest_is_never_missing()
    {
        var masks = Parse("audio=0.3, VISION=0.1").Draw(1000, seed: 1);
        Assert.Equal([0, 300, 100], Enumerable.Range(0, 3).Select(m => masks.Count(set => !set.Contains(m))));
        // Chosen independently: 30 of both, with a deviation of sqrt(1000 * 0.03 * 0.7 * 0.9) = 4.3.
        Assert.InRange(masks.Count(set => set == ModalitySet.Of(0)), 30 - 18, 30 + 18);
    }

    [Fact]
    public void The_seed_names_the_draw()
    {
        var rates = Parse("text=0.5,audio=0.5");
        Assert.Equal(rates.Draw(50, 1), rates.Draw(50, 1));
        Assert.NotEqual(rates.Draw(50, 1), rates.Draw(50, 2));
    }

    [Fact]
    public void Two_of_which_one_is_always_missing_take_turns()
    {
        var masks = ModalityRates.Parse("a=0.5,b=0.5", ["a", "b"], "--missing-rate").Draw(11, 3);
        Assert.All(masks, set => Assert.InRange(set.Count, 1, 2));
        Assert.Equal(5.5, masks.Count(set => !set.Contains(0)), 0.51);
    }

    [Fact]
    public void It_is_written_in_the_datas_order_without_rates_of_0() =>
        Assert.Equal("audio=0.3,vision=0.1", Parse("vision=0.10,text=0,audio=.3").ToString());

    [Theory]
    [InlineData("audio", "no modality with a missing rate")]
    [InlineData("audio=often", "no modality with a missing rate")]
    [InlineData("audio=1.1", "no modality with a missing rate")]
    [InlineData("audio=NaN", "no modality with a missing rate")]
    [InlineData("audio=-0.1", "no modality with a missing rate")]
    [InlineData("", "no modality with a missing rate")]
    [InlineData("sound=0.1", "'sound' is not a modality")]
    [InlineData("audio=0.1,audio=0.2", "twice")]
    [InlineData("text=0.8,audio=0.8,vision=0.8", "add up to 2.4")]
    public void What_cannot_be_had_is_refused(string list, string part) =>
        Assert.Contains(part, Assert.Throws<InputException>(() => Parse(list)).Message, StringComparison.Ordinal);

    private static ModalityRates Parse(string list) => ModalityRates.Parse(list, _names, "--missing-rate");
}
