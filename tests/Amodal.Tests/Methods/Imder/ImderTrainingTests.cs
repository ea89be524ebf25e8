using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Methods;
using Amodal.Methods.Imder;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Training;
using Amodal.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.Imder;

/// <summary>Whole trainings of the baseline on tiny networks.</summary>
public class ImderTrainingTests
{
    private static ExperimentOptions Options { get; } = TinyRun.TinyOptions with
    {
        Name = "imder",
        Method = "imder",
        Methods = TinyRun.Groups(new ImderExperimentOptions
        {
            Network = new() { Channels = 4, Heads = 2, Layers = 1, TimeWidth = 4, DecoderBlocks = 1, DecoderReduction = 2 },
            Sampler = new() { Kind = SamplerKind.EulerMaruyama, Nfe = 2 },
            Pretraining = new() { Epochs = 2, BatchSize = 8, WeightDecay = 0 },
            Training = new() { Epochs = 2, BatchSize = 2 }, // 12 batches: of 10, 3 miss two and 3 miss one
        }),
    };

    private static ImderExperimentOptions Imder => Options.Methods.Of<ImderExperimentOptions>();

    private static ExperimentOptions PerUtterance { get; } =
        With(Imder with { Training = Imder.Training with { Epochs = 1, MissingSetPer = MissingSetPer.Utterance, BatchSize = 8 } });

    private static ExperimentOptions With(ImderExperimentOptions imder) => Options with { Methods = TinyRun.Groups(imder) };

    [Fact]
    public void It_trains_evaluates_predicts_and_imputes_as_any_method_does()
    {
        using var tiny = new TinyRun(PerUtterance, TinyRun.Uneven);
        tiny.Train();
        Assert.Equal(["classifier", "dropout-baseline", "language-baseline", "imder-pretraining", "imder"], tiny.Directory.ReadManifest().Stages);
        using var evaluator = tiny.Evaluator();
        var result = evaluator.Evaluate(new EvaluationOptions { MaskSeeds = 1 });
        Assert.Equal([.. BaselineNames.All.Select(name => name == "language-only" ? "language-only (text)" : name).Order(), "imder"], result.Rows.Select(r => r.Method).Distinct().OrderBy(n => n == "imder" ? 1 : 0).ThenBy(n => n, StringComparer.Ordinal));
        Assert.Equal(7 + 2 + 4, result.Rows.Count(r => r.Method == "imder"));
        // It has a fusion of its own: each set is answered in its own way, and none as a baseline answers it.
        var fixedRows = result.Rows.Where(r => Patterns.All(3).Any(o => r.Observed == o.Describe([.. TinyRun.Uneven.Select(m => m.Name)]))).ToList();
        var own = fixedRows.Where(r => r.Method == "imder").Select(Mae).ToList();
        Assert.Equal(7, own.Distinct().Count());
        Assert.Empty(own.Intersect(fixedRows.Where(r => r.Method != "imder").Select(Mae)));
        Assert.DoesNotContain(double.NaN, own);
        Assert.Equal(9, result.LatentRecovery.Count);

        // Its latents can be drawn; graphs it has none.
        using var run = tiny.Load();
        Assert.Equal(PanelRequest.ThesisSamplers, PanelRequest.SamplersFor(run.Method));
        using var embedder = new LatentEmbedder(run, tiny.Data, "test", ModalitySet.Of(0), new() { Tsne = new() { Iterations = 50, Perplexity = 4 }, Neighbours = 3 });
        Assert.Equal(["sound", "face"], embedder.Embed([PanelRequest.Of(run.Method.Sampler, aligned: true)]).Single().Modalities.Select(m => m.Name));
        Assert.Contains("has no graphs", Assert.Throws<InputException>(() => run.Export(tiny.Directory.Path + "-export")).Message, StringComparison.Ordinal);

        // Any sampler follows its score networks.
        using var session = new RunSession(tiny.Load(), tiny.Data, "test", new SamplerOptions { Kind = SamplerKind.Ddim, Nfe = 3 }, seed: 1);
        using var another = new RunSession(tiny.Load(), tiny.Data, "test", Imder.Sampler, seed: 1);
        Assert.All(Answers(session).Zip(Answers(another)), p => Assert.True(Math.Abs(p.First - p.Second) is > 1e-6 and < 100, $"{p}"));
        var file = Path.Combine(tiny.Directory.Path, "recovered.npz");
        Assert.Equal([("recovered/sound", 5L), ("aligned/sound", 5), ("true/sound", 5)], // 7 frames less 2 of the kernel, as all of them
            session.Recover(session.Observed("sound", null)[0].Modalities, file).Select(a => (a.Name, a.Shape[2])));

        static double Mae(ResultRow row) => row.Metrics[ScoreTarget.Mae].Value;

        static IEnumerable<double> Answers(RunSession session) => session.Predict(session.Observed("text,face", null), 1).Select(p => p.Prediction);
    }

    [Theory, InlineData(2), InlineData(4)]
    public void It_takes_any_number_of_modalities(int count)
    {
        Modality[] modalities = [.. Enumerable.Range(1, count).Select(m => new Modality($"m{m}", m, m + 1))];
        using var tiny = new TinyRun(PerUtterance, TinyRun.MakeData(modalities, [8, 4, 4]));
        tiny.Train();
        using var evaluator = tiny.Evaluator();
        var rows = evaluator.Evaluate(new EvaluationOptions { Random = false }).Rows;
        // Every set, two averages, and beyond three modalities one for each number of missing ones.
        Assert.Equal((1 << count) - 1 + 2 + (count > 3 ? count - 1 : 0), rows.Count(r => r.Method == "imder"));
    }

    [Fact]
    public void Input_convolutions_stay_as_they_were_pretrained_and_all_else_learns()
    {
        using var tiny = new TinyRun(PerUtterance, TinyRun.Even);
        tiny.Train();
        using var scope = NewDisposeScope();
        var before = Amodal.Files.SafeTensors.Read(tiny.Directory.StageFile("imder-pretraining"));
        var after = Amodal.Files.SafeTensors.Read(tiny.Directory.StageFile("imder"));
        var pretrained = before.Keys.Where(k => Draws.Distance(before[k], after[k]) == 0).ToList();
        Assert.Equal(["classifier.projections.0.weight", "classifier.projections.1.weight", "classifier.projections.2.weight"], pretrained.Order(StringComparer.Ordinal));

        Stage.SeedTorch(new Amodal.Randomness.StableRandom(3, Amodal.Randomness.StableRandom.KeyOf("weights")).NextUInt64()); // as the trainer does
        var fresh = new ImderTraining(tiny.Data.Modalities, Target.Score, tiny.Options);
        var initial = RunDirectory.StateOf(fresh.Recovery.Modules);
        var unchanged = after.Keys.Where(k => Draws.Distance(initial[k], after[k]) == 0).ToList();
        Assert.Equal(["scores.networks.0.embed.0.W", "scores.networks.1.embed.0.W", "scores.networks.2.embed.0.W"], unchanged.Order(StringComparer.Ordinal));
        fresh.Dispose();
    }

    [Fact]
    public void Adam_goes_on_moving_networks_that_a_step_does_not_use()
    {
        using var tiny = new TinyRun(Options, TinyRun.Even);
        using var fixture = new StageFixture(tiny);
        using var optimiser = fixture.Stage.CreateOptimiser();
        fixture.Stage.BeforeEpoch([], optimiser);
        fixture.Stage.TrainEpoch(1, optimiser, _ => { }, default);
        var steps = optimiser.state_dict().State.Cast<Adam.State>().Select(s => s.step).Distinct().ToList();
        // 12 steps, of which the first 6 have something missing: whatever those used was moved in all later ones.
        Assert.Contains(12, steps);
        Assert.All(steps, n => Assert.True(n == 0 || n > 6, $"{n} steps"));
    }

    [Fact]
    public void No_gradient_goes_through_the_sampler_and_gradients_are_clipped_by_value()
    {
        using var tiny = new TinyRun(With(Imder with { Training = Imder.Training with { GradientLimit = 1e-3, LossWeight = 0, BatchSize = 1 } }), TinyRun.MakeData(TinyRun.Even, [8, 4, 4]));
        using var fixture = new StageFixture(tiny);
        using var optimiser = fixture.Stage.CreateOptimiser();
        using var scope = NewDisposeScope();
        var before = fixture.Model.Decoders.parameters().Select(p => p.clone()).ToArray();
        fixture.Stage.TrainEpoch(1, optimiser, _ => { }, default);
        // Without its own losses, what is missing reaches the prediction through decoder and fusion only.
        Assert.All(fixture.Model.Scores.parameters(), p => Assert.True(p.grad is null || p.grad.abs().max().item<float>() == 0));
        Assert.Contains(fixture.Model.Decoders.parameters().Zip(before), p => Draws.Distance(p.First, p.Second) > 1e-4); // moved by the prediction alone
        var largest = fixture.Model.Classifier.Fusion.parameters().Where(p => p.grad is not null).Max(p => p.grad!.abs().max().item<float>());
        Assert.Equal(1e-3f, largest); // clipped by value: exactly the limit
        Assert.All(fixture.Model.Classifier.named_parameters().Where(p => p.name.StartsWith("projections", StringComparison.Ordinal)), p => Assert.Null(p.parameter.grad));
    }

    [Fact]
    public void It_is_selected_by_what_it_says_of_recovered_modalities()
    {
        using var tiny = new TinyRun(PerUtterance, TinyRun.Even);
        using var fixture = new StageFixture(tiny);
        Amodal.Native.NetworkSets.MoveTo(fixture.Model.Modules.Values, CPU);
        var loss = fixture.Stage.Validate(default);
        Assert.Equal(loss, fixture.Stage.Validate(default));
        Draws.Fill(fixture.Model.Scores, 5, std: 0.3);
        Assert.NotEqual(loss, fixture.Stage.Validate(default));
    }

    [Fact]
    public void A_stopped_training_ends_with_the_same_bytes_as_one_that_was_not()
    {
        var options = With(Imder with { Training = Imder.Training with { Epochs = 3, PlateauPatience = 0 } });
        var data = TinyRun.MakeData(TinyRun.Even, [12, 4, 4]); // 6 batches: 3 miss two and 3 miss one
        using var whole = new TinyRun(options, data);
        whole.Train();
        var trained = File.ReadAllBytes(whole.Directory.StageFile("imder"));
        File.Delete(whole.Directory.StageFile("imder")); // or it would be taken over, too
        using var stopped = new TinyRun(options, data);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new Trainer(options, stopped.Data, stopped.Directory, CPU, new StopIn("imder", 2, stop))
            .Train(resume: false, whole.Directory, stop.Token)); // the stages before it are taken over
        Assert.True(File.Exists(stopped.Directory.ProgressFile));
        new Trainer(options, stopped.Data, stopped.Directory, CPU).Train(resume: true);
        Assert.Equal(trained, File.ReadAllBytes(stopped.Directory.StageFile("imder")));
    }

    [Fact]
    public void Floors_are_taken_over_from_a_run_of_the_other_method()
    {
        using var ours = TinyRun.Trained(TinyRun.Even);
        using var imder = new TinyRun(PerUtterance, TinyRun.Even);
        new Trainer(PerUtterance, ours.Data, imder.Directory, CPU).Train(resume: false, reuse: ours.Directory);
        foreach (var stage in new[] { "classifier", "dropout-baseline", "language-baseline" })
        {
            Assert.Equal(File.ReadAllBytes(ours.Directory.StageFile(stage)), File.ReadAllBytes(imder.Directory.StageFile(stage)));
        }

        Assert.False(File.Exists(imder.Directory.StageFile("score")));
        Assert.Contains("needs one of 'amodal'", Assert.Throws<InputException>(() =>
        {
            using var run = imder.Load();
            return run.Model;
        }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_do_not_fit_are_refused()
    {
        var bad = With(Imder with { Network = Imder.Network with { Heads = 3, DecoderReduction = 5, TimeWidth = 3 }, Sampler = new() { Kind = SamplerKind.PredictorCorrector, Nfe = 1 } });
        var faults = MethodCatalogue.Check(bad).SelectMany(f => f.Keys).ToList();
        Assert.Equal(
            ["imder.network.channels", "imder.network.decoderReduction", "imder.network.heads", "imder.network.timeWidth", "imder.sampler.kind", "imder.sampler.nfe", "imder.training.nfe"],
            faults.Distinct().Order(StringComparer.Ordinal));
        Assert.Empty(MethodCatalogue.Check(bad with { Method = "amodal" })); // the section is not used
    }

    /// <summary>The end-to-end stage on fresh weights.</summary>
    private sealed class StageFixture : IDisposable
    {
        private readonly ImderTraining _method;
        private readonly Amodal.Latents.LatentStore _train;
        private readonly Amodal.Latents.LatentStore _valid;

        public StageFixture(TinyRun tiny)
        {
            Amodal.Training.Stage.SeedTorch(1);
            _method = new ImderTraining(tiny.Data.Modalities, Target.Score, tiny.Options);
            using var data = new TrainingData(tiny.Data, Standardiser.Fit(tiny.Data["train"]), CPU);
            (_train, _valid) = (Model.Encode(data.Train, data.TrainFeatures), Model.Encode(data.Valid, data.ValidFeatures));
            Stage = new ImderStage(Model, tiny.Options.Methods.Of<ImderExperimentOptions>().Training, _train, _valid, seed: 1);
        }

        public ImderModel Model => (ImderModel)_method.Recovery;

        public ImderStage Stage { get; }

        public void Dispose()
        {
            _train.Dispose();
            _valid.Dispose();
            _method.Dispose();
        }
    }

    /// <summary>Stops a training in the middle of an epoch.</summary>
    private sealed class StopIn(string stage, int epoch, CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == stage && value.Epoch == epoch)
            {
                stop.Cancel();
            }
        }
    }
}
