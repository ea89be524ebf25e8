using System.Text.Json;

namespace Amodal.Cli.Tests;

/// <summary>Methods trained and compared by one command.</summary>
public class CompareTests
{
    private static readonly string[] _tiny =
        ["--threads", "1", "--set", "latents.channels=8,fusion.layers=1,fusion.heads=2,classifier.epochs=1,linear-first.steps=5,linear-first.width=8"];

    [Fact]
    public void Two_methods_are_trained_and_stand_in_a_leaderboard()
    {
        using var amodal = Amodal.WithData();
        string[] command = ["compare", "--data", "data.npz", "--methods", "ridge-fill,linear-first", "--protocol", "all", "--seeds", "1", "-o", "out", .. _tiny];
        var printed = InProcess.RunIn(amodal.Folder, command);
        Assert.Equal((0, ""), (printed.ExitCode, printed.ExitCode == 0 ? "" : printed.Errors));
        Assert.All(new[] { "Leaderboard", "linear-first", "McNemar", "Mean ranks", "optimum" }, word => Assert.Contains(word, printed.Output, StringComparison.Ordinal));
        Assert.All(new[] { "report.html", "table.md", "table.tex", "table.csv", "table.json", "critical-difference.svg", "quality-against-time.png" },
            file => Assert.True(File.Exists(amodal.File($"out/leaderboard/{file}")), file));
        var board = JsonDocument.Parse(File.ReadAllText(amodal.File("out/leaderboard/table.json"))).RootElement.GetProperty("leaderboard");
        Assert.Equal("ridge-fill", board.GetProperty("reference").GetString());
        Assert.Equal(2, board.GetProperty("entries").EnumerateArray().Count(e => e.GetProperty("cost").ValueKind == JsonValueKind.Object));

        var planned = InProcess.RunIn(amodal.Folder, "compare", "--data", "data.npz", "--methods", "ridge-fill,noise-fill", "--threads", "1", "--plan", "--json");
        Assert.Equal(2, JsonDocument.Parse(planned.Output).RootElement.GetProperty("experiments")[0].GetProperty("count").GetProperty("runs").GetInt32());

        // A model for each of three rates beside the one that serves all.
        var published = InProcess.RunIn(amodal.Folder, "compare", "--data", "data.npz", "--methods", "ridge-fill,noise-fill", "--protocol", "as-published", "--threads", "1", "--plan");
        Assert.Contains("4 trainings of each run", published.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Did you mean 'mmin'", "--methods", "mmim", "--data", "d.npz", "-o", "out")]
    [InlineData("--data", "--methods", "mmin", "-o", "out")]
    [InlineData("--out", "--methods", "mmin", "--data", "d.npz")]
    [InlineData("rows of every comparison", "--methods", "zero-fill", "--data", "d.npz", "-o", "out")]
    [InlineData("leave one of the two out", "run", "--methods", "mmin", "--data", "d.npz", "-o", "out")]
    [InlineData("--sampler", "--methods", "mmin", "--data", "d.npz", "-o", "out", "--sampler", "ddim")]
    [InlineData("--training-seeds", "run", "other", "--training-seeds", "2")]
    [InlineData("I/N", "--methods", "mmin", "--data", "d.npz", "-o", "out", "--task", "3")]
    [InlineData("a rate for a modality of its own", "--methods", "mmin", "--data", "d.npz", "-o", "out", "--missing-rate", "audio=0.3")]
    [InlineData("so it is for --methods", "run", "other", "--protocol", "as-published")]
    [InlineData("chooses on the validation split", "--methods", "mmin", "--data", "d.npz", "-o", "out", "--protocol", "as-published", "--tune", "2")]
    [InlineData("RUN", "--json")]
    public void What_cannot_be_compared_is_bad_input(string expected, params string[] arguments)
    {
        using var amodal = new Amodal();
        InProcess.RunIn(amodal.Folder, ["compare", .. arguments]).IsBadInput(expected);
        Assert.Empty(Directory.GetFileSystemEntries(amodal.Folder));
    }
}
