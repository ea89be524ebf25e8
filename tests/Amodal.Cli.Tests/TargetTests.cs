using System.Text.Json;
using global::Amodal.Data;
using global::Amodal.Data.Synthetic;

namespace Amodal.Cli.Tests;

public sealed class TargetTests : IDisposable
{
    private readonly Amodal _amodal = new();

    public TargetTests()
    {
        File.WriteAllText(_amodal.File("tiny.yaml"), Amodal.TinyConfig);

        // Numbers of classes, of which the file does not say that they are any.
        var data = SyntheticData.Generate(new SyntheticOptions { Utterances = 100, Classes = 3 });
        NpzWriter.Write(_amodal.File("numbers.npz"), new DataSet("numbers", data.Modalities, data.Splits, ""));
    }

    [Fact]
    public void Classes_are_asked_for_once()
    {
        var data = _amodal.File("numbers.npz");
        Assert.Contains("3 classes (0, 1, 2)", _amodal.Succeed("data", "inspect", data, "--target", "classes", "--json").Output, StringComparison.Ordinal);
        _amodal.Succeed("train", "tiny.yaml", "--data", data, "--target", "classes", "-o", "run");
        _amodal.Succeed("train", "tiny.yaml", "--data", data, "-o", "run", "--resume");

        using var evaluated = JsonDocument.Parse(_amodal.Succeed("evaluate", "run", "--protocol", "fixed", "--json").Output);
        Assert.True(evaluated.RootElement.GetProperty("rows")[0].GetProperty("metrics").TryGetProperty("accuracy", out _));
        _amodal.Succeed("predict", "run", "--data", data, "-o", "predictions.csv");
        var lines = File.ReadAllLines(_amodal.File("predictions.csv"));
        Assert.Equal("id,observed,prediction,p(0),p(1),p(2),label", lines[0]);
        Assert.All(lines.Skip(1), line => Assert.Contains(line.Split(',')[^1], "012", StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_asked_for_is_refused()
    {
        Assert.Contains("score", _amodal.Run("data", "inspect", "numbers.npz", "--target", "ranks").Errors, StringComparison.Ordinal);
        _amodal.Succeed("data", "convert", "numbers.npz", "--target", "classes", "-o", "classes.npz");
        var result = _amodal.Run("train", "tiny.yaml", "--data", "classes.npz", "--target", "score", "-o", "run");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("are 3 classes (0, 1, 2); asked for is a score", result.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_amodal.File("run")));
    }

    public void Dispose() => _amodal.Dispose();
}
