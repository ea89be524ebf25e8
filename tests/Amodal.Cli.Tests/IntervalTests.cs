using System.Globalization;
using System.Text.Json;

namespace Amodal.Cli.Tests;

public sealed class IntervalTests : IDisposable
{
    private readonly Amodal _amodal = new();

    [Fact]
    public void Predictions_come_with_an_interval_and_those_that_are_too_wide_are_left_out()
    {
        File.WriteAllText(_amodal.File("tiny.yaml"), Amodal.TinyConfig + "\nmethod: linear-first\nlinear-first:\n  width: 0\n");
        _amodal.Succeed("data", "synth", "data.npz", "--utterances", "300", "--seed", "1");
        _amodal.Succeed("train", "tiny.yaml", "--data", "data.npz", "-o", "run");
        string[] ask = ["predict", "run", "--data", "data.npz", "--missing", "language", "-o", "p.csv"];
        _amodal.Succeed(ask);
        var ninety = Rows();
        Assert.Equal("id,observed,prediction,label,lower,upper", ninety[0]);
        _amodal.Succeed([.. ask, "--level", "0.5", "--samples", "3"]); // nothing is sampled: no deviation
        var half = Rows();
        Assert.Equal(ninety[0], half[0]);
        Assert.All(ninety.Skip(1).Zip(half.Skip(1)), pair => Assert.True(Width(pair.First) > Width(pair.Second) && Width(pair.Second) > 0));

        var most = Width(ninety[1]);
        _amodal.Succeed([.. ask, "--abstain", (most * 0.99).ToString("R", CultureInfo.InvariantCulture)]);
        Assert.EndsWith("abstained,lower,upper", Rows()[0], StringComparison.Ordinal);
        Assert.Equal(["", "yes"], [Rows()[1].Split(',')[2], Rows()[1].Split(',')[4]]);
        _amodal.Succeed([.. ask, "--abstain", (most * 1.01).ToString("R", CultureInfo.InvariantCulture)]);
        Assert.Equal("no", Rows()[1].Split(',')[4]);
        Assert.Contains("0.01 to 0.99", _amodal.Run([.. ask, "--level", "0.955"]).Errors, StringComparison.Ordinal);

        _amodal.Succeed("export", "run", "-o", "model");
        _amodal.Succeed("predict", "model", "--data", "data.npz", "--missing", "language", "-o", "p.csv");
        Assert.Equal(ninety[0], Rows()[0]);
        Assert.All(ninety.Skip(1).Zip(Rows().Skip(1)), pair => Assert.Equal(Width(pair.First), Width(pair.Second), 1e-4 * Width(pair.First)));

        using var evaluated = JsonDocument.Parse(_amodal.Succeed("evaluate", "run", "--protocol", "fixed", "--json").Output);
        Assert.Contains("Intervals of level 90 %", _amodal.Succeed("evaluate", "run", "--protocol", "fixed", "--tables", "-o", "report").Output, StringComparison.Ordinal);
        using var results = JsonDocument.Parse(File.ReadAllText(_amodal.File(Path.Combine("report", "results.json"))));
        Assert.Equal(8, results.RootElement.GetProperty("certainty").GetArrayLength());
        var alone = results.RootElement.GetProperty("certainty").EnumerateArray().Single(r => r.GetProperty("observed").GetString() == "language");
        Assert.All(alone.GetProperty("tells").EnumerateObject(), t => Assert.InRange(t.Value.GetDouble(), -0.1, 1));

        string[] Rows() => File.ReadAllLines(_amodal.File("p.csv"));
        static double Width(string row) => double.Parse(row.Split(',')[^1], CultureInfo.InvariantCulture) - double.Parse(row.Split(',')[^2], CultureInfo.InvariantCulture);
    }

    public void Dispose() => _amodal.Dispose();
}
