using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Evaluation;
using Amodal.Methods.TwoStage;
using Amodal.Randomness;
using Amodal.Runs;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Runs;

/// <summary>Whole trainings on tiny networks, and what is kept of them.</summary>
public class TrainerTests
{
    [Fact]
    public void Every_module_is_trained_and_saved()
    {
        using var tiny = TinyRun.Trained(TinyRun.Uneven);
        using var scope = NewDisposeScope();
        using var trained = tiny.Load();
        using var fresh = FreshModel(tiny);
        foreach (var (name, module) in trained.Model.Modules)
        {
            Assert.True(module.state_dict().Count > 0, $"{name} has no state: nothing of it is trained or saved");
            var initial = fresh.Modules[name].named_parameters().ToDictionary(p => p.name, p => p.parameter);
            var unchanged = module.named_parameters().Where(p => Draws.Distance(p.parameter, initial[p.name]) == 0).Select(p => $"{name}.{p.name}");
            Assert.Empty(unchanged);
        }

        Assert.All(trained.Model.Statistics.state_dict(), p => Assert.True(p.Value.abs().max().item<float>() > 0, p.Key));
        Assert.True(Draws.Distance(trained.Model.Complete.Fusion.parameters().First(), trained.Model.Fusion.parameters().First()) > 0); // stage 2 went on from it
        Assert.True(tiny.Directory.ReadManifest().IsComplete);
        Assert.Equal(Trainer.StageNames.Order(), trained.Directory.ReadCurves(trained.Manifest).Keys.Order());
    }

    [Fact]
    public void Memory_stays_flat_over_steps_stages_and_evaluations()
    {
        var options = TinyRun.TinyOptions;
        using var tiny = new TinyRun(options with
        {
            Classifier = options.Classifier with { Epochs = 4, Patience = 4, BatchSize = 2 }, // 24 steps
            Score = options.Score with { Epochs = 4, Patience = 4, BatchSize = 2 },
            Stage2 = options.Stage2 with { Epochs = 4, Patience = 4, BatchSize = 2, RefreshEvery = 2 },
        }, TinyRun.MakeData(TinyRun.Uneven, [12, 6, 6]));
        var counts = new TensorCounts();
        tiny.Train(counts);
        Assert.Equal(Trainer.StageNames.Order(), counts.ByStage.Keys.Order());
        // After its first epoch a stage holds weights, optimiser, best epoch and recoveries; more would be a leak.
        Assert.All(counts.ByStage, stage => Assert.Equal(4, stage.Value.Count));
        Assert.All(counts.ByStage, stage => Assert.Single(stage.Value.Distinct()));

        using var evaluator = tiny.Evaluator();
        evaluator.Evaluate(new EvaluationOptions { MaskSeeds = 1, MissingRates = [0.5] });
        var loaded = LiveTensors.CountAfterCollection();
        evaluator.Evaluate(new EvaluationOptions { MaskSeeds = 1, MissingRates = [0.5] }, nfeCurve: [2, 4]);
        Assert.Equal(loaded, Tensor.TotalCount);
    }

    [Theory]
    [InlineData(Conditioning.Clean, Recovery.Joint)]
    [InlineData(Conditioning.Independent, Recovery.Separate)]
    [InlineData(Conditioning.Shared, Recovery.Separate)]
    public void Every_kind_of_conditioning_and_recovery_trains_and_evaluates(Conditioning conditioning, Recovery recovery)
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions with { Conditioning = conditioning, Recovery = recovery }, TinyRun.Even);
        tiny.Train();
        using var evaluator = tiny.Evaluator();
        var rows = evaluator.Evaluate(new EvaluationOptions { Random = false }).Rows;
        TinyRun.AnswersAllButTheComplete(rows, "tiny");
    }

    [Fact]
    public void Six_modalities_of_any_length_and_width_train_and_evaluate()
    {
        Modality[] modalities = [new("a", 1, 1), new("b", 2, 3), new("c", 9, 2), new("d.e", 4, 5), new("λ", 3, 1), new("f", 1, 6)];
        var options = TinyRun.TinyOptions with { Stage2 = TinyRun.TinyOptions.Stage2 with { Epochs = 1, SetsPerUtterance = 3 } };
        using var tiny = new TinyRun(options, TinyRun.MakeData(modalities, [8, 4, 4]));
        tiny.Train();
        using var evaluator = tiny.Evaluator();
        var result = evaluator.Evaluate(new EvaluationOptions { MaskSeeds = 1 });
        Assert.Equal(63 + 2 + 5 + 4, result.Rows.Count(row => row.Method == "tiny")); // sets, their averages, one for each number of missing modalities, rates
        Assert.Equal(6 * 31, result.LatentRecovery.Count); // each modality, from every non-empty set of the five others
        Assert.Contains(result.LatentRecovery, row => row is { Modality: "λ", Observed: "a+b+c+d.e+f" });
    }

    [Fact]
    public void A_run_is_not_begun_over_another_and_not_resumed_with_other_settings()
    {
        using var tiny = TinyRun.Trained(TinyRun.Even);
        Assert.Contains("go on with it", Assert.Throws<InputException>(() => tiny.Train()).Message, StringComparison.Ordinal);
        var other = new Trainer(tiny.Options with { Seed = 4, Sampler = tiny.Options.Sampler with { Nfe = 5 }, TensorBoard = false }, tiny.Data, tiny.Directory, CPU);
        Assert.Contains(
            "config.yaml: differs from the configuration given: seed is 3 there and 4 here, sampler.nfe is 3 there and 5 here; go on with the same",
            Assert.Throws<InputException>(() => other.Train(resume: true)).Message, StringComparison.Ordinal);
        var data = tiny.Data;
        var changed = new DataSet("other.npz", data.Modalities, data.Splits, "another digest");
        Assert.Contains("is not the data that", Assert.Throws<InputException>(() => new Trainer(tiny.Options, changed, tiny.Directory, CPU).Train(resume: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_being_trained_is_left_alone_by_a_second_training()
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions, TinyRun.Even);
        using (tiny.Directory.Hold())
        {
            Assert.All([() => tiny.Train(), tiny.Resume], (Action train) => Assert.Contains(
                $"is being trained by another training (process {Environment.ProcessId} on {Environment.MachineName}, since ", Assert.Throws<InputException>(train).Message, StringComparison.Ordinal));
            Assert.False(tiny.Directory.Exists);
        }

        var whileTraining = new Ends("classifier") { Then = () => Assert.Throws<InputException>(tiny.Resume) };
        tiny.Train(whileTraining);
        Assert.True(whileTraining.WasCalled);
        tiny.Resume(); // it is let go of at the end
    }

    [Fact]
    public void What_a_killed_training_left_half_written_goes_when_the_run_is_taken_up_again()
    {
        using var tiny = TinyRun.Trained(TinyRun.Even);
        string[] left = [".score.safetensors.0123456789abcdef0123456789abcdef.tmp", ".manifest.json.0123456789abcdef0123456789abcdef.tmp", ".history-language-baseline.csv.0123456789abcdef0123456789abcdef.tmp"];
        string[] others = [".p.csv.0123456789abcdef0123456789abcdef.tmp", ".score.safetensors.tmp"];
        Assert.All([.. left, .. others], name => File.WriteAllText(Path.Combine(tiny.Directory.Path, name), "half"));
        tiny.Resume();
        Assert.Equal(others.Order(StringComparer.Ordinal), Directory.GetFiles(tiny.Directory.Path, "*.tmp").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_would_end_a_later_stage_is_said_before_the_first()
    {
        using var many = new TinyRun(TinyRun.TinyOptions, [.. Enumerable.Range(1, 11).Select(i => new Modality($"m{i}", 2, 1))]);
        Assert.Contains("modalities: are 11; a method is trained on every set of what may be missing, which is for 10 at most.", Refused(many), StringComparison.Ordinal);
        using var uneven = new TinyRun(TinyRun.TinyOptions with { Conditioning = Conditioning.Shared }, TinyRun.Uneven);
        Assert.Contains("conditioning: shared needs latents of one shape, and these have text (4, 3), sound (4, 1), face (4, 5)", Refused(uneven), StringComparison.Ordinal);
        using var threads = new TinyRun(TinyRun.TinyOptions with { Threads = 7 }, TinyRun.Even);
        Assert.Contains($"threads: is 7 in the experiment, and torch computes with {get_num_threads()}; call torch.set_num_threads(7) before", Refused(threads), StringComparison.Ordinal);

        static string Refused(TinyRun tiny)
        {
            var message = Assert.Throws<InputException>(() => tiny.Train()).Message;
            Assert.False(Directory.Exists(tiny.Directory.Path));
            return message;
        }
    }

    [Fact]
    public void Stages_are_not_taken_over_from_a_run_of_another_seed_device_number_of_threads_or_data()
    {
        using var tiny = TinyRun.Trained(TinyRun.Even);
        using var taking = new TinyRun(tiny.Options with { Seed = 4 }, TinyRun.Even);
        var manifest = tiny.Directory.ReadManifest();
        Assert.Contains("has another seed (3, here 4); only", Refused(taking.Options), StringComparison.Ordinal);
        Assert.Empty(StageKeys.Shared(tiny.Options, taking.Options));
        tiny.Directory.Write(manifest with { Threads = 9, Device = "cuda:0", DataDigest = "x", DataFile = "theirs.npz" });
        Assert.Contains($"has another data (theirs.npz, here {taking.Data.Source}), and another threads (9, here {manifest.Threads}), and another device (cuda:0, here cpu); only", Refused(tiny.Options), StringComparison.Ordinal);

        string Refused(ExperimentOptions options)
        {
            var message = Assert.Throws<InputException>(() => new Trainer(options, taking.Data, taking.Directory, CPU).Train(resume: false, tiny.Directory)).Message;
            Assert.False(Directory.Exists(taking.Directory.Path));
            return message;
        }
    }

    [Fact]
    public void A_run_is_not_resumed_on_another_device_and_another_version_is_noted()
    {
        using var tiny = TinyRun.Trained(TinyRun.Even);
        var manifest = tiny.Directory.ReadManifest();
        Assert.Equal("cpu", manifest.Device);
        Assert.Equal(tiny.Data.Notes, manifest.Notes);
        tiny.Directory.Write(manifest with { Device = "cuda:0", Versions = new Dictionary<string, string>(manifest.Versions) { ["libtorch"] = "1.2.3" } });
        var trainer = new Trainer(tiny.Options, tiny.Data, tiny.Directory, CPU);
        trainer.Train(resume: true); // nothing is left to train: any device will do
        var note = Assert.Single(trainer.Notes);
        Assert.StartsWith($"what was trained before is of libtorch 1.2.3, the rest of libtorch {manifest.Versions["libtorch"]}", note, StringComparison.Ordinal);
        Assert.Equal([.. tiny.Data.Notes, note], tiny.Directory.ReadManifest().Notes);
        Assert.Equal("cuda:0", tiny.Directory.ReadManifest().Device);

        File.Delete(tiny.Directory.StageFile("recovery"));
        Assert.Contains("device: was begun on cuda:0 and would go on on cpu", Assert.Throws<InputException>(tiny.Resume).Message, StringComparison.Ordinal);

        tiny.Directory.Write(manifest with { Versions = new Dictionary<string, string>(manifest.Versions) { ["torchSharp"] = "0.1.2" } });
        var taking = new Trainer(tiny.Options, tiny.Data, new RunDirectory(tiny.Directory.Path + "-taking"), CPU);
        taking.Train(resume: false, tiny.Directory);
        Assert.Contains($"what was taken from {tiny.Directory.Path} is of torchSharp 0.1.2", Assert.Single(taking.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_is_not_resumed_with_another_number_of_threads()
    {
        var before = get_num_threads();
        using var tiny = TinyRun.Trained(TinyRun.Even); // with one
        try
        {
            set_num_threads(2);
            tiny.Resume(); // nothing is left to train: any number will do
            Assert.Equal(1, tiny.Directory.ReadManifest().Threads);

            File.Delete(tiny.Directory.StageFile("recovery"));
            var message = Assert.Throws<InputException>(tiny.Resume).Message;
            Assert.Contains("was begun with 1 and would go on with 2", message, StringComparison.Ordinal);
            set_num_threads(1);
            tiny.Resume();
        }
        finally
        {
            set_num_threads(before);
        }
    }

    /// <summary>Does something at the end of an epoch of a stage.</summary>
    private sealed class Ends(string stage) : IProgress<TrainingProgress>
    {
        public Action Then { get; init; } = () => { };

        public bool WasCalled { get; private set; }

        public void Report(TrainingProgress value)
        {
            if (value.Stage == stage && value.ValidLoss is not null)
            {
                WasCalled = true;
                Then();
            }
        }
    }

    private static TwoStageModel FreshModel(TinyRun tiny)
    {
        Stage.SeedTorch(new StableRandom((ulong)tiny.Options.Seed, StableRandom.KeyOf("weights")).NextUInt64()); // as the trainer does
        return new TwoStageModel(tiny.Data.Modalities, tiny.Options, (ulong)tiny.Options.Seed);
    }

    /// <summary>How many tensors are alive at the end of each epoch.</summary>
    private sealed class TensorCounts : IProgress<TrainingProgress>
    {
        public Dictionary<string, List<long>> ByStage { get; } = [];

        public void Report(TrainingProgress value)
        {
            if (value.ValidLoss is null)
            {
                return;
            }

            if (!ByStage.TryGetValue(value.Stage, out var counts))
            {
                ByStage[value.Stage] = counts = [LiveTensors.CountAfterCollection()];
                return;
            }

            counts.Add(Tensor.TotalCount);
        }
    }
}
