using System.Text.Json;

namespace Amodal.Cli.Tests;

/// <summary>amodal profile, at tiny sizes.</summary>
public class ProfileTests
{
    private static readonly string[] _all = ["score-transformer1d", "unet", "dit", "mmdit", "cached-transformer1d"];
    private static readonly string[] _tiny = ["profile", "--config", "tiny.yaml", "--length", "5", "--repeats", "1"];

    [Fact]
    public void It_measures_every_backbone_side_by_side()
    {
        using var amodal = Tiny();
        using var document = JsonDocument.Parse(amodal.Succeed([.. _tiny, "--json"]).Output);
        var profiles = document.RootElement.EnumerateArray().ToList();
        Assert.Equal(_all, profiles.Select(p => p.GetProperty("backbone").GetString()));
        foreach (var profile in profiles)
        {
            var parameters = profile.GetProperty("parameters").GetInt64();
            Assert.InRange(parameters, 1000, 40_000);
            Assert.Equal(4 * parameters, profile.GetProperty("parameterBytes").GetInt64());
            Assert.InRange(profile.GetProperty("flops").GetInt64(), 1000, 10_000_000);
            Assert.True(profile.GetProperty("peakBytes").ValueKind is JsonValueKind.Number or JsonValueKind.Null);
            Assert.Equal([1, 32], profile.GetProperty("times").EnumerateArray().Select(t => t.GetProperty("batch").GetInt32()));
            Assert.All(profile.GetProperty("times").EnumerateArray(), t => Assert.True(t.GetProperty("milliseconds").GetDouble() > 0));
            Assert.Equal(16, profile.GetProperty("options").GetProperty("width").GetInt32());
        }
    }

    [Fact]
    public void People_get_a_table_of_those_they_name()
    {
        using var amodal = Tiny();
        var table = amodal.Succeed([.. _tiny, "--backbone", "DiT", "unet", "--conditions", "0"]).Output;
        Assert.Contains("dit", table, StringComparison.Ordinal);
        Assert.Contains("0 conditions, 5 steps of 8 channels", table, StringComparison.Ordinal);
        Assert.DoesNotContain("mmdit", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_options_are_named()
    {
        using var amodal = Tiny();
        amodal.Run("profile", "--backbone", "resnet").IsBadInput("--backbone", "resnet", "score-transformer1d, unet, dit, mmdit");
        amodal.Run("profile", "--length", "0").IsBadInput("--length", "1 to");
        amodal.Run("profile", "--conditions", "-1").IsBadInput("--conditions");
        File.WriteAllText(amodal.File("tiny.yaml"), "backbone: { width: 24, heads: 2 }");
        amodal.Run([.. _tiny, "--backbone", "unet"]).IsBadInput("24", "8 heads (16)");
    }

    private static Amodal Tiny()
    {
        var amodal = new Amodal();
        File.WriteAllText(amodal.File("tiny.yaml"), Amodal.TinyConfig);
        return amodal;
    }
}
