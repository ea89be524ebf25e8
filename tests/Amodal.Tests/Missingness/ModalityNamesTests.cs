using Amodal.Missingness;

namespace Amodal.Tests.Missingness;

public class ModalityNamesTests
{
    private static readonly string[] Names = ["language", "acoustic", "vision"];

    [Theory]
    [InlineData("acoustic,vision", 0b110)]
    [InlineData(" Vision , ACOUSTIC ", 0b110)]
    [InlineData("language", 0b001)]
    [InlineData("vision,vision", 0b100)]
    public void Reads_a_list_of_names(string list, uint bits) =>
        Assert.Equal(new ModalitySet(bits), ModalityNames.Parse(list, Names, "missing"));

    [Fact]
    public void The_exact_name_goes_before_one_in_other_letters()
    {
        Assert.Equal(ModalitySet.Of(1), ModalityNames.Parse("a", ["A", "a"], "missing"));
        Assert.Equal(ModalitySet.Of(0), ModalityNames.Parse("A", ["A", "a"], "missing"));
    }

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones_and_the_nearest()
    {
        var e = Assert.Throws<InputException>(() => ModalityNames.Parse("acustic", Names, "missing"));
        Assert.Equal("missing: 'acustic' is not a modality; the data set has language, acoustic, vision. Did you mean 'acoustic'?", e.Message);
        Assert.DoesNotContain("Did you mean", Assert.Throws<InputException>(() => ModalityNames.Parse("smell", Names, "missing")).Message);
    }

    [Theory, InlineData(""), InlineData("acoustic,"), InlineData(",")]
    public void An_empty_name_is_refused(string list) =>
        Assert.Contains("a name is missing", Assert.Throws<InputException>(() => ModalityNames.Parse(list, Names, "missing")).Message);
}
