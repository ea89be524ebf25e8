using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Diffusion.Distillation;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Engines;
using Amodal.Latents;
using Amodal.Methods;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Engines;

/// <summary>The whole path by ONNX Runtime beside the same by torch: random weights, every observed set, rows of several parts.</summary>
public class OnnxModelTests
{
    private const int Rows = 70; // of torch more than a part of 64, by onnx several of 16

    public static TheoryData<BackboneKind> Kinds => [.. Enum.GetValues<BackboneKind>()];

    private static ExperimentOptions Options => TinyRun.TinyOptions with { Sampler = new() { Kind = SamplerKind.Ddim, Nfe = 3, Eta = 0.5 } };

    [Theory, MemberData(nameof(Kinds))]
    public void Predicts_as_torch_with_every_backbone(BackboneKind kind) =>
        Agree(TinyRun.Uneven, Options with { Backbone = Options.Backbone with { Kind = kind, Width = 16 } });

    [Theory]
    [InlineData(ProcessKind.VE, Conditioning.Clean)]
    [InlineData(ProcessKind.VP, Conditioning.Independent)]
    [InlineData(ProcessKind.SubVP, Conditioning.Shared)]
    public void Predicts_as_torch_with_every_kind_of_conditions(ProcessKind process, Conditioning conditioning) =>
        Agree(TinyRun.Uneven, Options with { Process = new() { Kind = process }, Conditioning = conditioning });

    [Theory]
    [InlineData(BackboneKind.ScoreTransformer1D, Conditioning.Clean)]
    [InlineData(BackboneKind.ScoreTransformer1D, Conditioning.Independent)]
    [InlineData(BackboneKind.Mmdit, Conditioning.Clean)]
    public void Recovers_together_as_torch(BackboneKind kind, Conditioning conditioning) =>
        Agree(TinyRun.Uneven, Options with { Recovery = Recovery.Joint, Conditioning = conditioning, Backbone = Options.Backbone with { Kind = kind } });

    [Theory]
    [InlineData(SamplerKind.Heun)]
    [InlineData(SamplerKind.PredictorCorrector)]
    [InlineData(SamplerKind.DpmSolver2M)]
    public void Samples_as_torch(SamplerKind kind) =>
        Agree(TinyRun.Uneven, Options with { Sampler = new() { Kind = kind, Nfe = 6 } });

    [Theory, MemberData(nameof(Kinds))]
    public void Is_guided_as_torch_with_every_backbone(BackboneKind kind) => Agree(TinyRun.Uneven, Options with
    {
        Backbone = Options.Backbone with { Kind = kind, Width = 16 },
        Score = new() { EmptyConditionRate = 0.1 },
        Sampler = Options.Sampler with { Nfe = 6, Guidance = 2 },
    });

    [Theory]
    [InlineData(SamplerKind.FlowEuler, 1)]
    [InlineData(SamplerKind.FlowMidpoint, 4)]
    [InlineData(SamplerKind.FlowHeun, 4)]
    public void Follows_a_flow_as_torch(SamplerKind kind, int nfe) =>
        Agree(TinyRun.Uneven, Options with { Objective = Objective.Flow, Sampler = new() { Kind = kind, Nfe = nfe } });

    [Theory]
    [InlineData(Objective.Score, DistillationMethod.Progressive)]
    [InlineData(Objective.Flow, DistillationMethod.Progressive)]
    [InlineData(Objective.Flow, DistillationMethod.Consistency)]
    public void Students_recover_as_torch(Objective objective, DistillationMethod method) => Agree(TinyRun.Uneven, Options with
    {
        Objective = objective,
        Sampler = new() { Kind = objective == Objective.Flow ? SamplerKind.FlowEuler : SamplerKind.Ddim, Nfe = 4 },
        Distillation = new() { Method = method, Evaluations = 2, Backbone = Options.Backbone with { Kind = BackboneKind.CachedTransformer1D, Width = 12 } },
    });

    [Fact]
    public void Fills_with_the_mean_as_torch_where_nothing_is_recovered() =>
        Agree(TinyRun.Uneven, Options with { Recovery = Recovery.None, Alignment = Options.Alignment with { Enabled = false } });

    [Theory, MemberData(nameof(Kinds))]
    public void Sets_side_by_side_are_recovered_as_each_by_itself(BackboneKind kind)
    {
        // Latents and not predictions, and a flow, which goes nowhere far: tiny networks show little of what a mask changes.
        using var folder = new TemporaryFolder();
        var (model, data) = Create(TinyRun.Uneven, Options with
        {
            Objective = Objective.Flow,
            Sampler = new() { Kind = SamplerKind.FlowHeun, Nfe = 4 },
            Backbone = Options.Backbone with { Kind = kind, Width = 16 },
        });
        using var _ = model;
        Draws.Fill(model.Scores, 70, std: kind == BackboneKind.Unet ? 0.5 : 0.2); // what conditions add to a U-Net passes many small layers
        ModelExporter.Export(model, seed: 5, Path.Combine(folder.Name, "out"));
        using var onnx = OnnxModel.Load(Path.Combine(folder.Name, "out"), threads: 1);
        var (recoverer, observed) = (onnx.CreatePath(), Patterns.Incomplete(3).Select(Observation.Of).ToList());
        LatentRows[] latents = [.. onnx.Encode(data["test"]).Select(l => l.Slice(0, observed.Count))];
        ulong[] keys = [1, 2, 3, 4, 5, 6];
        var mixed = recoverer.Recover(latents, observed, keys);
        foreach (var (row, set) in observed.Index())
        {
            foreach (var (m, alone) in recoverer.Recover([.. latents.Select(l => l.Slice(row, 1))], set, [keys[row]]))
            {
                // Float32 sums in another order, of numbers about 1.
                Relative.Equal(alone.Values, mixed[m].Row(row).ToArray(), Relative.Network, size: 1);
            }

            Assert.All(set.Modalities.Members, m => Assert.Equal(latents[m].Row(row), mixed[m].Row(row)));
        }
    }

    [Fact]
    public void Recovers_as_torch()
    {
        using var folder = new TemporaryFolder();
        var (model, data) = Create(TinyRun.Uneven, Options);
        using var _ = model;
        ModelExporter.Export(model, seed: 5, Path.Combine(folder.Name, "out"));
        using var onnxMethod = new OnnxMethod(OnnxModel.Load(Path.Combine(folder.Name, "out"), threads: 1));
        using var onnx = (IRecoveringBatch)onnxMethod.Encode(data["test"]);
        using var features = FeatureTensors.From(data["test"], model.Statistics.ToStandardiser(), CPU);
        using var store = model.Encode(data["test"], features);
        var observed = ModalitySet.Of(0);
        using var scope = NewDisposeScope();
        var path = model.CreatePath(seed: 5);
        var expected = path.Complete(store, observed);
        var aligned = path.Align(expected, observed);
        var imputed = onnx.Recover([.. Enumerable.Repeat(observed, Rows)]).Latents;
        Assert.Equal([1, 2], imputed.Select(i => i.Modality));
        foreach (var i in imputed)
        {
            Close(expected[i.Modality].data<float>(), i.Recovered.Values);
            Close(aligned[i.Modality].data<float>(), i.Aligned.Values);
            Close(store.Latents[i.Modality].data<float>(), i.Truth.Values);
        }
    }

    [Fact]
    public void A_batch_is_divided_among_the_threads_and_one_utterance_has_all_of_them()
    {
        using var folder = new TemporaryFolder();
        var (model, _) = Create(TinyRun.Uneven, Options);
        using var __ = model;
        ModelExporter.Export(model, seed: 5, Path.Combine(folder.Name, "out"));
        using (var one = OnnxModel.Load(Path.Combine(folder.Name, "out"), threads: 1))
        {
            Assert.Equal([(1, 1)], one.Parts(1));
            Assert.Equal([(16, 1), (4, 1)], one.Parts(20));
        }

        using (var three = OnnxModel.Load(Path.Combine(folder.Name, "out"), threads: 3))
        {
            Assert.Equal([(1, 3)], three.Parts(1));
            Assert.Equal([(2, 3)], three.Parts(2));
            Assert.Equal([(2, 1), (2, 1), (2, 1)], three.Parts(6));
        }

        using var cores = OnnxModel.Load(Path.Combine(folder.Name, "out"));
        Assert.Equal([(1, Environment.ProcessorCount)], cores.Parts(1));
    }

    [Fact]
    public void Stops_between_evaluations()
    {
        using var folder = new TemporaryFolder();
        var (model, data) = Create(TinyRun.Uneven, Options);
        using var _ = model;
        ModelExporter.Export(model, seed: 5, Path.Combine(folder.Name, "out"));
        using var onnxMethod = new OnnxMethod(OnnxModel.Load(Path.Combine(folder.Name, "out"), threads: 1));
        using var onnx = (IRecoveringBatch)onnxMethod.Encode(data["test"]);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => onnx.Predict([.. Enumerable.Repeat(ModalitySet.Of(0), Rows)], 0, null, stop.Token));
    }

    [Fact]
    public void Data_of_other_modalities_are_refused()
    {
        using var folder = new TemporaryFolder();
        var (model, _) = Create(TinyRun.Uneven, Options);
        using var __ = model;
        ModelExporter.Export(model, seed: 5, Path.Combine(folder.Name, "out"));
        using var onnx = OnnxModel.Load(Path.Combine(folder.Name, "out"), threads: 1);
        Assert.Contains("was trained on text (5 x 3)", Assert.Throws<InputException>(() => new OnnxMethod(onnx).Encode(Made(TinyRun.Even)["test"])).Message, StringComparison.Ordinal);
    }

    private static void Agree(Modality[] modalities, ExperimentOptions options)
    {
        using var folder = new TemporaryFolder();
        var (model, data) = Create(modalities, options);
        using var _ = model;
        ModelExporter.Export(model, seed: 5, Path.Combine(folder.Name, "out"));
        using var onnxMethod = new OnnxMethod(OnnxModel.Load(Path.Combine(folder.Name, "out"), threads: 1));
        using var onnx = (IRecoveringBatch)onnxMethod.Encode(data["test"]);
        using var features = FeatureTensors.From(data["test"], model.Statistics.ToStandardiser(), CPU);
        using var store = model.Encode(data["test"], features);
        var path = model.CreatePath(seed: 5);
        foreach (var observed in Patterns.All(modalities.Length))
        {
            var expected = path.Predict(store, observed, draw: 1);
            Close(expected, onnx.Predict([.. Enumerable.Repeat(observed, Rows)], draw: 1, null, default));
            Assert.True(expected.Distinct().Count() > Rows / 2);
        }

        // Every utterance with a set of its own, on one thread and on three.
        var patterns = Patterns.All(modalities.Length).ToList();
        Observation[] mixed = [.. Enumerable.Range(0, Rows).Select(row => patterns[row % patterns.Count])];
        var together = path.Predict(store, mixed, draw: 1);
        foreach (var observed in patterns)
        {
            var alone = path.Predict(store, observed, draw: 1);
            Close(alone.Where((_, row) => mixed[row] == observed), together.Where((_, row) => mixed[row] == observed));
        }

        using var manyMethod = new OnnxMethod(OnnxModel.Load(Path.Combine(folder.Name, "out"), threads: 3));
        using var many = (IRecoveringBatch)manyMethod.Encode(data["test"]);
        Close(together, onnx.Predict(mixed, draw: 1, null, default));
        Close(together, many.Predict(mixed, draw: 1, null, default));
    }

    // The graphs agree to 1e-5, and the few steps of these samplers do not make that grow tenfold; what they begin with is about 1.
    private static void Close(IEnumerable<float> expected, IEnumerable<float> actual) =>
        Relative.Equal([.. expected], [.. actual], 10 * Relative.Network, size: 1);

    private static (TwoStageModel Model, DataSet Data) Create(Modality[] modalities, ExperimentOptions options)
    {
        var data = Made(modalities);
        var model = new TwoStageModel(modalities, options, seed: 1);
        model.MoveTo(CPU);
        using var scope = NewDisposeScope();
        foreach (var (i, module) in model.Modules.Values.Index())
        {
            Draws.Fill(module, 50 + (ulong)i, std: 0.2); // not as they begin: gates and last layers of 0 would hide the rest
        }

        model.Statistics.Fit(Standardiser.Fit(data["test"]), data["test"]);
        using var features = FeatureTensors.From(data["test"], model.Statistics.ToStandardiser(), CPU);
        model.Baselines.FitLatents(features);
        return (model, data);
    }

    private static DataSet Made(Modality[] modalities)
    {
        var features = modalities.Select((m, i) => new FeatureArray(m, Values(m, i))).ToList();
        var split = new Split("test", [.. Enumerable.Range(0, Rows).Select(i => $"u{i}")], [.. features[0].Values.Take(Rows)], features);
        return new DataSet("made up", modalities, [split], DataDigest.Compute(modalities, [split]));
    }

    /// <summary>Normal numbers, and padding: the last step of every other row is zero.</summary>
    private static float[] Values(Modality modality, int index)
    {
        using var scope = NewDisposeScope();
        var values = Draws.Normal(30 + (ulong)index, Rows, modality.Length, modality.Width).data<float>().ToArray();
        for (var row = 0; row < Rows && modality.Length > 1; row += 2)
        {
            values.AsSpan(((row + 1) * modality.RowSize) - modality.Width, modality.Width).Clear();
        }

        return values;
    }
}
