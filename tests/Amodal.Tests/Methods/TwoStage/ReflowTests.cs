using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.TwoStage;

public class ReflowTests
{
    [Fact]
    public void On_a_Gaussian_s_own_pairs_the_loss_can_vanish_and_one_step_is_then_exact()
    {
        // The flow takes z to m + s z. Between these, x_t = (1 - t) m + ((1 - t) s + t) z, so v = z - x_0 is a function of x_t.
        const double Mean = 0.7, Std = 0.6;
        using var scope = NewDisposeScope();
        var path = FlowMatching.Path;
        var straight = new Network((x, t) => ((x - (path.Alpha(t, x) * Mean)) * (1 - Std) / ((path.Alpha(t, x) * Std) + path.Std(t, x))) - Mean);
        var z = Draws.Normal(1, 5, 2, 4);
        var latent = (z * Std) + Mean;
        double[] times = [0.01, 0.3, 0.5, 0.8, 0.99];
        Assert.Equal(0, FlowMatching.PairedLoss(straight, latent, z, [], times).item<float>(), 1e-10); // float32 rounding, 1e-6, squared
        Assert.True(FlowMatching.PairedLoss(straight, latent, -z, [], times).item<float>() > 0.1); // other pairs
        var sampled = FlowSamplers.Euler(ConditionalVelocity.Of(straight, []), path, z, TimeGrid.Even(1), new Draws.Noise(1));
        Relative.Equal(latent, sampled, Relative.Network); // ten operations, none of which makes a rounding grow
    }

    [Fact]
    public void A_reflowed_run_takes_one_step_closer_to_its_many_steps()
    {
        var options = TinyRun.FlowOptions with
        {
            Score = TinyRun.FlowOptions.Score with { Epochs = 15, Patience = 15, EmaDecay = 0.9, Reflow = true, ReflowPairs = 3, ReflowNfe = 16 },
            Stage2 = TinyRun.FlowOptions.Stage2 with { Epochs = 1 },
        };
        using var tiny = new TinyRun(options, TinyRun.Even);
        using var trained = TinyRun.Trained(TinyRun.Even);
        tiny.Train(reuse: trained.Directory); // the classifiers
        Assert.Equal([.. DistillationTrainingTests.MethodStages, "score", "reflow", "recovery"], tiny.Directory.ReadManifest().Stages);
        using var run = tiny.Load();
        using var scope = NewDisposeScope();
        var (features, latents) = run.Encode(tiny.Data, "test");
        var reflowed = Curvature();
        tiny.Directory.LoadStage("score", new Dictionary<string, nn.Module> { ["scores"] = run.Model.Scores });
        var before = Curvature();
        TestContext.Current.TestOutputHelper?.WriteLine($"before {before:F4}, reflowed {reflowed:F4}");
        Assert.InRange(reflowed, 1e-9, before * 0.8);
        features.Dispose();
        latents.Dispose();

        // How far one step of Euler's ends from 20 of Heun's, from the same noise, beside the spread.
        double Curvature()
        {
            var (one, many) = (Recover(SamplerKind.FlowEuler, 1), Recover(SamplerKind.FlowHeun, 40));
            return ((one - many).square().mean() / many.square().mean()).item<float>();
        }

        Tensor Recover(SamplerKind kind, int nfe) =>
            run.Model.CreatePath(1, new SamplerOptions { Kind = kind, Nfe = nfe }).Recover(latents.Latents, ModalitySet.Of(0), latents.Keys, draw: 0)[1];
    }

    [Fact]
    public void It_is_selected_by_the_mean_over_pairs_of_the_validation_split_several_times()
    {
        var options = TinyRun.FlowOptions with { Score = TinyRun.FlowOptions.Score with { Reflow = true, ReflowPairs = 2, ReflowNfe = 4 } };
        using var tiny = new TinyRun(options, TinyRun.Uneven);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = new TwoStageModel(tiny.Data.Modalities, options, 1);
        using var flow = model.CreateScoreNetworks(1);
        using var live = model.CreateScoreNetworks(1);
        Draws.Fill(flow, 4, std: 0.3);
        Draws.Fill(live, 5, std: 0.3);
        using var features = FeatureTensors.From(tiny.Data["train"], Standardiser.Fit(tiny.Data["train"]), CPU);
        using var train = LatentStore.Encode(tiny.Data["train"], features, model.Complete.Encoders, model.LatentScale);
        using var valid = train.Select([.. Enumerable.Range(0, 10)]);
        using var stage = new ReflowStage(model, options.Score, train, valid, flow, live, seed: 1);
        stage.Prepare(1, _ => { }, default);

        // LatentPairs of a stream of their own, the flow's samples by four evaluations of Heun's method, ten rows 52 times over.
        var plan = SamplingPlan.Create(new SamplerOptions { Kind = SamplerKind.FlowHeun, Nfe = 4 });
        using var pairs = LatentPairs.Draw(
            valid, 10, 1, new ConditionSampler(3, emptyRate: options.Score.EmptyConditionRate), new StableRandom(1, StableRandom.KeyOf("reflow-validation")).NextUInt64(),
            (m, z, shown) => plan.Sampler(ConditionalVelocity.Of(flow.All[m], shown), FlowMatching.Path, z, plan.Times(FlowMatching.Path), new Draws.Noise(1)), _ => { }, default);
        var (total, random, rows) = (0.0, new StableRandom(1, StableRandom.KeyOf("reflow-times")), Enumerable.Range(0, 10).ToArray());
        for (var pass = 0; pass < 52; pass++)
        {
            for (var m = 0; m < 3; m++)
            {
                var (z, latent, shown) = pairs.Take(m, rows);
                total += FlowMatching.PairedLoss(live.All[m], latent, z, shown, ScoreMatching.DrawTimes(random, 10)).item<float>();
            }
        }

        Assert.Equal(total / 52, stage.Validate(default), 1e-5 * total / 52); // float32 sums in another order
    }

    [Fact]
    public void A_stopped_reflow_goes_on_as_if_it_had_not_been()
    {
        var options = TinyRun.FlowOptions with { Score = TinyRun.FlowOptions.Score with { Epochs = 3, Reflow = true, ReflowPairs = 2, ReflowNfe = 4 } };
        using var trained = TinyRun.Trained(TinyRun.Even); // for the classifiers
        using var whole = new TinyRun(options, TinyRun.Even);
        whole.Train(reuse: trained.Directory);
        using var stopped = new TinyRun(options, TinyRun.Even);
        Assert.Throws<OperationCanceledException>(() => stopped.Train(new DistillationTrainingTests.StopAt("reflow", epoch: 3), trained.Directory));
        stopped.Resume();
        Assert.All(["score", "reflow", "recovery"], s => Assert.True(DistillationTrainingTests.AreEqual(whole.Directory.StageFile(s), stopped.Directory.StageFile(s)), s));
        Assert.False(DistillationTrainingTests.AreEqual(whole.Directory.StageFile("score"), whole.Directory.StageFile("reflow")));
    }

    private sealed class Network(Func<Tensor, Tensor, Tensor> answer) : IScoreNetwork
    {
        public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions) => answer(x, t);
    }
}
