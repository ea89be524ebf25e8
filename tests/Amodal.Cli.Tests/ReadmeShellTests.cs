using System.CommandLine.Parsing;
using Amodal.Tests.Data;
using global::Amodal.Randomness;

namespace Amodal.Cli.Tests;

/// <summary>
/// The README's command lines, word for word and in their order, in an empty folder outside the repository. What the README takes as
/// given is put there: mosi.pkl, made small. Words that make a line cheap are put behind it (<see cref="_cheap"/>); the line itself
/// is not touched. Only parsed are (DocumentTests): dotnet's own lines, demo, which takes minutes, and import, which needs a
/// checkpoint of another program.
/// </summary>
public class ReadmeShellTests
{
    private static readonly string[] _tinyNetworks = [.. new[]
    {
        "latents.channels=8", "backbone.width=16", "backbone.blocks=1", "backbone.heads=2", "backbone.mlpWidth=16", "backbone.timeWidth=8", "sampler.nfe=3",
        "alignment.channels=8", "alignment.blocks=1", "alignment.reduction=4", "fusion.layers=1", "fusion.heads=2",
        "classifier.epochs=1", "score.epochs=1", "stage2.epochs=1", "threads=1",
    }.SelectMany(setting => new[] { "--set", setting })];

    private static readonly Dictionary<string, string[]> _cheap = new()
    {
        ["train fast"] = ["--set", "classifier.epochs=1", "--set", "linear-first.steps=20", "--set", "threads=1"],
        ["train cpu-speed"] = _tinyNetworks,
        ["evaluate"] = ["--mask-seeds", "1", "--nfe-curve", "none"],
        ["predict"] = [],
        ["export"] = [],
        ["data inspect"] = [],
        ["presets"] = [],
        ["bench"] = ["--seconds", "1", "--repeats", "1"],
        ["figure"] = ["--utterances", "8", "--iterations", "20", "--perplexity", "2", "--neighbours", "2", "--samplers", "ddim:3"],
        ["bench --networks"] = ["--repeats", "1", "--length", "2"],
        ["experiment plan"] = [],
    };

    private static readonly string[] _onlyParsed = ["demo", "import imder", "experiment run"];

    [Fact]
    public void Its_lines_run_one_after_another_outside_the_repository()
    {
        using var amodal = new Amodal();
        File.WriteAllBytes(amodal.File("mosi.pkl"), Mosi());
        List<string> run = [];
        foreach (var line in DocumentTests.LinesOf("README.md"))
        {
            var words = CommandLineParser.SplitCommandLine(line).Skip(1).ToArray();
            var name = _cheap.Keys.Concat(_onlyParsed).Where(n => $"{string.Join(' ', words)} ".StartsWith(n + " ", StringComparison.Ordinal)).MaxBy(n => n.Length);
            Assert.True(name is not null, $"say how '{line}' is made cheap, or that it is only parsed");
            if (!_onlyParsed.Contains(name))
            {
                amodal.Succeed([.. words, .. _cheap[name]]);
                run.Add(name);
            }
        }

        Assert.Equal(_cheap.Keys.Order(), run.Distinct().Order());
        Assert.True(File.Exists(amodal.File("predictions.csv")));
        Assert.True(File.Exists(amodal.File("runs/mosi/report/report.html")));
    }

    /// <summary>A pickle of MMSA's layout: three splits of text, audio and vision, in videos.</summary>
    private static byte[] Mosi()
    {
        var random = new StableRandom(1);
        return new PickleBytes().Dictionary([.. new[] { ("train", 24), ("valid", 12), ("test", 12) }.Select(s => (s.Item1, (Action<PickleBytes>)(p => p.Dictionary(
            ("text", q => q.Floats([s.Item2, 4, 6], Values(s.Item2 * 24))),
            ("audio", q => q.Floats([s.Item2, 4, 3], Values(s.Item2 * 12))),
            ("vision", q => q.Floats([s.Item2, 4, 2], Values(s.Item2 * 8))),
            ("id", q => q.List([.. Enumerable.Range(0, s.Item2).Select(i => $"{s.Item1}{i / 3}$_${i % 3}")])),
            ("regression_labels", q => q.Floats([s.Item2], Values(s.Item2)))))))]).Done();

        float[] Values(int count)
        {
            var values = new float[count];
            random.FillNormal(values);
            return values;
        }
    }
}
