using System.Text.Json;
using global::Amodal.Data;

namespace Amodal.Cli.Tests;

/// <summary>The user's way through the command, on tiny networks.</summary>
public class WholeWayTests
{
    [Fact]
    public void Trains_evaluates_predicts_imputes_and_draws_masks()
    {
        using var amodal = Amodal.WithData();
        var trained = amodal.Succeed(Amodal.TrainArguments("run")).Output;
        Assert.Contains("reached on validation", trained, StringComparison.Ordinal);
        Assert.Contains("On validation: It ", trained, StringComparison.Ordinal);
        Assert.All(["majority", "language", "dropout-trained", "tiny", "95 % intervals over"], name => Assert.Contains(name, trained, StringComparison.Ordinal));
        Assert.DoesNotContain("zero-fill", trained, StringComparison.Ordinal);

        var evaluated = amodal.Succeed("evaluate", "run", "--json", "rows.json", "--mask-seeds", "2", "--nfe-curve", "2,4");
        Assert.StartsWith("tiny reaches ", evaluated.Output, StringComparison.Ordinal);
        Assert.Contains("dropout-trained", evaluated.Output, StringComparison.Ordinal);
        var rows = JsonDocument.Parse(File.ReadAllText(amodal.File("rows.json"))).RootElement.GetProperty("rows").EnumerateArray().ToList();
        // optimum, method and five floors; seven observed sets, two averages and four missing rates.
        Assert.Equal(7 * (7 + 2 + 4), rows.Count);
        Assert.All(rows, row => Assert.Equal(30, row.GetProperty("n").GetInt32())); // a quarter of 120
        Assert.All(rows, row => Assert.True(row.GetProperty("metrics").GetProperty("mae").GetProperty("low").GetDouble()
            <= row.GetProperty("metrics").GetProperty("mae").GetProperty("high").GetDouble()));
        Assert.Contains(rows, row => row.TryGetProperty("observed", out var observed) && observed.GetString() == "acoustic+vision");
        Assert.Contains("\"acoustic+vision\"", File.ReadAllText(amodal.File("rows.json")), StringComparison.Ordinal); // readable, not \u002B
        Assert.Contains(rows, row => row.TryGetProperty("missingRate", out var rate) && rate.GetDouble() == 0.7);
        Assert.Contains("MR=0.7", amodal.Succeed("compare", "run/report/results.json").Output, StringComparison.Ordinal);
        Assert.Contains("<table", File.ReadAllText(amodal.File("run/report/report.html")), StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(amodal.File("run/report"), "*.png"));
        Assert.All(["tables.md", "tables.tex", "tables.csv", "utterances.csv"], name => Assert.True(File.Exists(amodal.File($"run/report/{name}")), name));
        Assert.Equal(0, InProcess.Run("compare", amodal.File("run/report/results.json"), "--out", amodal.File("t.tex")).ExitCode);
        Assert.Contains("\\toprule", File.ReadAllText(amodal.File("t.tex")), StringComparison.Ordinal);
        InProcess.Run("compare", "none.json", "--out", amodal.File("t.doc")).IsBadInput("t.doc", ".tex");

        amodal.Succeed("predict", "run", "--data", "data.npz", "--missing", "acoustic,vision", "--samples", "3", "--out", "p.csv");
        var lines = File.ReadAllLines(amodal.File("p.csv"));
        Assert.Equal("id,observed,prediction,deviation,label", lines[0]);
        Assert.Equal(31, lines.Length);
        Assert.All(lines[1..], l => Assert.True(double.Parse(l.Split(',')[3], System.Globalization.CultureInfo.InvariantCulture) > 0));

        var imputed = amodal.Succeed("recover", "run", "--data", "data.npz", "--missing", "acoustic", "--out", "latents.npz", "--json").Output;
        Assert.Equal("recovered/acoustic", JsonDocument.Parse(imputed).RootElement.GetProperty("arrays")[0].GetProperty("name").GetString());
        using var archive = System.IO.Compression.ZipFile.OpenRead(amodal.File("latents.npz"));
        Assert.Contains(archive.Entries, e => e.FullName == "recovered/acoustic.npy");

        amodal.Succeed("data", "masks", "data.npz", "--missing-rate", "0.5", "--seed", "1", "--out", "masks.csv");
        Assert.Equal("id,language,acoustic,vision", File.ReadLines(amodal.File("masks.csv")).First());
        amodal.Succeed("predict", "run", "--data", "data.npz", "--masks", "masks.csv", "--out", "masked.csv");
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        using var amodal = Amodal.WithData();
        amodal.Train("a");
        amodal.Train("b");
        amodal.Train("c", "--seed", "4");
        var (a, b, c) = (Weights(amodal, "a"), Weights(amodal, "b"), Weights(amodal, "c"));
        Assert.Equal(6, a.Count);
        Assert.All(a, file => Assert.Equal(file.Value, b[file.Key]));
        Assert.All(a, file => Assert.NotEqual(file.Value, c[file.Key]));
    }

    [Fact]
    public void A_killed_run_goes_on_as_if_it_had_not_been_killed()
    {
        using var amodal = Amodal.WithData();
        amodal.Train("whole");

        // Killed in the first stage, between stages, in the score stage, and in the last one.
        string[] moments = ["history-classifier.csv", "classifier.safetensors", "history-score.csv", "score.safetensors", "history-recovery.csv"];
        foreach (var moment in moments)
        {
            using var running = amodal.Start([.. Amodal.TrainArguments("killed"), "--resume"]);
            running.WaitFor(amodal.File(Path.Combine("killed", moment)));
            running.Process.Kill();
            running.Wait();
        }

        amodal.Train("killed", "--resume");
        var killed = Weights(amodal, "killed");
        Assert.All(Weights(amodal, "whole"), file => Assert.Equal(file.Value, killed[file.Key]));
        Assert.Equal(File.ReadAllText(amodal.File("whole/history-score.csv")), File.ReadAllText(amodal.File("killed/history-score.csv")));
        foreach (var log in Directory.GetFiles(amodal.File("whole/tensorboard"), "*", SearchOption.AllDirectories))
        {
            // Same steps and tags, each once: a record's length does not depend on its values or time.
            Assert.Equal(new FileInfo(log).Length, new FileInfo(log.Replace("/whole/", "/killed/", StringComparison.Ordinal)).Length);
        }
    }

    [Fact]
    public void Ctrl_C_stops_cleanly_and_the_run_can_be_resumed()
    {
        using var amodal = Amodal.WithData();
        // The signal comes after the first of them; the resumed run has to do the rest.
        string[] arguments = [.. Amodal.TrainArguments("run"), "--set", "score.epochs=30,score.patience=30"];
        using var running = amodal.Start(arguments);
        running.WaitFor(amodal.File("run/history-score.csv"));
        running.Terminate();
        var result = running.Wait();
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("--resume", result.Errors, StringComparison.Ordinal);
        Assert.True(File.Exists(amodal.File("run/progress.safetensors")));
        Assert.False(File.Exists(amodal.File("run/score.safetensors")));

        Assert.Empty(Directory.GetFiles(amodal.File("run"), "*.tmp"));

        amodal.Run([.. Amodal.TrainArguments("run"), "--resume"]).IsBadInput("differs from the configuration");
        amodal.Succeed([.. arguments, "--resume"]);
        Assert.Equal(31, File.ReadAllLines(amodal.File("run/history-score.csv")).Length);
    }

    [Fact]
    public void A_metric_without_a_value_is_null_in_json()
    {
        using var amodal = new Amodal();
        File.WriteAllText(amodal.File("tiny.yaml"), Amodal.TinyConfig);
        var random = new Random(1);
        NpzWriter.Write(amodal.File("data.npz"), new[] { "train", "valid", "test" }.SelectMany(split => new (string, float[], IReadOnlyList<int>)[]
        {
            // No label of the test split is positive or negative: ACC2 of those has nothing to count.
            ($"{split}.labels", split == "test" ? new float[12] : Numbers(12), [12]), ($"{split}/a", Numbers(36), [12, 3, 1]), ($"{split}/b", Numbers(12), [12, 1, 1]),
        }), []);
        amodal.Train("run");
        var rows = JsonDocument.Parse(amodal.Succeed("evaluate", "run", "--json", "--mask-seeds", "1").Output).RootElement.GetProperty("rows").EnumerateArray().ToList();
        Assert.All(rows, row => Assert.Equal(JsonValueKind.Null, row.GetProperty("metrics").GetProperty("acc2_nonzero").GetProperty("mean").ValueKind));
        Assert.All(rows, row => Assert.Equal(JsonValueKind.Number, row.GetProperty("metrics").GetProperty("mae").GetProperty("mean").ValueKind));
        Assert.DoesNotContain(rows, row => row.TryGetProperty("missingRate", out var rate) && rate.GetDouble() == 0.7); // two modalities: at most 0.5

        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }

    /// <summary>The result of every stage: its file, learning curve and all, as text.</summary>
    private static Dictionary<string, string> Weights(Amodal amodal, string run) => Directory.GetFiles(amodal.File(run), "*.safetensors")
        .ToDictionary(f => Path.GetFileName(f), f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));
}
