using Amodal.Data;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Methods.Imder;
using Amodal.Missingness;
using Amodal.Runs;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.Imder;

/// <summary>The imported checkpoint against what the published code made of the same weights, inputs and noise (shared/golden).</summary>
public sealed class ImderParityTests(PublishedImder published) : IClassFixture<PublishedImder>
{
    [Fact]
    public void The_whole_network_answers_as_the_published_one()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var run = TrainedRun.Load(published.Run, CPU);
        var model = Model(run);
        var golden = new GoldenTensors("imder");
        var latents = new[] { "text", "audio", "vision" }.Select((name, m) => model.Classifier.Project(m, golden[$"in.{name}"])).ToList();
        golden.Check("nm3.proj_l", latents[0]);
        golden.Check("nm3.proj_a", latents[1]);
        golden.Check("nm3.proj_v", latents[2]);
        var features = model.Classifier.Fusion.Remember([.. model.Classifier.Fusion.Cross(latents).Select(WithRecordedPositions)]);
        golden.Check("nm3.Feature_f", features);
        golden.Check("nm3.Feature_t", features.narrow(1, 0, 64));
        golden.Check("nm3.Feature_a", features.narrow(1, 64, 64));
        golden.Check("nm3.Feature_v", features.narrow(1, 128, 64));
        golden.Check("nm3.M", model.Classifier.Fusion.Predict(features).unsqueeze(1));
    }

    /// <summary>
    /// In the recorded run (torch 1.13 on a CPU) masked_scatter_ filled the memories' positions, whose tensor is time-major
    /// there, in the order of memory, from a source in the order of rows: step t of row b got position (B t + b) mod T + 1,
    /// not t + 1. With a batch of one the two are the same, and so they are wherever the layout is batch-major, as in all
    /// other recorded transformers. Ours has t + 1 in any batch; here the difference is put on top of what is embedded.
    /// </summary>
    private static Tensor WithRecordedPositions(Tensor x)
    {
        var (batch, time, width) = ((int)x.shape[0], (int)x.shape[1], (int)x.shape[2]);
        var table = CausalTransformer.Positions(time, width);
        var recorded = tensor(Enumerable.Range(0, batch).SelectMany(b => Enumerable.Range(0, time).Select(t => (long)(((batch * t) + b) % time))).ToArray());
        return x + ((table.index_select(0, recorded).view(batch, time, width) - table) / Math.Sqrt(width));
    }

    [Fact]
    public void It_has_13_million_weights()
    {
        using var run = TrainedRun.Load(published.Run, CPU);
        var model = Model(run);
        Assert.Equal(3 * (3_457_664 + (64 * 32) + 32), Count(model.Scores)); // with the fixed frequencies, and the merges' 64 x 32 + 32 each
        Assert.Equal(3 * 522_224, Count(model.Decoders));
        Assert.Equal(13.0e6, Count(model.Classifier) + Count(model.Scores) + Count(model.Decoders), 0.05e6);

        static long Count(nn.Module module) => module.state_dict().Values.Sum(x => x.numel());
    }

    [Fact]
    public void Its_decoders_and_score_loss_are_the_published_ones()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var run = TrainedRun.Load(published.Run, CPU);
        var model = Model(run);
        var (decoder, score) = (new GoldenTensors("rec_l"), new GoldenTensors("scorenet"));
        // The published time is rand (1 - 1e-5) + 1e-5 in float32.
        var t = ((score["loss_cond.rand"] * (float)(1 - 1e-5)) + 1e-5f).to(ScalarType.Float64).data<double>().ToArray();
        for (var m = 0; m < 3; m++)
        {
            decoder.Check("out.y", model.Align(m, decoder["in.x"]));
            var noise = new GoldenTensors.Noise([score["loss_cond.z"]]);
            score.Check("loss_cond.loss", ImderLoss.Score(model.Scores.All[m], model.Process, score["in.x"], score["in.cond"], t, noise).view(1));
            Assert.Equal(1, noise.Taken); // one z for target and condition
        }
    }

    [Fact]
    public void Sampling_takes_the_recorded_noise_in_the_published_order()
    {
        using var scope = NewDisposeScope();
        using var run = TrainedRun.Load(published.Run, CPU);
        var golden = new GoldenTensors("em20");
        var steps = golden["cond.noise_cond"].unbind(0).Zip(golden["cond.noise_x"].unbind(0)).SelectMany(p => new[] { p.First, p.Second });
        var plan = ImderModel.PlanOf(new SamplerOptions { Kind = SamplerKind.EulerMaruyama, Nfe = 20 });
        var noise = new GoldenTensors.Noise([golden["cond.noise_init"], .. steps]);
        golden.Check("cond.out", Model(run).Sample(1, golden["in.cond"], plan, noise));
        Assert.Equal(1 + 20 + 19, noise.Taken); // the published code draws a last one for x and drops it
    }

    [Fact]
    public void Two_conditions_are_merged_by_the_convolution_of_their_pair_in_its_order()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var run = TrainedRun.Load(published.Run, CPU);
        var golden = new GoldenTensors("imder");
        var latents = new[] { "nm3.proj_l", "nm3.proj_a", "nm3.proj_v" }.Select(n => golden[n]).ToList();
        foreach (var (target, pair, first, second) in new[] { (0, "va", 2, 1), (1, "lv", 0, 2), (2, "la", 0, 1) })
        {
            // A convolution of kernel 1 is a matrix for every step.
            var expected = golden[$"sd.cat_{pair}.weight"].squeeze(2).matmul(cat([latents[first], latents[second]], 1)) + golden[$"sd.cat_{pair}.bias"].view(1, 32, 1);
            var merged = Model(run).Scores.Condition(target, latents, ModalitySet.Of(first, second));
            Relative.Equal(expected, merged, Relative.Network); // sums of 64 products in another order
            Assert.Equal(0, Draws.Distance(latents[first], Model(run).Scores.Condition(target, latents, ModalitySet.Of(first))));
        }
    }

    [Fact]
    public void The_imported_run_predicts_evaluates_and_says_what_it_is()
    {
        Assert.Contains(published.Manifest.Notes, n => n.Contains("text model, 1 tensors", StringComparison.Ordinal));
        // All that was recorded is in valid; test has less, since every evaluation of a score network of this size takes a while.
        using var valid = Session("valid");
        var predictions = valid.Predict(valid.Observed(missing: null, maskFile: null), samples: 1);
        using (var loaded = TrainedRun.Load(published.Run, CPU))
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var golden = new GoldenTensors("imder");
            var direct = Model(loaded).Fuse([golden["nm3.proj_l"], golden["nm3.proj_a"], golden["nm3.proj_v"]]).data<float>().ToArray();
            // The projections differ in their last bits, which pass a fusion of some fifty operations.
            Relative.Equal(direct, [.. predictions.Select(p => (float)p.Prediction)], 1e-4);
        }

        using var test = Session("test");
        var missing = test.Predict(test.Observed("vision", maskFile: null), samples: 2);
        Assert.All(missing.Zip(predictions), p => Assert.True(p.First.Deviation > 0 && p.First.Prediction != p.Second.Prediction));

        using var evaluator = new RunEvaluator([published.Run], dataFile: null, "test", CPU);
        Assert.Equal(new SamplerOptions { Kind = SamplerKind.EulerMaruyama, Nfe = 100 }, evaluator.Sampler);
        var result = evaluator.Evaluate(new EvaluationOptions { Random = false }, evaluator.Sampler! with { Nfe = 1 });
        Assert.Equal(["imder"], result.Rows.Select(r => r.Method).Distinct()); // no floors were trained
        Assert.Equal(9, result.LatentRecovery.Count);
        Assert.Contains(result.Facts, f => f is { Name: "conditioning", Value: "shared" });
        using var run = TrainedRun.Load(published.Run, CPU);
        Assert.Contains("method 'imder'", Assert.Throws<InputException>(() => run.Model).Message, StringComparison.Ordinal);

        RunSession Session(string split) =>
            new(TrainedRun.Load(published.Run, CPU), DataFile.Read(published.DataFile), split, new SamplerOptions { Kind = SamplerKind.EulerMaruyama, Nfe = 2 }, 1);
    }

    private static ImderModel Model(TrainedRun run) => (ImderModel)run.Method;
}
