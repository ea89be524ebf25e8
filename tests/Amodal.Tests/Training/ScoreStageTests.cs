using Amodal.Data;
using Amodal.Latents;
using Amodal.Prediction;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Training;

public class ScoreStageTests
{
    [Theory]
    [InlineData(0.995, 2.0 / 11)] // after one step the average still follows fast: (1 + n) / (10 + n)
    [InlineData(0.1, 0.1)]
    [InlineData(0, 0)]
    public void The_average_of_the_weights_follows_the_trained_ones(double decay, double first)
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions, TinyRun.Uneven);
        using var scope = NewDisposeScope();
        using var model = new AmodalModel(tiny.Data.Modalities, tiny.Options.ToModelOptions(), 1);
        using var live = model.CreateScoreNetworks(1);
        Draws.Fill(live, 5, std: 0.3);
        using var train = Encode(tiny.Data["train"], model);
        using var valid = Encode(tiny.Data["valid"], model);
        var stage = new ScoreStage(model, new ScoreStageOptions { BatchSize = 24, EmaDecay = decay }, train, valid, live, seed: 1);
        var before = live.parameters().Select(p => p.clone()).ToArray();
        var loss = stage.Validate(default);
        Assert.Equal(loss, stage.Validate(default)); // the same noise every time

        using var optimiser = stage.CreateOptimiser();
        stage.TrainEpoch(1, optimiser, _ => { }, default); // 24 rows: one step
        foreach (var ((average, now), was) in model.Scores.parameters().Zip(live.parameters()).Zip(before))
        {
            Relative.Equal((now * (1 - first)) + (was * first), average, 8 * Relative.Rounding, size: 1); // two products and a sum, rounded twice over
        }

        Assert.Contains(live.parameters().Zip(before), p => Draws.Distance(p.First, p.Second) > 1e-4);
        Assert.NotEqual(loss, stage.Validate(default));
    }

    private static LatentStore Encode(Split split, AmodalModel model)
    {
        using var features = FeatureTensors.From(split, Standardiser.Fit(split), CPU);
        return LatentStore.Encode(split, features, model.Complete.Encoders, model.LatentScale);
    }
}
