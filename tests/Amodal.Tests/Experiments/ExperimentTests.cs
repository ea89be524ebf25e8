using System.Runtime.CompilerServices;
using Amodal.Configuration;
using Amodal.Data;
using Amodal.Evaluation;
using Amodal.Experiments;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Data;
using Amodal.Tests.Methods.MedianFill;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Experiments;

/// <summary>A table made from end to end on tiny networks.</summary>
public sealed class ExperimentTests : IDisposable
{
    private const string Tiny = """
        base: cpu-speed
        thesis: "6.1, 6.7"
        protocol: all
        missingRates: 0.3, 0.5
        cases: l, a, l+a, average of six, MR=0.3, average
        timing: true
        reference: DDIM
        settings:
          latents: { channels: 4 }
          backbone: { width: 8, blocks: 1, heads: 2, mlpWidth: 8, timeWidth: 4 }
          sampler: { kind: ddim, nfe: 3 }
          alignment: { channels: 4, blocks: 1, reduction: 2 }
          fusion: { layers: 1, heads: 2 }
          classifier: { epochs: 1, batchSize: 8 }
          score: { epochs: 1, batchSize: 8 }
          stage2: { epochs: 1, batchSize: 8 }
        rows:
          DDIM: { thesis: DDIM 10 }
          Heun: { thesis: Heun 40, sampler: { kind: heun, nfe: 3 } }
          VE: { settings: { process: { kind: ve } } }
          IMDer: { thesis: IMDer (VE), thesisOnly: true }
        """;

    private static readonly string _oneRow = Tiny[..Tiny.IndexOf("  Heun:", StringComparison.Ordinal)];

    private static readonly Modality[] _modalities = [new("text", 5, 3), new("audio", 5, 3), new("vision", 5, 3)];
    private readonly TinyRun _data = new(TinyRun.TinyOptions, _modalities);
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _done = [];

    [Fact]
    public void A_table_is_trained_once_and_evaluated_once()
    {
        var result = Make(Plan.Parse("tiny", Tiny));
        Assert.Equal(2, Runs().Length);
        Assert.Single(_done, d => d.EndsWith(": classifier", StringComparison.Ordinal)); // the second run takes it over
        Assert.Equal(2, _done.Count(d => d.EndsWith(": score", StringComparison.Ordinal)));
        Assert.Equal(3 + 1, Predictions().Length); // of every row, and of the baselines once

        // Three rows of ours with six cases, one of the thesis only with six less those it has no number of, five floors.
        Assert.Equal(3 * 6, result.Rows.Count(r => r.Part == ComparisonPart.Method));
        Assert.Equal(["text", "audio", "text+audio", "average-incomplete"], result.Rows.Where(r => r.Part == ComparisonPart.ThesisOnly).Select(r => r.Case));
        Assert.Equal(5 * 6, result.Rows.Count(r => r.Part == ComparisonPart.Baseline));
        Assert.Equal(0.729, result.Rows.Single(r => r is { Label: "DDIM", Case: "average-incomplete" }).Cells[0].Thesis!.Value, 1e-9);
        Assert.NotEqual(Cell(result, "DDIM"), Cell(result, "Heun"));
        Assert.Equal(3, result.Tables.Count); // and the rows in pairs, and what sampling costs
        CheckPairs(result);
        CheckSampling(result);
        Assert.All(result.Results, r => Assert.Equal(_data.Data["test"].Count, r.Count));

        _done.Clear();
        var again = Make(Plan.Parse("tiny", Tiny));
        Assert.All(_done, d => Assert.Matches(": (tables|beside DDIM)$", d)); // nothing is trained or evaluated
        Assert.Equal(ExperimentFiles.ToCsv(result), ExperimentFiles.ToCsv(again));

        // Another table of the same content finds the runs under whatever name it calls its rows.
        Make(Plan.Parse("other", Tiny.Replace("VE:", "Another name:", StringComparison.Ordinal)));
        Assert.Equal(2, Runs().Length);
        Assert.All(_done, d => Assert.Matches(": (tables|beside DDIM)$", d));
        CheckFiles(result);
    }

    [Fact]
    public void Numbers_of_other_threads_or_another_machine_are_not_taken_for_these()
    {
        var plan = Plan.Parse("tiny", _oneRow);
        var threads = get_num_threads();
        try
        {
            set_num_threads(1);
            var result = Make(plan);
            Assert.Contains("1 thread, cpu", Fact(result, "computed by"), StringComparison.Ordinal);
            Assert.Contains($"amodal {typeof(Experiment).Assembly.GetName().Version!.ToString(3)}", Fact(result, "computed by"), StringComparison.Ordinal);
            var run = Path.GetFileName(Assert.Single(Runs()));
            // The name of a time holds the machine; another machine looks for another name.
            var name = Key.Of("sampling", run!, Key.Circumstances(CPU), YamlOptions.Write(plan.Rows[0].Sampler!), Key.Machine);
            Assert.Equal([$"sampling-{name}.json"], Measurements("sampling").Select(f => Path.GetFileName(f)));
            Assert.Contains($"{Environment.ProcessorCount} cores", Key.Machine, StringComparison.Ordinal);
            Assert.Contains(Key.Machine, result.Tables[^1].Note, StringComparison.Ordinal);

            // The second is stopped after its first stage: two threads wait for each other on tensors this small, and what it
            // would look for has other names, the run's and so the predictions', and the time's.
            _done.Clear();
            set_num_threads(2);
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => Make(plan, stop: stop, at: ": classifier"));
            Assert.Contains("2 threads, cpu", Key.Circumstances(CPU), StringComparison.Ordinal);
            Assert.Equal(2, Runs().Length);
            Assert.Contains(_done, d => d.EndsWith(": classifier", StringComparison.Ordinal)); // nor does a stage of one thread serve a run of two
            Assert.NotEqual(name, Key.Of("sampling", run!, Key.Circumstances(CPU), YamlOptions.Write(plan.Rows[0].Sampler!), Key.Machine));
        }
        finally
        {
            set_num_threads(threads);
        }

        static string Fact(ExperimentResult result, string name) => result.Facts.Single(f => f.Name == name).Value;
    }

    [Fact]
    public void Other_masks_another_protocol_and_another_reference_are_told_from_the_same_predictions()
    {
        var first = Make(Plan.Parse("tiny", Tiny));
        _done.Clear();
        var others = new[]
        {
            Make(Plan.Parse("tiny", Tiny), maskSeeds: 2), Make(Plan.Parse("other", Tiny.Replace("protocol: all", "protocol: random", StringComparison.Ordinal))),
            Make(Plan.Parse("tiny", Tiny), against: "VE"), Make(Plan.Parse("tiny", Tiny), against: "mean-fill"),
        };
        Assert.All(_done, d => Assert.Matches(": (tables|beside .*)$", d));
        Assert.NotEqual(Value(first, "MR=0.5"), Value(others[0], "MR=0.5"));
        Assert.Equal(Value(first, "MR=0.5"), Value(others[1], "MR=0.5"));
        Assert.Equal(["DDIM", "VE", "mean-fill"], new[] { first, others[2], others[3] }.Select(r => r.Pairs.Select(p => p.Baseline).Distinct().Single()));
        Assert.Equal(["Heun", "DDIM", "VE"], others[3].Pairs.Select(p => p.Method).Distinct().OrderBy(m => m.Length == 4 ? m == "Heun" ? 0 : 1 : 2));
        var (one, back) = (Pair(first, "VE"), Pair(others[2], "DDIM"));
        Assert.All(new[] { (-one.Value, back.Value), (-one.High, back.Low), (-one.Low, back.High) }, p => Assert.Equal(p.Item1, p.Item2, 1e-12));
        Assert.Contains("'PC' is no row", Assert.Throws<InputException>(() => Make(Plan.Parse("tiny", Tiny), against: "PC")).Message, StringComparison.Ordinal);

        static Estimate Value(ExperimentResult result, string name) => result.Results.First(r => r.Method == "DDIM" && r.Case == name).Metrics[ScoreTarget.Mae];
        static Estimate Pair(ExperimentResult result, string method) => result.Pairs.First(p => p.Method == method && p.Case == "average-incomplete" && p.Metric == ScoreTarget.Mae).Difference;
    }

    [Fact]
    public void A_method_that_the_experiments_do_not_know_makes_a_row_like_any_other()
    {
        RuntimeHelpers.RunClassConstructor(typeof(MedianFillTests).TypeHandle); // its line in the catalogue
        var result = Make(Plan.Parse("tiny", _oneRow + "  Filled: { settings: { method: median-fill } }\n"));
        var filled = result.Results.Where(r => r.Method == "Filled").ToList();
        Assert.Equal(result.Results.Count(r => r.Method == "DDIM"), filled.Count);
        Assert.NotEqual(filled[0].Metrics[ScoreTarget.Mae].Value, result.Results.First(r => r.Method == "majority").Metrics[ScoreTarget.Mae].Value);
        Assert.Contains(result.Pairs, p => p is { Method: "Filled", Baseline: "DDIM" });
        Assert.Equal(["DDIM"], result.Tables[^1].Rows.Select(r => r[0].Text)); // what samples nothing costs nothing
        Assert.DoesNotContain(_done, d => d.StartsWith("median-fill-seed1-", StringComparison.Ordinal) && d.EndsWith(": classifier", StringComparison.Ordinal));

        using var run = TrainedRun.Load(Path.Combine(_folder.Name, "runs", result.Runs["Filled"].Single()), CPU);
        using var method = run.CreateMethod();
        using var batch = method.Encode(_data.Data["test"]);
        var table = Predictions().Select(PredictionTable.Read).Single(t => t.Agreements.Count == 0 && t.Methods.Count == 1);
        Assert.Equal(batch.Predict([.. Enumerable.Repeat(ModalitySet.Of(1), batch.Count)]), table[0, ModalitySet.Of(1)]);
    }

    [Fact]
    public void Tasks_make_a_table_together_each_job_once()
    {
        var plan = Plan.Parse("tiny", Tiny);
        var results = Enumerable.Range(1, 3).Select(task => Make(plan, share: (task, 3))).ToList();
        Assert.Equal([true, true, false], results.Select(r => r is null)); // the last one finds everything there
        var made = _done.Where(d => d.Contains(": recover", StringComparison.Ordinal) || d.Contains(": from ", StringComparison.Ordinal)).ToList();
        Assert.Equal(made.Count, made.Distinct().Count());
        using var alone = new TemporaryFolder();
        Assert.Equal(ExperimentFiles.ToCsv(results[2]!), ExperimentFiles.ToCsv(Make(plan, folder: alone.Name)));
    }

    [Fact]
    public void What_latents_hold_is_told_of_the_test_split_by_a_line_fitted_on_train()
    {
        var plan = Plan.Parse("tiny", _oneRow.Replace("timing: true", "kind: latents", StringComparison.Ordinal));
        var result = Make(plan);
        var study = LatentStudy.Rows([Store.Read<LatentStudy>(Assert.Single(Measurements("latents")))], [.. _modalities.Select(m => m.Name)]);
        var summary = result.Tables.Single(t => t.Title.StartsWith("What recovered latents hold", StringComparison.Ordinal)).Rows.Single();
        Assert.Equal(
            [LatentShrinkageRow.MeanShare(study, r => r.Slope), study.Average(r => r.SpreadRatio), LatentShrinkageRow.MeanShare(study, r => r.AlignedSlope), study.Average(r => r.AlignedSpreadRatio)],
            new[] { 3, 4, 7, 8 }.Select(i => double.Parse(summary[i].Text, System.Globalization.CultureInfo.InvariantCulture)), (a, b) => Math.Abs(a - b) <= 0.0005 + 1e-9);
        CheckStudy(study.Single(r => r is { Modality: "audio", Observed: "text" }));
    }

    /// <summary>Sound recovered from text, again from the trained run.</summary>
    private void CheckStudy(LatentShrinkageRow found)
    {
        using var run = TrainedRun.Load(Assert.Single(Runs()), CPU);
        using var scope = NewDisposeScope();
        var stores = new[] { "train", "valid", "test" }.Select(split => run.Encode(_data.Data, split).Latents).ToList();
        var observed = ModalitySet.Of(0);
        var path = run.Method.CreatePath((ulong)run.Options.Seed);
        var predicted = LinearRecovery.Predict(stores[0], stores[1], stores[2], observed, 1);
        var average = stores[0].Latents[1].mean([0], keepdim: true);
        var (sampled, aligned) = (new LatentShrinkage(), new LatentShrinkage());
        sampled.Add(path.Complete(stores[2], observed)[1], predicted, stores[2].Latents[1], average, stores[2].Valid[1]);
        aligned.Add(path.Align(path.Complete(stores[2], observed), observed)[1], predicted, stores[2].Latents[1], average, stores[2].Valid[1]);
        double[] expected = [sampled.Predicted, sampled.Explained, sampled.TrueSlope, sampled.Slope, sampled.SpreadRatio, aligned.Slope, aligned.SpreadRatio];
        double[] told = [found.Predicted, found.Explained, found.TrueSlope, found.Slope, found.SpreadRatio, found.AlignedSlope, found.AlignedSpreadRatio];
        Assert.All(expected.Zip(told), p => Assert.Equal(p.First, p.Second, 1e-4 * Math.Max(1, Math.Abs(p.First)))); // float32, elsewhere in memory
        stores.ForEach(s => s.Dispose());
    }

    [Fact]
    public void A_figure_trains_the_first_seed_only_and_says_so()
    {
        var plan = Plan.Parse("tiny", _oneRow.Replace("timing: true", "kind: figure", StringComparison.Ordinal) + "  Sampled: { aligned: false }\n");
        var result = Make(plan, trainingSeeds: 2);
        Assert.Contains("-seed1-", Path.GetFileName(Assert.Single(Runs())), StringComparison.Ordinal);
        Assert.Equal([true, false], result.Figures.Single().Panels.Select(p => p.Aligned));
        Assert.Contains(result.Notes, n => n.Contains("first training seed", StringComparison.Ordinal));
        Assert.Equal(["1", "1"], new[] { "trainings", "training seeds" }.Select(name => result.Facts.Single(f => f.Name == name).Value));
    }

    [Fact]
    public void A_stopped_one_goes_on_where_it_was()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Make(Plan.Parse("tiny", Tiny), stop: stop, at: ": recovery"));
        Assert.Empty(Directory.GetFiles(_folder.Name, "*.tmp", SearchOption.AllDirectories));
        _done.Clear();
        Make(Plan.Parse("tiny", Tiny));
        Assert.DoesNotContain(_done, d => d.EndsWith(": classifier", StringComparison.Ordinal)); // the first run had it
    }

    [Fact]
    public void Training_seeds_and_latents()
    {
        var plan = Plan.Parse("tiny", Tiny.Replace("base: cpu-speed", "kind: latents\nbase: cpu-speed", StringComparison.Ordinal)
            .Replace("timing: true", "timing: false", StringComparison.Ordinal));
        var result = Make(plan, trainingSeeds: 2);
        Assert.Equal(4, Runs().Length);
        Assert.Equal(4, result.Tables.Count);
        Assert.Equal(3, result.Tables[2].Rows.Count);
        Assert.Equal(3 * 9, result.Tables[3].Rows.Count); // each of three modalities from three sets
        Assert.All(result.Tables[3].Rows, r => Assert.All(r.Skip(3), c => Assert.NotEqual("n/a", c.Text)));
        Assert.Equal(["4", "2"], new[] { "trainings", "training seeds" }.Select(name => result.Facts.Single(f => f.Name == name).Value)); // two runs
        // Every row's numbers are of both seeds: what is known of latents, too.
        Assert.Equal((3 * 2, 3 * 2 + 2, 2 * 2), (Measurements("latents").Length, Predictions().Length, Measurements("linear").Length));
        Assert.All(result.Results, r => Assert.All(r.Metrics.Values, m => Assert.NotNull(m.Spread)));
    }

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }

    private ExperimentResult Make(
        Plan plan, int trainingSeeds = 1, int maskSeeds = 1, CancellationTokenSource? stop = null, string? at = null, string? against = null, (int, int)? share = null, string? folder = null) => Experiment.Run(
        plan,
        new ExperimentRequest
        {
            DataFiles = [_data.DataFile],
            Folder = folder ?? _folder.Name,
            MaskSeeds = maskSeeds,
            TrainingSeeds = trainingSeeds,
            Against = against,
            Share = share ?? (1, 1),
        },
        CPU,
        (what, _) =>
        {
            if (!_done.Contains(what))
            {
                _done.Add(what);
            }

            if (at is not null && what.EndsWith(at, StringComparison.Ordinal))
            {
                stop!.Cancel();
            }
        },
        stop?.Token ?? default)!;

    private void CheckFiles(ExperimentResult result)
    {
        ExperimentFiles.Write(_folder.Name, result);
        var lines = File.ReadAllLines(Path.Combine(_folder.Name, "table.csv"));
        Assert.Equal("row,part,protocol,case,metric,value,low,high,thesis,difference,outside", lines[0]);
        Assert.Equal(1 + (3 * result.Rows.Count), lines.Length);
        Assert.Contains(lines, l => l.StartsWith("IMDer,thesis-only,fixed,text,acc2_nonzero,,,,0.848", StringComparison.Ordinal));
        Assert.Contains("\\toprule", File.ReadAllText(Path.Combine(_folder.Name, "table.tex")), StringComparison.Ordinal);
        Assert.Contains("Cost of sampling", File.ReadAllText(Path.Combine(_folder.Name, "table.md")), StringComparison.Ordinal);
        Assert.Contains("IMDer (thesis only)", File.ReadAllText(Path.Combine(_folder.Name, "report.html")), StringComparison.Ordinal);
        Assert.Contains("\"isOutside\"", File.ReadAllText(Path.Combine(_folder.Name, "table.json")), StringComparison.Ordinal);
    }

    private static void CheckPairs(ExperimentResult result)
    {
        Assert.Equal(["Heun", "VE"], result.Pairs.Select(p => p.Method).Distinct());
        Assert.All(result.Pairs, p => Assert.Equal("DDIM", p.Baseline));
        foreach (var pair in result.Pairs)
        {
            var (ours, theirs) = (Value(pair.Method), Value("DDIM"));
            Assert.Equal(ours - theirs, pair.Difference.Value, 1e-9);
            Assert.InRange(pair.Difference.Value, pair.Difference.Low - 1e-9, pair.Difference.High + 1e-9);

            double Value(string method) => result.Results.First(r => r.Method == method && r.Case == pair.Case).Metrics[pair.Metric].Value;
        }

        // The cases that are averages or missing rates, in the table's metrics.
        var table = result.Tables[1];
        Assert.Equal("Rows in pairs: each less DDIM", table.Title);
        Assert.Equal(["average-incomplete", "MR=0.3", "average-rates"], table.Rows.Where(r => r[0].Text == "VE").Select(r => r[1].Text));
        Assert.Equal(2 + 3, table.Headings.Count);
    }

    /// <summary>Speed and change beside the reference, of the seconds and metrics that were measured.</summary>
    private static void CheckSampling(ExperimentResult result)
    {
        var table = result.Tables[^1];
        Assert.Equal("Cost of sampling", table.Title);
        var rows = table.Rows.ToDictionary(r => r[0].Text);
        Assert.Equal(["1.0x", "0.0"], new[] { rows["DDIM"][4].Text, rows["DDIM"][6].Text });
        Assert.Equal(["3", "3", "3"], new[] { "DDIM", "Heun", "VE" }.Select(r => rows[r][1].Text)); // of Heun's budget of three, two steps are three
        var change = 100 * (Accuracy("VE") - Accuracy("DDIM"));
        Assert.Equal(change, Number(rows["VE"][6].Text), 0.05 + 1e-9); // one digit is shown
        // The thesis's: DDIM's seconds over Heun's.
        var (ours, theirs) = (Reference.SamplingSeconds("Heun 40")!.Value, Reference.SamplingSeconds("DDIM 10")!.Value);
        Assert.Equal(theirs / ours, Number(rows["Heun"][5].Text.TrimEnd('x')), 0.05 + 1e-9);

        double Accuracy(string label) => result.Rows.Single(r => r.Label == label && r.Case == "average-incomplete").Cells[0].Ours!.Value;
        static double Number(string text) => double.Parse(text.Replace('\u2212', '-'), System.Globalization.CultureInfo.InvariantCulture);
    }

    private string[] Runs() => Directory.GetDirectories(Path.Combine(_folder.Name, "runs"));

    private string[] Predictions() => Directory.GetFiles(Path.Combine(_folder.Name, "predictions"));

    private string[] Measurements(string kind) => Directory.GetFiles(Path.Combine(_folder.Name, "measurements"), $"{kind}-*.json");

    private static double Cell(ExperimentResult result, string label) =>
        result.Rows.Single(r => r.Label == label && r.Case == "average-incomplete").Cells[^1].Ours!.Value;
}
