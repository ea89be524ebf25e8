using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Randomness;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.TwoStage;

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
        using var model = new TwoStageModel(tiny.Data.Modalities, tiny.Options, 1);
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

        // The next epoch goes on counting: (1 + 2) / (10 + 2).
        var (averages, lives) = (model.Scores.parameters().Select(p => p.clone()).ToArray(), live.parameters().ToArray());
        stage.TrainEpoch(2, optimiser, _ => { }, default);
        var share = Math.Min(decay, 3.0 / 12);
        foreach (var ((average, now), was) in model.Scores.parameters().Zip(lives).Zip(averages))
        {
            Relative.Equal((now * (1 - share)) + (was * share), average, 8 * Relative.Rounding, size: 1);
        }

        // It is the average that is validated.
        var selecting = stage.Validate(default);
        Draws.Fill(live, 8, std: 0.3);
        Assert.Equal(selecting, stage.Validate(default));
        Draws.Fill(model.Scores, 8, std: 0.3);
        Assert.NotEqual(selecting, stage.Validate(default));
    }

    [Theory, InlineData(10, 52), InlineData(140, 4), InlineData(600, 1)]
    public void It_is_selected_by_the_mean_over_all_rows_a_small_split_several_times(int rows, int passes)
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions, TinyRun.Uneven);
        using var scope = NewDisposeScope();
        using var model = new TwoStageModel(tiny.Data.Modalities, tiny.Options, 1);
        using var live = model.CreateScoreNetworks(1);
        Draws.Fill(live, 5, std: 0.3);
        using var train = Encode(tiny.Data["train"], model);
        using var valid = train.Select([.. Enumerable.Range(0, rows).Select(i => i % train.Count)]);
        var stage = new ScoreStage(model, new ScoreStageOptions(), train, valid, live, seed: 1);
        var (total, random) = (0.0, new StableRandom(1, StableRandom.KeyOf("score-validation")));
        var conditions = new ConditionSampler(3);
        foreach (var batch in Enumerable.Range(0, passes).SelectMany(_ => Enumerable.Range(0, rows).Chunk(128)))
        {
            var index = tensor(batch.Select(row => (long)row).ToArray());
            var latents = valid.Latents.Select(x => x.index_select(0, index)).ToList();
            using var noise = new TorchNoise(random.NextUInt64());
            foreach (var (m, network) in model.Scores.All.Index())
            {
                var shown = conditions.Draw(random, m, latents);
                total += batch.Length * ScoreMatching.Loss(network, model.Options.CreateProcess(), Conditioning.Clean, latents[m], shown, ScoreMatching.DrawTimes(random, batch.Length), noise).item<float>();
            }
        }

        Assert.Equal(total / (passes * rows), stage.Validate(default), 1e-5 * total / (passes * rows)); // float32 sums in another order
    }

    private static LatentStore Encode(Split split, TwoStageModel model)
    {
        using var features = FeatureTensors.From(split, Standardiser.Fit(split), CPU);
        return LatentStore.Encode(split, features, model.Complete.Encoders, model.LatentScale);
    }
}
