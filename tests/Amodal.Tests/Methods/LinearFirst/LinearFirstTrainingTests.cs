using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.LinearFirst;

public class LinearFirstTrainingTests
{
    private static readonly LinearFirstOptions _settings = new() { Width = 8, Steps = 120, BatchSize = 16 };

    [Fact]
    public void The_network_begins_at_the_closed_form_and_betters_it_where_the_labels_are_not_linear()
    {
        var data = TinyRun.MakeData(TinyRun.Uneven, [1500, 300, 20]);
        foreach (var split in data.Splits)
        {
            // The size of a feature: the line through it is flat.
            for (var row = 0; row < split.Count; row++)
            {
                split.Labels[row] = Math.Abs(split.Features[0].Row(row)[0]);
            }
        }

        using var features = new TrainingData(data, Amodal.Data.Standardiser.Fit(data["train"]), CPU);
        var model = new LinearFirstModel(data.Modalities, 1, _settings with { Width = 32 });
        using (NewDisposeScope())
        {
            model.Gaussian.Fit(features.TrainFeatures.Values, features.ValidFeatures.Values);
            Tensor All(IReadOnlyList<Tensor> of) => cat([.. of.Select((x, m) => model.Gaussian.Encode(m, x))], 1);
            model.Linear.Fit(All(features.TrainFeatures.Values), tensor(data["train"].Labels), All(features.ValidFeatures.Values), tensor(data["valid"].Labels), data.Target);
        }

        using var stage = new ResidualStage(model, _settings with { Width = 32, Steps = 600, BatchSize = 64, Dropout = 0 }, features, seed: 1, "residual-network");
        using var scope = NewDisposeScope();
        Tensor[] rows = [.. features.ValidFeatures.Values.Select((x, m) => model.Gaussian.Encode(m, x))];
        Assert.Equal(0, Draws.Distance(model.Predict(rows, ModalitySet.All(3), null), model.Predict(rows, ModalitySet.All(3), model.Network)));
        var (before, ofAll) = (Error(), stage.Validate(default));
        using var optimiser = stage.CreateOptimiser();
        var counts = new List<long>();
        for (var epoch = 1; epoch <= stage.Epochs; epoch++)
        {
            stage.TrainEpoch(epoch, optimiser, _ => { }, default);
            counts.Add(epoch == 1 ? LiveTensors.CountAfterCollection() : Tensor.TotalCount);
        }

        Assert.True(Error() < 0.7 * before, $"{Error()} of {before}");
        Assert.True(stage.Validate(default) < 0.95 * ofAll, $"{stage.Validate(default)} of {ofAll}"); // in three sets of seven there is nothing to be learnt
        Assert.Single(counts.Distinct());

        float Error()
        {
            using var noGradient = no_grad();
            using var inner = NewDisposeScope();
            return (model.Predict(rows, ModalitySet.All(3), model.Network) - tensor(data["valid"].Labels)).abs().mean().item<float>();
        }
    }

    [Fact]
    public void It_trains_resumes_to_the_same_bytes_and_shares_the_baselines()
    {
        var options = TinyRun.TinyOptions with { Name = "mine", Method = "linear-first", Methods = TinyRun.TinyOptions.Methods.With("linear-first", _settings) };
        using var tiny = new TinyRun(options, TinyRun.Uneven);
        tiny.Train();
        Assert.Equal(["classifier", "dropout-baseline", "language-baseline", "closed-form", "residual-network"], tiny.Directory.ReadManifest().Stages);
        using var stop = new CancellationTokenSource();
        var half = new RunDirectory(tiny.Directory.Path + "-half");
        Assert.Throws<OperationCanceledException>(() => new Trainer(options, tiny.Data, half, CPU, new StopAfter("residual-network", stop)).Train(resume: false, stop: stop.Token));
        new Trainer(options, tiny.Data, half, CPU).Train(resume: true);
        Assert.Equal(File.ReadAllBytes(tiny.Directory.StageFile("residual-network")), File.ReadAllBytes(half.StageFile("residual-network")));

        Assert.Equal(["classifier", "dropout-baseline", "language-baseline"], StageKeys.Shared(options, TinyRun.TinyOptions));
        var linear = options with { Methods = options.Methods.With("linear-first", _settings with { Width = 0 }) };
        Assert.Equal(["classifier", "dropout-baseline", "language-baseline", "closed-form"], StageKeys.Shared(options, linear));
        var alone = new RunDirectory(tiny.Directory.Path + "-alone");
        new Trainer(linear, tiny.Data, alone, CPU).Train(resume: false, reuse: tiny.Directory);
        using var session = new RunSession(TrainedRun.Load(alone.Path, CPU).CreateMethod(isOwner: true), tiny.Data, "test");
        Assert.All(session.Predict(session.Observed("text", null), samples: 1), p => Assert.True(double.IsFinite(p.Prediction)));
    }

    private sealed class StopAfter(string stage, CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == stage && value.Epoch > 1)
            {
                stop.Cancel();
            }
        }
    }
}
