using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Methods;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Runs;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Runs;

/// <summary>A trained run in use: what it says is what its networks say, and what selected them can be found again from outside.</summary>
public sealed class TrainedPathTests(TrainedPathTests.Trained trained) : IClassFixture<TrainedPathTests.Trained>
{
    private TrainedRun Run => trained.Run;

    [Fact]
    public void The_loss_of_the_best_epoch_is_that_of_the_loaded_networks_on_valid()
    {
        using var scope = NewDisposeScope();
        var (features, latents) = Run.Encode(trained.Data, "valid");
        var labels = latents.Split.Labels;
        var path = Run.Model.CreatePath((ulong)Run.Options.Seed);
        var curves = Run.Directory.ReadCurves(Run.Manifest);
        Check("classifier", Loss(Run.Baselines.Complete.Predict(features.Values)));
        Check("dropout-baseline", Patterns.All(3).Average(o => Loss(Run.Baselines.Dropout.Predict([.. features.Values.Select((x, m) => o.Contains(m) ? x : zeros_like(x))]))));
        Check("language-baseline", Loss(Run.Baselines.Language.Predict(features.Values[2])));
        Check("recovery", Patterns.Incomplete(3).Average(o => path.Predict(latents, o).Zip(labels, (p, y) => Math.Abs((double)p - y)).Average()));
        features.Dispose();
        latents.Dispose();

        void Check(string stage, double loss) => Assert.Equal(curves[stage].Min(e => e.ValidLoss), loss, 1e-5 * loss); // float32 sums

        double Loss(Tensor predicted) => predicted.cpu().data<float>().Zip(labels, (p, y) => Math.Abs((double)p - y)).Average();
    }

    [Fact]
    public void No_network_of_a_loaded_run_is_in_training_mode() => Assert.All(Run.Model.Modules, m => Assert.False(m.Value.training, m.Key));

    [Fact]
    public void Statistics_are_those_of_train()
    {
        using var scope = NewDisposeScope();
        var (features, latents) = Run.Encode(trained.Data, "train");
        for (var m = 0; m < 3; m++)
        {
            // 24 rows of order 1 in float32.
            Assert.True(Draws.Distance(Run.Model.Statistics.LatentAverage(m), Run.Model.Complete.Encoders.Encode(m, features.Values[m]).mean([0])) < 1e-5);
            Assert.True(Draws.Distance(Run.Model.AverageLatent(m), latents.Latents[m].mean([0]).unsqueeze(0)) < 1e-5);
            Assert.True(features.Values[m].mean([0, 1]).abs().max().item<float>() < 1e-5);
            Assert.True(latents.Latents[m].mean([0, 2]).abs().max().item<float>() < 1e-5);
        }

        features.Dispose();
        latents.Dispose();
    }

    [Fact]
    public void The_complete_set_is_answered_by_stage_1a_and_every_other_by_stage_2_through_its_decoders()
    {
        using var run = trained.Load();
        using var scope = NewDisposeScope();
        var (features, latents) = run.Encode(trained.Data, "test");
        float[] Predict(ModalitySet observed) => run.Model.CreatePath(1).Predict(latents, observed);
        var (complete, two) = (Predict(ModalitySet.All(3)), Predict(ModalitySet.Of(0, 1)));
        Assert.Equal(complete, run.Model.Complete.Predict(features.Values).data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-4); // standardised and back, in float32
        Draws.Fill(run.Model.Decoders, 5, std: 0.3);
        var aligned = Predict(ModalitySet.Of(0, 1));
        Assert.All(two.Zip(aligned), p => Assert.NotEqual(p.First, p.Second));
        Draws.Fill(run.Model.Fusion, 5, std: 0.3);
        Assert.All(aligned.Zip(Predict(ModalitySet.Of(0, 1))), p => Assert.NotEqual(p.First, p.Second));
        Assert.Equal(complete, Predict(ModalitySet.All(3)));
        Draws.Fill(run.Model.Complete.Fusion, 5, std: 0.3);
        Assert.All(complete.Zip(Predict(ModalitySet.All(3))), p => Assert.NotEqual(p.First, p.Second));
        features.Dispose();
        latents.Dispose();
    }

    [Fact]
    public void A_session_uses_the_sampler_and_the_seed_that_it_is_given()
    {
        float[] Predict(SamplerOptions sampler, ulong seed)
        {
            using var session = new RunSession(trained.Load(), trained.Data, "test", sampler, seed);
            return [.. session.Predict(session.Observed("sound,text", null), samples: 1).Select(p => (float)p.Prediction)];
        }

        var own = Predict(Run.Model.Sampler, 1);
        Assert.Equal(own, Predict(Run.Model.Sampler, 1));
        Assert.All([Predict(Run.Model.Sampler, 2), Predict(Run.Model.Sampler with { Nfe = 2 }, 1)], (float[] other) => Assert.All(own.Zip(other), p => Assert.NotEqual(p.First, p.Second)));
    }

    [Fact]
    public void What_is_imputed_is_sampled_then_aligned_beside_the_truth()
    {
        using var method = new TorchMethod(trained.Load(), seed: 1, isOwner: true);
        using var path = (IRecoveringBatch)method.Encode(trained.Data["test"]);
        var observed = ModalitySet.Of(0, 2);
        var imputed = Assert.Single(path.Recover([.. Enumerable.Repeat(observed, path.Count)]).Latents);
        Assert.Equal(1, imputed.Modality);
        using var scope = NewDisposeScope();
        var (features, latents) = Run.Encode(trained.Data, "test");
        var sampled = Run.Model.CreatePath(1).Recover(latents.Latents, observed, latents.Keys, draw: 0)[1];
        Same(sampled, imputed.Recovered);
        Same(Run.Model.Decoders.Align(1, sampled), imputed.Aligned);
        Same(latents.Latents[1], imputed.Truth);
        Assert.True(Draws.Distance(sampled, Run.Model.Decoders.Align(1, sampled)) > 1e-4);
        features.Dispose();
        latents.Dispose();

        static void Same(Tensor expected, LatentRows rows) => Assert.Equal(expected.contiguous().data<float>().ToArray(), rows.Values);
    }

    /// <summary>One training whose language is the last modality.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly TinyRun _tiny = new(TinyRun.TinyOptions, new("sound", 2, 4), new("face", 3, 2), new("text", 5, 3));

        public Trained()
        {
            _tiny.Train();
            Run = Load();
        }

        public TrainedRun Run { get; }

        public DataSet Data => _tiny.Data;

        public TrainedRun Load() => _tiny.Load();

        public void Dispose()
        {
            Run.Dispose();
            _tiny.Dispose();
        }
    }
}
