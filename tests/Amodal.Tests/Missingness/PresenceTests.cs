using Amodal.Data;
using Amodal.Missingness;

namespace Amodal.Tests.Missingness;

public class PresenceTests
{
    private static readonly Split Rows = new("test", ["x", "y", "z"], [0, 0, 0],
    [
        new(new Modality("a", 2, 1), [1, float.NaN, float.NaN, float.NaN, 0, 0]),
        new(new Modality("b", 1, 2), [float.NaN, float.PositiveInfinity, 1, 2, 3, 4]),
    ]);

    [Fact]
    public void A_modality_without_any_number_is_not_there_but_zeros_are() =>
        Assert.Equal([ModalitySet.Of(0), ModalitySet.Of(1), ModalitySet.Of(0, 1)], Presence.Of(Rows));

    [Fact]
    public void Where_nothing_is_missing_there_is_nothing_to_restrict()
    {
        Assert.Null(Presence.OfAll([Rows.Select("test", [2]), Rows.Select("test", [2])]));
        Assert.Equal([ModalitySet.Of(0, 1), ModalitySet.Of(0)], Presence.OfAll([Rows.Select("test", [2]), Rows.Select("test", [0])])!);
    }

    [Fact]
    public void Observed_sets_lose_what_is_not_there()
    {
        Assert.Equal([ModalitySet.Of(0), ModalitySet.Of(1), ModalitySet.Of(0, 1)], Presence.Restrict(Rows, [.. Enumerable.Repeat(ModalitySet.All(2), 3)]));
        Assert.Equal([ModalitySet.Of(0), ModalitySet.Of(1), ModalitySet.Of(0)], Presence.Restrict(Rows, [ModalitySet.Of(0), ModalitySet.Of(1), ModalitySet.Of(0)]));
        Assert.Contains("id 'y': has no number in a, and the rest is missing",
            Assert.Throws<InputException>(() => Presence.Restrict(Rows, [.. Enumerable.Repeat(ModalitySet.Of(0), 3)])).Message, StringComparison.Ordinal);
    }
}
