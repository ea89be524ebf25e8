using System.Text.Json;

namespace Amodal.Cli.Tests;

/// <summary>amodal figure, on tiny networks.</summary>
public class FigureTests
{
    private static readonly string[] _small = ["--utterances", "20", "--iterations", "100", "--perplexity", "5", "--out", "figure"];

    [Fact]
    public void Draws_a_figure_and_prints_its_numbers()
    {
        using var amodal = Amodal.WithRun();
        var json = amodal.Succeed(["figure", "run", "--observed", "acoustic", "--samplers", "em:4,DDIM:3", "--alignment", "both", "--json", .. _small]).Output;
        var panels = JsonDocument.Parse(json).RootElement.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal([("euler-maruyama", 4, true), ("ddim", 3, true), ("euler-maruyama", 4, false), ("ddim", 3, false)],
            panels.Select(p => (p.GetProperty("sampler").GetString()!, p.GetProperty("nfe").GetInt32(), p.GetProperty("aligned").GetBoolean())));
        Assert.All(panels, p => Assert.Equal(["language", "vision"], p.GetProperty("recovered").EnumerateObject().Select(m => m.Name)));
        Assert.All(panels.SelectMany(p => p.GetProperty("recovered").EnumerateObject()), m => Assert.True(m.Value.GetProperty("slicedWasserstein").GetDouble() > 0));
        string[] files = ["latents-from-acoustic.json", "latents-from-acoustic.png", "latents-from-acoustic.svg", "report.html"];
        Assert.Equal(files, Directory.GetFiles(amodal.File("figure")).Select(Path.GetFileName).Order());

        // The same again comes from the folder, as a table.
        var again = amodal.Succeed(["figure", "run", "--observed", "acoustic", "--samplers", "em:4,ddim:3", "--alignment", "both", .. _small]);
        Assert.Contains("DDIM, 3 NFE, not aligned", again.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("embedding", again.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_samplers_a_run_that_learned_velocities_is_drawn_with_those_it_can_take()
    {
        using var amodal = Amodal.WithData();
        amodal.Train("run", "--set", "objective=flow", "--set", "sampler.kind=flow-euler");
        var json = amodal.Succeed(["figure", "run", "--observed", "acoustic", "--json", .. _small]).Output;
        var panels = JsonDocument.Parse(json).RootElement.GetProperty("panels").EnumerateArray().Select(p => p.GetProperty("sampler").GetString()!).ToList();
        Assert.Equal("flow-euler", panels[0]); // the run's own
        Assert.True(panels.Count > 4);
        Assert.All(panels, p => Assert.StartsWith("flow-", p, StringComparison.Ordinal));
        amodal.Run(["figure", "run", "--observed", "acoustic", "--samplers", "em:4", .. _small]).IsBadInput("flow-euler");
    }

    [Fact]
    public void Helps_with_an_example_and_names_what_is_wrong()
    {
        using var amodal = Amodal.WithData();
        Assert.Contains("Example: amodal figure", amodal.Succeed("figure", "--help").Output, StringComparison.Ordinal);
        amodal.Run(["figure", "run", "--observed", "acoustic", .. _small]).IsBadInput("run", "manifest.json");
        amodal.Train("run", "--set", "alignment.enabled=false");
        Bad("acoustic,language,vision").IsBadInput("--observed", "all modalities");
        Bad("smell").IsBadInput("--observed", "'smell'");
        Bad("acoustic", "--samplers", "ddim").IsBadInput("--samplers", "'ddim'", "em:100,ddim:30");
        Bad("acoustic", "--samplers", "magic:10").IsBadInput("--samplers", "'magic'");
        Bad("acoustic", "--samplers", "pc:1").IsBadInput("nfe", "at least 2");
        Bad("acoustic", "--alignment", "both").IsBadInput("--alignment", "has no decoder");
        Bad("acoustic", "--utterances", "2").IsBadInput("--utterances", "3");
        Bad("acoustic", "--perplexity", "500").IsBadInput("--perplexity", "120 points"); // 30 test utterances
        Bad("acoustic", "--split", "dev").IsBadInput("dev");
        Assert.False(Directory.Exists(amodal.File("figure")));

        Amodal.Result Bad(string observed, params string[] more) => amodal.Run(["figure", "run", "--observed", observed, "--out", "figure", .. more]);
    }
}
