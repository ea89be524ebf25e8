using System.Text.Json;

namespace Amodal.Cli.Tests;

/// <summary>amodal bench --networks, at tiny sizes.</summary>
public class NetworkBenchTests
{
    private static readonly string[] _all = ["score-transformer1d", "unet", "dit", "mmdit", "cached-transformer1d"];
    private static readonly string[] _tiny = ["bench", "tiny.yaml", "--networks", "--length", "5", "--repeats", "1"];

    [Fact]
    public void It_measures_every_backbone_side_by_side()
    {
        using var amodal = Tiny();
        using var document = JsonDocument.Parse(amodal.Succeed([.. _tiny, "--json"]).Output);
        var profiles = document.RootElement.GetProperty("backbones").EnumerateArray().ToList();
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
        var table = amodal.Succeed([.. _tiny, "--backbone", "DiT,unet", "--batches", "2", "--conditions", "0"]).Output;
        Assert.Contains("dit", table, StringComparison.Ordinal);
        Assert.Contains("0 conditions, 5 steps of 8 channels", table, StringComparison.Ordinal);
        Assert.Contains("ms, batch 2", table, StringComparison.Ordinal);
        Assert.DoesNotContain("mmdit", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_options_are_named()
    {
        using var amodal = Tiny();
        amodal.Run("bench", "--networks", "--backbone", "resnet").IsBadInput("--backbone", "resnet", "score-transformer1d, unet, dit, mmdit");
        amodal.Run("bench", "--networks", "--length", "0").IsBadInput("--length", "1 to");
        amodal.Run("bench", "--networks", "--conditions", "-1").IsBadInput("--conditions");
        amodal.Run([.. _tiny, "--missing-count", "1"]).IsBadInput("--missing-count", "not measured with --networks");
        amodal.Run([.. _tiny, "demo"]).IsBadInput("RUN", "one at most");
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
