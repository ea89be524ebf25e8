using System.Text.Json;

namespace Amodal.Cli.Tests;

/// <summary>amodal presets, and presets by name wherever an experiment is asked for.</summary>
public class PresetsTests
{
    [Fact]
    public void Lists_what_each_is_for_with_sampler_and_evaluations()
    {
        using var document = JsonDocument.Parse(InProcess.Run("presets", "--json").Output);
        var entries = document.RootElement.GetProperty("presets").EnumerateArray().ToDictionary(
            e => e.GetProperty("name").GetString()!, e => (e.GetProperty("sampler").GetString(), e.GetProperty("nfe") is { ValueKind: JsonValueKind.Number } nfe ? nfe.GetInt32() : 0, e.GetProperty("purpose").GetString()!));
        Assert.Equal(("ddim", 30), (entries["cpu-speed"].Item1, entries["cpu-speed"].Item2));
        Assert.Equal(("flow-euler", 1), (entries["two-stage-realtime"].Item1, entries["two-stage-realtime"].Item2));
        Assert.Equal(("euler-maruyama", 20), (entries["cpu-imder"].Item1, entries["cpu-imder"].Item2)); // the baseline's own sampler
        Assert.Equal((null, 0), (entries["fast"].Item1, entries["fast"].Item2)); // nothing is sampled
        Assert.Contains("What to begin with", entries["fast"].Item3, StringComparison.Ordinal);
        Assert.Contains("one evaluation", entries["two-stage-realtime"].Item3, StringComparison.Ordinal);
        var table = InProcess.Run("presets");
        Assert.Equal(0, table.ExitCode);
        Assert.All(entries.Keys, name => Assert.Contains($" {name} ", table.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Prints_one_and_writes_it_to_train_with()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("amodal-test-").FullName, "mine.yaml");
        try
        {
            var printed = InProcess.Run("presets", "cpu-speed").Output;
            Assert.Contains("name: cpu-speed", printed, StringComparison.Ordinal);
            Assert.Equal(0, InProcess.Run("presets", "cpu-speed", "--out", file).ExitCode);
            Assert.Equal(printed, File.ReadAllText(file));
            InProcess.Run("presets", "cpu-sped").IsBadInput("cpu-sped", "cpu-speed");
            InProcess.Run("presets", "--out", file).IsBadInput("NAME", "such as fast");
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    [Fact]
    public void A_name_that_is_no_preset_and_no_file_is_answered_with_the_presets() =>
        InProcess.Run("train", "cpu-sped", "--data", "d.npz", "--out", "run").IsBadInput("cpu-sped", "cpu-speed");
}
