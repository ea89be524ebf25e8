using System.Text.Json;

namespace Amodal.Cli.Tests;

/// <summary>A table of the thesis by one command, on generated data and tiny networks.</summary>
public class ExperimentTests
{
    private static readonly string[] _tiny =
    [
        "--threads", "1", "--set", "latents.channels=8", "backbone.width=16", "backbone.blocks=1", "backbone.heads=2", "backbone.mlpWidth=16", "backbone.timeWidth=8",
        "alignment.channels=8", "alignment.blocks=1", "alignment.reduction=4", "fusion.layers=1", "fusion.heads=2", "classifier.epochs=1", "score.epochs=1", "stage2.epochs=1",
    ];

    [Fact]
    public void A_table_is_made_and_its_runs_serve_the_next()
    {
        using var amodal = Amodal.WithData();
        amodal.Succeed(["experiment", "run", "6.6", "--data", "data.npz", "--out", "out", "--mask-seeds", "2", "--json", "table.json", .. _tiny]);
        var run = Assert.Single(Directory.GetDirectories(amodal.File("out/runs"))); // six rows, one run
        Assert.Equal(6 + 1, Directory.GetFiles(amodal.File("out/predictions")).Length); // and the baselines
        var table = JsonDocument.Parse(File.ReadAllText(amodal.File("table.json"))).RootElement;
        // Six rows, five baselines and the optimum, in six observed sets and their average.
        Assert.Equal((6 + 5 + 1) * 7, table.GetProperty("rows").GetArrayLength());
        var cell = table.GetProperty("rows").EnumerateArray().First(r => r.GetProperty("label").GetString() == "DDIM 30" && r.GetProperty("case").GetString() == "acoustic").GetProperty("cells")[0];
        Assert.Equal(0.623, cell.GetProperty("thesis").GetDouble(), 1e-9);
        Assert.All(new[] { "table.md", "table.csv", "table.json", "report.html" }, f => Assert.True(File.Exists(amodal.File($"out/6.6/{f}")), f));

        // A row of table 6.5, by itself: all six of them take twice as long as the rest of this test.
        File.WriteAllText(amodal.File("next.yaml"), """
            base: thesis-speed
            stage2: shared
            thesis: "6.5, 6.7"
            protocol: fixed
            cases: l, a, v, l+a, l+v, v+a, average of six
            rows:
              Predictor-corrector 60: { thesis: PC 60, sampler: { kind: predictor-corrector, nfe: 60 } }
            """);
        var made = File.GetLastWriteTimeUtc(Path.Combine(run, "recovery.safetensors"));
        var printed = amodal.Succeed(["experiment", "run", "next.yaml", "--data", "data.npz", "--out", "out", "--mask-seeds", "2", "--thesis", "mosi", .. _tiny]).Output;
        Assert.Contains("Predictor-corrector 60", printed, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(amodal.File("out/runs")));
        Assert.Equal(made, File.GetLastWriteTimeUtc(Path.Combine(run, "recovery.safetensors")));
    }

    [Fact]
    public void Stopped_it_leaves_whole_files_and_goes_on()
    {
        using var amodal = Amodal.WithData();
        var (folder, arguments, exitCode) = ("", Array.Empty<string>(), 0);
        for (var epochs = 10; exitCode == 0 && epochs < 100_000; epochs *= 4)
        {
            // One that has ended before it is stopped is followed by a longer one.
            folder = $"out-{epochs}";
            arguments = ["experiment", "run", "6.12", "--data", "data.npz", "--out", folder, .. _tiny, "sampler.nfe=4", $"score.epochs={epochs}", $"score.patience={epochs}"];
            using var running = amodal.Start(arguments);
            running.WaitFor(() => Histories(amodal.File(folder)).Any());
            if (!running.Process.HasExited)
            {
                running.Terminate();
            }

            exitCode = running.Wait().ExitCode;
        }

        Assert.Equal(130, exitCode);
        Assert.Empty(Directory.GetFiles(amodal.Folder, "*.tmp", SearchOption.AllDirectories));
        amodal.Succeed(arguments);
        Assert.Contains("Without diffusion", File.ReadAllText(amodal.File($"{folder}/6.12/table.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_says_what_every_table_costs()
    {
        using var amodal = Amodal.WithData();
        var entries = JsonDocument.Parse(amodal.Succeed(["experiment", "plan", "--data", "data.npz", "--json", .. _tiny]).Output).RootElement.GetProperty("experiments").EnumerateArray().ToList();
        Assert.Equal(24, entries.Count);
        var table = entries.Single(e => e.GetProperty("name").GetString() == "6.7");
        Assert.Equal((2, 13), (table.GetProperty("count").GetProperty("runs").GetInt32(), table.GetProperty("count").GetProperty("evaluations").GetInt32()));
        Assert.True(table.GetProperty("full").GetProperty("flops").GetDouble() > 0);
        Assert.Equal(0, entries.Single(e => e.GetProperty("name").GetString() == "6.4").GetProperty("full").GetProperty("flops").GetDouble()); // nothing is trained
    }

    [Fact]
    public void Bad_input_is_told()
    {
        using var amodal = Amodal.WithData();
        amodal.Run("experiment", "run", "6.13", "--data", "data.npz", "--out", "out").IsBadInput("'6.13' is not declared", "6.12", "ablations");
        amodal.Run("experiment", "run", "6.7", "--out", "out").IsBadInput("--data", "is missing");
        amodal.Run("experiment", "run", "6.7", "--data", "data.npz").IsBadInput("--out", "is missing");
        amodal.Run("experiment", "run", "6.7", "--data", "data.npz", "--out", "out", "--mask-seeds", "0").IsBadInput("--mask-seeds");
        amodal.Run("experiment", "run", "6.7", "--data", "data.npz", "--out", "out", "--thesis", "IEMOCAP").IsBadInput("--thesis", "MOSI, MOSEI");
        amodal.Run("experiment", "run", "6.7", "--data", "data.npz", "--out", "out", "--task", "3/2").IsBadInput("--task", "give I/N");
        amodal.Run("experiment", "run", "6.7", "--data", "data.npz", "--out", "out", "--set", "score.epoch=1").IsBadInput("setting score.epoch", "Did you mean 'score.epochs'?");
        File.WriteAllText(amodal.File("mine.yaml"), "title: mine\nrows:\n  a:\n    sampler: { kind: euler }\n");
        amodal.Run("experiment", "run", "mine.yaml", "--data", "data.npz", "--out", "out").IsBadInput("mine.yaml", "line 4, kind", "euler-maruyama");
        Assert.False(Directory.Exists(amodal.File("out")));
    }

    private static IEnumerable<string> Histories(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "history-score.csv", SearchOption.AllDirectories) : [];
}
