using Amodal.Benchmarks;
using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Tests.Training;
using Amodal.Training;
using TorchSharp;

namespace Amodal.Tests.Benchmarks;

public class ModelSubjectTests
{
    private static readonly Modality[] _modalities = [new("text", 6, 4), new("acoustic", 7, 3), new("vision", 5, 2)];

    [Fact]
    public void Operations_are_evaluations_times_those_of_one()
    {
        using var model = Model();
        // Two missing, one observed: each of the two networks is given the third.
        var two = 5 * (model.Scores.All[0].CountFlops([2]) + model.Scores.All[1].CountFlops([2]));
        Assert.Equal(two, model.Operations(model.Sampler, ModalitySet.Of(2)));
        Assert.Equal(5 * model.Scores.All[0].CountFlops([1, 2]), model.Operations(model.Sampler, ModalitySet.Of(1, 2)));
        // Heun pays 2N - 1 of a budget of 6.
        Assert.Equal(5, ((IRecoveryModel)model).NfeOf(new SamplerOptions { Kind = SamplerKind.Heun, Nfe = 6 }));
    }

    [Fact]
    public void What_conditions_cost_once_is_counted_once()
    {
        using var model = Model(kind: BackboneKind.CachedTransformer1D);
        var network = model.Scores.All[0];
        Assert.True(network.CountPreparationFlops([1, 2]) > 0);
        Assert.Equal((5 * network.CountFlops([1, 2])) - (4 * network.CountPreparationFlops([1, 2])), model.Operations(model.Sampler, ModalitySet.Of(1, 2)));
    }

    [Fact]
    public void Recovered_together_the_other_targets_condition_too()
    {
        using var model = Model(Recovery.Joint);
        var two = 5 * (model.Scores.All[0].CountFlops([1, 2]) + model.Scores.All[1].CountFlops([0, 2]));
        Assert.Equal(two, model.Operations(model.Sampler, ModalitySet.Of(2)));
    }

    [Fact]
    public void Nothing_is_evaluated_without_recovery()
    {
        using var model = Model(Recovery.None);
        Assert.Equal(0, model.Operations(model.Sampler, ModalitySet.Of(2)));
    }

    [Fact]
    public void Calls_leave_no_tensors()
    {
        using var model = Model();
        using var subject = new ModelSubject("tiny", model, _modalities, model.Statistics.ToStandardiser());
        Assert.Equal(("tiny", "torch", 2, 5), (subject.Name, subject.Engine, subject.MostMissing, subject.Nfe));
        subject.Recover(3, 2, default); // makes the batch, which stays
        var before = LiveTensors.CountAfterCollection();
        subject.Recover(3, 1, default);
        subject.Predict(3, 2, default);
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    [Fact]
    public void What_is_timed_is_what_is_asked_for()
    {
        using var model = Model();
        foreach (var (i, module) in model.Modules.Values.Index())
        {
            Draws.Fill(module, (ulong)i, std: 0.2); // the two fusions answer differently
        }

        using var subject = new ModelSubject("tiny", model, _modalities, model.Statistics.ToStandardiser());
        using var scope = torch.NewDisposeScope();
        var rows = RandomUtterances.Draw(_modalities, 4);
        using var features = FeatureTensors.From(rows, model.Statistics.ToStandardiser(), torch.CPU);
        using var latents = model.Encode(rows, features);
        var path = model.CreatePath(seed: 1);
        for (var missing = 0; missing < 3; missing++)
        {
            Assert.Equal(Enumerable.Range(0, missing), subject.Recovered(4, missing, default).Order());
            var expected = path.Predict(latents, ModalitySet.All(3).Without(ModalitySet.All(missing)));
            Relative.Equal(expected, subject.Predictions(4, missing, default), Relative.Network, size: 1);
        }
    }

    [Fact]
    public void A_stopped_call_ends_between_evaluations()
    {
        using var model = Model();
        using var subject = new ModelSubject("tiny", model, _modalities, model.Statistics.ToStandardiser());
        _ = Assert.Throws<OperationCanceledException>(() => subject.Recover(2, 1, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void At_least_one_modality_is_observed()
    {
        using var model = Model();
        using var subject = new ModelSubject("tiny", model, _modalities, model.Statistics.ToStandardiser());
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => subject.Recover(2, 3, default));
    }

    [Fact]
    public void Presets_open_with_fresh_networks()
    {
        using var subject = BenchSubjects.Open("two-stage-realtime", nfe: 4);
        Assert.Equal(("two-stage-realtime", 4), (subject.Name, subject.Nfe));
        Assert.EndsWith(", 4 network evaluations per missing modality", subject.Sampling, StringComparison.Ordinal);
        Assert.True(subject.Operations(1) > 0);
        Assert.Contains("cpu-speed", Assert.Throws<InputException>(() => BenchSubjects.Open("no-such-preset")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_is_measured_with_its_own_modalities_and_sampler_or_as_many_evaluations_as_asked_for()
    {
        using var tiny = TinyRun.Trained(TinyRun.Uneven);
        using var own = BenchSubjects.Open(tiny.Directory.Path);
        using var fewer = BenchSubjects.Open(tiny.Directory.Path, nfe: 2);
        Assert.Equal(("run", 3, 2), (own.Name, own.Nfe, own.MostMissing));
        Assert.Equal("ddim, 3 network evaluations per missing modality", own.Sampling);
        Assert.Equal("ddim, 2 network evaluations per missing modality", fewer.Sampling);
        Assert.Equal(3 * fewer.Operations(1), 2 * own.Operations(1));
        own.Predict(3, 2, default);
    }

    [Fact]
    public void A_precision_is_in_the_name_and_the_baseline_has_none_but_its_own()
    {
        using var subject = BenchSubjects.Open("two-stage-realtime", nfe: 2, Precision.Bfloat16);
        Assert.Equal("two-stage-realtime-bfloat16", subject.Name);
        subject.Recover(1, 1, default);
        var refused = Assert.Throws<InputException>(() => BenchSubjects.Open("cpu-imder", precision: Precision.Bfloat16)).Message;
        Assert.Contains("bfloat16", refused, StringComparison.Ordinal);
        Assert.Contains("cpu-imder", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Subjects_are_called_by_so_much_of_their_paths_that_no_two_are_called_alike()
    {
        Assert.Equal(["runs/mosi", "models/mosi", "speed"], BenchSubjects.Names(["runs/mosi", "models/mosi/", "speed"]));
        Assert.Equal(["mosi", "mosei"], BenchSubjects.Names(["runs/mosi", "models/mosei"]));
        Assert.Equal(["a/x/mosi", "b/x/mosi", "c/mosi"], BenchSubjects.Names(["a/x/mosi", "b/x/mosi", "c/mosi"]));
        Assert.Equal(["speed", Path.GetFileName(Environment.CurrentDirectory) + "/speed"], BenchSubjects.Names(["speed", "./speed"])); // a preset, and a folder called so
        Assert.Equal(["tiny", "tiny.v2"], BenchSubjects.Names(["experiments/tiny.yaml", "tiny.v2.yaml"]));
        Assert.Single(BenchSubjects.Names(["runs/mosi", "runs/mosi/"]).Distinct()); // one subject, named twice
    }

    [Fact]
    public void A_preset_is_meant_before_a_folder_of_its_name()
    {
        Assert.False(BenchSubjects.IsRun("demo"));
        Assert.False(BenchSubjects.IsRun("no-such-folder"));
        Assert.True(BenchSubjects.IsRun(AppContext.BaseDirectory));
    }

    private static TwoStageModel Model(Recovery recovery = Recovery.Separate, BackboneKind kind = BackboneKind.ScoreTransformer1D)
    {
        torch.manual_seed(1);
        var model = new TwoStageModel(_modalities, new ExperimentOptions
        {
            Recovery = recovery,
            Latents = new() { Channels = 8 },
            Backbone = new BackboneOptions { Kind = kind, Width = 16, Blocks = 1, Heads = 2, MlpWidth = 16, TimeWidth = 8 },
            Sampler = new SamplerOptions { Kind = SamplerKind.Ddim, Nfe = 5 },
            Alignment = new() { Channels = 8, Blocks = 1, Reduction = 4 },
            Fusion = new() { Layers = 1, Heads = 2 },
        }, seed: 1);
        model.MoveTo(torch.CPU);
        return model;
    }
}
