using Amodal.Configuration;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;

namespace Amodal.Tests.Configuration;

public class OptionNamesTests
{
    [Fact]
    public void Members_are_called_in_kebab_case()
    {
        Assert.Equal(["ve", "vp", "sub-vp", "cosine-vp"], OptionNames.All<ProcessKind>());
        Assert.Equal("predictor-corrector", OptionNames.Of(SamplerKind.PredictorCorrector));
    }

    [Fact]
    public void Finds_members_by_name_but_not_by_number()
    {
        Assert.True(OptionNames.TryParse<SamplerKind>("euler_Maruyama", out var kind));
        Assert.Equal(SamplerKind.EulerMaruyama, kind);
        Assert.False(OptionNames.TryParse<SamplerKind>("0", out _));
        Assert.False(OptionNames.TryParse<SamplerKind>("", out _));
    }

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("width", "widht", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("abc", "abc", 0)]
    public void Counts_edits(string a, string b, int expected) => Assert.Equal(expected, NearestName.Distance(a, b));
}
