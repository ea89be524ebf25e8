using Amodal.Data;
using Amodal.Evaluation;
using Amodal.Experiments;
using Amodal.Methods;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Experiments;

/// <summary>Methods trained and compared, on tiny networks.</summary>
public sealed class LeaderboardTests : IDisposable
{
    private const string Tiny = """
        kind: leaderboard
        base: cpu-speed
        protocol: all
        missingRates: 0.5
        settings:
          latents: { channels: 4 }
          backbone: { width: 8, blocks: 1, heads: 2, mlpWidth: 8, timeWidth: 4 }
          sampler: { kind: ddim, nfe: 3 }
          alignment: { channels: 4, blocks: 1, reduction: 2 }
          fusion: { layers: 1, heads: 2 }
          classifier: { epochs: 1, batchSize: 8 }
          score: { epochs: 1, batchSize: 8 }
          stage2: { epochs: 1, batchSize: 8 }
          linear-first: { steps: 5, width: 8, rivals: true }
        rows:
          Filled: { base: ridge-fill }
          Sampled: { base: cpu-speed }
          Linear: { base: linear-first }
        """;

    private static readonly Modality[] _modalities = [new("text", 5, 3), new("audio", 5, 3), new("vision", 5, 3)];
    private readonly TinyRun _data = new(TinyRun.TinyOptions, _modalities);
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _done = [];

    [Fact]
    public void Methods_stand_in_order_with_tests_ranks_and_costs()
    {
        var result = Make(Plan.Parse("tiny", Tiny), trainingSeeds: 2);
        var board = result.Leaderboard!;
        Assert.Equal((ScoreTarget.Mae, ProtocolEvaluator.AverageIncomplete, "Filled"), (board.Metric, board.Case, board.Reference));
        Assert.Equal(board.Entries.Select(e => e.Value.Value).Order(), board.Entries.Select(e => e.Value.Value));
        Assert.Equal(3 + 5 + 5, board.Entries.Count); // ours, the baselines of every run, and what linear-first trains beside itself, though its row is not the first
        CheckCosts(board);
        CheckTests(board, result);

        // Of every method, case and metric there is a number: seven sets, two averages, one rate and the average over rates.
        Assert.Equal(board.Entries.Count * 11, result.Rows.Count);
        Assert.All(result.Rows.SelectMany(r => r.Cells), c => Assert.NotNull(c.Ours!.Spread)); // over seeds, told apart from the interval
        CheckRanking(board);

        _done.Clear();
        var again = Make(Plan.Parse("tiny", Tiny), trainingSeeds: 2, against: "mean-fill");
        Assert.Equal(["tables"], _done); // nothing is trained, predicted or timed again
        Assert.Equal("mean-fill", again.Leaderboard!.Reference);
        Assert.Equal(board.Entries, again.Leaderboard.Entries);
        CheckFiles(result);
    }

    [Fact]
    public void As_published_a_model_for_each_rate_that_the_test_split_selects_stands_beside_the_one_that_serves_all()
    {
        var plan = Plan.Parse("tiny", Tiny.Replace("kind: leaderboard", "kind: as-published", StringComparison.Ordinal).Replace("missingRates: 0.5", "missingRates: 0, 0.5", StringComparison.Ordinal));
        var result = Make(plan);
        string[] rows = ["Filled", "Sampled", "Linear"];
        Assert.Equal([0.5], plan.PublishedRates); // at 0 nothing is missing, and there is no rate to train for
        Assert.Superset(rows.SelectMany(r => new[] { r, $"{r}, as published" }).ToHashSet(), result.Results.Select(r => r.Method).ToHashSet());
        Assert.Equal(["MR=0.5"], result.Results.Select(r => r.Case).Distinct());
        Assert.Contains("selected on the test split", Assert.Single(result.Notes, n => n.StartsWith("As published", StringComparison.Ordinal)), StringComparison.Ordinal);
        foreach (var pair in result.Pairs.Where(p => p.Metric == ScoreTarget.Mae))
        {
            Assert.Equal($"{pair.Baseline}, as published", pair.Method);
            double Value(string method) => result.Results.Single(r => r.Method == method).Metrics[ScoreTarget.Mae].Value;
            Assert.Equal(Value(pair.Method) - Value(pair.Baseline), pair.Difference.Value, 1e-9);
        }

        // Twice the runs: as they are, and at the rate on data whose validation split is the test split.
        List<RunDirectory> runs = [.. Directory.GetDirectories(Path.Combine(_folder.Name, "runs")).Select(r => new RunDirectory(r))];
        Assert.Equal(6, runs.Count);
        var published = runs.Where(r => ExperimentFile.Of(r).MissingRate == 0.5).ToList();
        Assert.Equal(3, published.Count);
        var (own, test) = (_data.Data, _data.Data["test"]);
        List<Split> selected = [own["train"], test.Select("valid", [.. Enumerable.Range(0, test.Count)]), test];
        Assert.All(published, r => Assert.Equal(DataDigest.Compute(own.Modalities, selected, own.Target), r.ReadManifest().DataDigest));

        _done.Clear();
        _ = Make(plan);
        Assert.Equal(["tables"], _done);

        // Of two modalities at most half can be missing.
        Assert.Equal([0.3, 0.5], Plan.Compare(["mmin"], Protocols.Random, null, asPublished: true).For(_modalities[..2], Target.Score, out _).PublishedRates);
    }

    [Fact]
    public void What_does_not_suit_the_data_is_left_out_with_a_note_or_refused_by_name()
    {
        var plan = Plan.Parse("tiny", Tiny[..Tiny.IndexOf("  Sampled", StringComparison.Ordinal)] + "  Shared: { base: cpu-speed, settings: { conditioning: shared } }\n");
        using var uneven = new TinyRun(TinyRun.TinyOptions, TinyRun.Uneven);
        var result = Make(plan, data: uneven);
        Assert.Contains(result.Notes, n => n.StartsWith("Left out: Shared (shared conditioning gives", StringComparison.Ordinal));
        Assert.DoesNotContain(result.Leaderboard!.Entries, e => e.Method == "Shared");
        _done.Clear();
        Assert.Contains("does not suit Shared: shared conditioning gives", Assert.Throws<InputException>(() => Make(plan, data: uneven, mustFit: true)).Message, StringComparison.Ordinal);
        Assert.Empty(_done); // before anything is trained

        // A method may refuse a target only when it is made.
        var one = Plan.Compare(["class-mean-fill", "ridge-fill"], Protocols.Fixed, null).For(_modalities, new SeveralTarget([("joy", Target.Score), ("fear", Target.Score)]), out var notes);
        Assert.Equal(["ridge-fill"], one.Rows.Select(r => r.Label));
        Assert.StartsWith("Left out: class-mean-fill (fills by the mean of a class, and the labels are", Assert.Single(notes), StringComparison.Ordinal);

        // Of classes the order is by the likelihood: whether one utterance is right or wrong gives few different ranks.
        Assert.Equal(ClassTarget.NegativeLogLikelihood, Leaderboard.Deciding(new ClassTarget(["calm", "angry"])));
    }

    [Fact]
    public void All_methods_are_rows_at_sizes_for_a_processor()
    {
        var plan = Plan.Compare(null, Protocols.All, null);
        Assert.Empty(MethodCatalogue.All.Select(m => m.Name).Except(plan.Own.Select(r => r.Run!.Method)));
        Assert.Empty(MethodCatalogue.All.Where(m => m.Purpose is not null).Select(m => m.Name).Except(plan.Own.Select(r => r.Label)));
        // The same encoders and classifiers for all: each of the three baselines' stages is trained once.
        Assert.All(MethodTraining.BaselineStages, stage => Assert.Single(plan.Stages, s => s.Stage == stage));
    }

    [Fact]
    public void Some_methods_are_asked_for_by_name()
    {
        var plan = Plan.Compare(["mmin", "zero-fill", "quality", "mmin"], Protocols.Random, [0.25], overrides: ["seed=7"]);
        Assert.Equal(["mmin", "quality"], plan.Rows.Select(r => r.Label));
        Assert.All(plan.Rows, r => Assert.Equal(7, r.Run!.Seed));
        Assert.Equal((false, true, 0.25), (plan.Evaluation(3).Fixed, plan.Evaluation(3).Random, plan.Evaluation(3).MissingRates.Single()));
        Assert.Contains("'mmin'", Assert.Throws<InputException>(() => Plan.Compare(["mmim"], Protocols.All, null)).Message, StringComparison.Ordinal);
        Assert.Contains("rows of every comparison", Assert.Throws<InputException>(() => Plan.Compare(["zero-fill"], Protocols.All, null)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }

    private void CheckCosts(Leaderboard board)
    {
        var costs = board.Entries.Where(e => e.Cost is not null).ToDictionary(e => e.Method, e => e.Cost!);
        Assert.Equal(["Filled", "Linear", "Sampled"], costs.Keys.Order());
        Assert.All(costs.Values, c => Assert.True(c is { Parameters: > 0, TrainingSeconds: > 0, Milliseconds: > 0, Batch: 12 }));
        // A fill is the classifier's encoders, the numbers' means and deviations, its matrices and a fusion: what the run keeps in those stages, and no more.
        using var run = TrainedRun.Load(RunOf("ridge-fill"), CPU);
        Assert.Equal(run.Parameters, costs["Filled"].Parameters);
        Assert.True(run.Parameters < Directory.GetFiles(run.Directory.Path, "*.safetensors").Sum(f => new FileInfo(f).Length) / sizeof(float));
        var seconds = run.Manifest.Seconds;
        Assert.Equal(run.Manifest.Stages.Append(MethodTraining.Statistics).Order(), seconds.Keys.Order());
        Assert.Equal(seconds.Values.Sum() - seconds["dropout-baseline"] - seconds["language-baseline"] - seconds["statistics"], costs["Filled"].TrainingSeconds!.Value, 1e-9);
        // The classifier was trained once, by the first, and its seconds went along with it.
        Assert.Equal(seconds["classifier"], new Amodal.Training.RunDirectory(RunOf("amodal")).ReadManifest().Seconds["classifier"]);
        // What linear-first trains beside itself is not its own.
        using var linear = TrainedRun.Load(RunOf("linear-first"), CPU);
        Assert.True(linear.TrainingSeconds < linear.Manifest.Seconds.Where(s => !MethodTraining.BaselineStages.Contains(s.Key)).Sum(s => s.Value));
    }

    private void CheckTests(Leaderboard board, ExperimentResult result)
    {
        Assert.Equal(12 * 2 * 3, board.Tests.Count); // methods, ACC2 and MAE; incomplete sets, all observed, all missing rates
        Assert.All(board.Tests, t => Assert.Equal(t.Difference, result.Pairs.Single(p => (p.Method, p.Case, p.Metric) == (t.Method, t.Case, t.Metric)).Difference));
        Assert.Equal(Significance.Holm([.. board.Tests.Select(t => t.Probability)]), board.Tests.Select(t => t.Holm));

        // McNemar's counts, from what the first training's runs predict.
        var test = board.McNemar.Single(t => t is { Method: "Linear", Case: "text+vision" });
        using var filled = TrainedRun.Load(RunOf("ridge-fill"), CPU);
        using var linear = TrainedRun.Load(RunOf("linear-first"), CPU);
        var (mine, theirs) = (Right(linear), Right(filled));
        Assert.Equal((mine.Zip(theirs).Count(p => p is (true, false)), mine.Zip(theirs).Count(p => p is (false, true))), (test.Alone, test.ReferenceAlone));
        Assert.Equal(Significance.McNemar(test.Alone, test.ReferenceAlone), test.Probability);

        List<bool?> Right(TrainedRun run)
        {
            using var method = run.CreateMethod();
            using var batch = method.Encode(_data.Data["test"]);
            return [.. batch.Predict([.. Enumerable.Repeat(Observation.Of(ModalitySet.Of(0, 2)), batch.Count)]).Zip(_data.Data["test"].Labels, (p, t) => t == 0 ? (bool?)null : p > 0 == t > 0)];
        }
    }

    private static void CheckRanking(Leaderboard board)
    {
        var ranking = board.Ranking!;
        Assert.Equal(board.Entries.Select(e => e.Method).Order(), ranking.Methods.Select(m => m.Name).Order());
        Assert.Equal((ranking.Methods.Count + 1) / 2.0, ranking.Methods.Average(m => m.Rank), 1e-9); // whatever the order
    }

    private void CheckFiles(ExperimentResult result)
    {
        var folder = Path.Combine(_folder.Name, "made");
        Assert.Null(ExperimentFiles.Write(folder, result));
        Assert.All(new[] { "critical-difference.svg", "critical-difference.png", "quality-against-time.png", "table.tex", "table.json" }, f => Assert.True(File.Exists(Path.Combine(folder, f)), f));
        var page = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.Contains("<table class=\"sort\">", page, StringComparison.Ordinal);
        Assert.Contains("script-src 'sha256-", page, StringComparison.Ordinal);
        Assert.Contains("Mean ranks by MAE", page, StringComparison.Ordinal);
        Assert.Contains("\"friedman\"", File.ReadAllText(Path.Combine(folder, "table.json")), StringComparison.Ordinal);
        var metrics = _data.Data.Target.Metrics.Count;
        Assert.Equal(1 + (metrics * result.Rows.Count), File.ReadAllLines(Path.Combine(folder, "table.csv")).Length);
    }

    private string RunOf(string method) => Directory.GetDirectories(Path.Combine(_folder.Name, "runs"), $"{method}-seed1-*").Single();

    private ExperimentResult Make(Plan plan, int trainingSeeds = 1, string? against = null, TinyRun? data = null, bool mustFit = false) => Experiment.Run(
        plan,
        new ExperimentRequest { DataFiles = [(data ?? _data).DataFile], Folder = _folder.Name, MaskSeeds = 1, TrainingSeeds = trainingSeeds, Against = against, MustFit = mustFit },
        CPU,
        (what, _) =>
        {
            if (!_done.Contains(what))
            {
                _done.Add(what);
            }
        })!;
}
