using Amodal.Experiments;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Experiments;

/// <summary>Random search on validation, on tiny networks.</summary>
public sealed class TuningTests : IDisposable
{
    private const string Tiny = """
        kind: leaderboard
        base: ridge-fill
        settings:
          latents: { channels: 4 }
          fusion: { layers: 1, heads: 2 }
          classifier: { epochs: 2, batchSize: 8, learningRate: 0.000001 }
        rows:
          Filled: { base: ridge-fill }
          Early: { base: early-fusion }
        """;

    private readonly TinyRun _data = new(TinyRun.TinyOptions, TinyRun.Even);
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Every_method_is_tuned_in_ranges_that_hold_and_shared_settings_are_drawn_alike()
    {
        var plan = Plan.Compare(null, Protocols.Fixed, null);
        foreach (var row in plan.Own)
        {
            var (first, none) = Tuning.Draw(row.Run!, 0);
            Assert.Equal(row.Run, first);
            Assert.Empty(none);
            var drawn = Enumerable.Range(1, 5).Select(t => Tuning.Draw(row.Run!, t).Drawn.Select(s => s.Split('=')).ToDictionary(s => s[0], s => double.Parse(s[1], System.Globalization.CultureInfo.InvariantCulture))).ToList();
            Assert.All(drawn, d => Assert.Contains("classifier.learningRate", d.Keys));
            Assert.All(drawn.SelectMany(d => d).Where(s => s.Key.EndsWith("dropout", StringComparison.OrdinalIgnoreCase)), s => Assert.InRange(s.Value, 0, 0.5));
            Assert.All(drawn.SelectMany(d => d).Where(s => s.Key.EndsWith(".weightDecay", StringComparison.Ordinal)), s => Assert.InRange(s.Value, 0.9e-5, 1.1e-2));
            Assert.All(drawn, d => Assert.InRange(d["classifier.learningRate"] / row.Run!.Classifier.LearningRate, 0.31, 3.2));
            Assert.Equal(5, drawn.Select(d => d["classifier.learningRate"]).Distinct().Count());
        }

        var (a, b) = (Of("mmin"), Of("ridge-fill"));
        Assert.Equal(b, a.Where(s => !s.StartsWith("mmin.", StringComparison.Ordinal)));
        Assert.Contains(a, s => s.StartsWith("mmin.training.learningRate=", StringComparison.Ordinal));

        IReadOnlyList<string> Of(string row) => Tuning.Draw(plan.Own.Single(r => r.Label == row).Run!, 3).Drawn;
    }

    [Fact]
    public void Validation_chooses_and_the_test_split_is_predicted_by_what_it_chose()
    {
        // So small a rate learns nothing: nearly every other one is better, whatever the processor.
        var result = Make();
        var tuned = result.Leaderboard!.Tuned;
        Assert.Equal(["Filled", "Early"], tuned.Select(t => t.Row));
        var metric = result.Leaderboard.Metric;
        foreach (var (row, chosen) in Plan.Parse("tiny", Tiny).Own.Zip(tuned))
        {
            var values = Enumerable.Range(0, 3).Select(trial => Validated(Tuning.Draw(row.Run!, trial).Run)).ToList();
            Assert.Equal((values[0], values.Min()), (chosen.Usual, chosen.Best));
            Assert.Equal(chosen.Trial, values.IndexOf(values.Min()));
            Assert.Equal(Path.GetFileName(RunOf(Tuning.Draw(row.Run!, chosen.Trial).Run)), Assert.Single(result.Runs[row.Label]));
        }

        Assert.Contains(result.Tables, t => t.Title == "What tuning chose");
        Assert.Contains(result.Facts, f => f.Name == "tuning" && f.Value.StartsWith("3 trials", StringComparison.Ordinal));
        Assert.Equal(tuned.Select(t => (t.Row, t.Trial)), Make().Leaderboard!.Tuned.Select(t => (t.Row, t.Trial)));

        double Validated(Amodal.Training.ExperimentOptions options)
        {
            using var run = TrainedRun.Load(RunOf(options), CPU);
            using var method = run.CreateMethod();
            var split = _data.Data["valid"];
            using var batch = method.Encode(split);
            return Patterns.Incomplete(3).Average(o => Target.Score.Compute(split.Labels, batch.Predict([.. Enumerable.Repeat(Observation.Of(o), split.Count)]))[metric]);
        }
    }

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }

    private string RunOf(Amodal.Training.ExperimentOptions options) =>
        Path.Combine(_folder.Name, "runs", $"{options.Method}-seed{options.Seed}-{Key.OfRun(options, _data.Data.Digest, Key.Circumstances(CPU))}");

    private ExperimentResult Make() => Experiment.Run(
        Plan.Parse("tiny", Tiny), new ExperimentRequest { DataFiles = [_data.DataFile], Folder = _folder.Name, MaskSeeds = 1, Trials = 3 }, CPU)!;
}
