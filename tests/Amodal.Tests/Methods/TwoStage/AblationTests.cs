using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Evaluation;
using Amodal.Files;
using Amodal.Methods;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Runs;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.TwoStage;

/// <summary>Each ablation is one setting, and changes the stages that it should and no other.</summary>
public sealed class AblationTests(AblationTests.WholeRun whole) : IClassFixture<AblationTests.WholeRun>
{
    private static readonly string[] _untouched = ["classifier", "dropout-baseline", "language-baseline"];
    private static readonly DataSet _data = TinyRun.MakeData(TinyRun.Even, [8, 6, 4]);

    /// <summary>Two steps a stage.</summary>
    private static readonly ExperimentOptions _options = TinyRun.TinyOptions with
    {
        Classifier = TinyRun.TinyOptions.Classifier with { Epochs = 1, BatchSize = 4 },
        Score = TinyRun.TinyOptions.Score with { Epochs = 1, BatchSize = 4 },
        Stage2 = TinyRun.TinyOptions.Stage2 with { Epochs = 1, BatchSize = 4 },
    };

    public static TheoryData<string> Ablations => [.. Named.Keys];

    private static Dictionary<string, (Func<ExperimentOptions, ExperimentOptions> Change, string[] Changed)> Named { get; } = new()
    {
        ["without alignment decoder"] = (o => o with { Alignment = o.Alignment with { Enabled = false } }, ["recovery"]),
        ["without diffusion"] = (o => o with { Recovery = Recovery.None }, ["score", "recovery"]),
        ["independent conditioning"] = (o => o with { Conditioning = Conditioning.Independent }, ["score", "recovery"]),
        ["shared conditioning"] = (o => o with { Conditioning = Conditioning.Shared }, ["score", "recovery"]),
        ["joint recovery"] = (o => o with { Recovery = Recovery.Joint }, ["score", "recovery"]),
        ["latents as they are"] = (o => o with { Latents = o.Latents with { Standardise = false } }, ["statistics", "score", "recovery"]),
        ["without moving average"] = (o => o with { Score = o.Score with { EmaDecay = 0 } }, ["score", "recovery"]),
    };

    [Theory, MemberData(nameof(Ablations))]
    public void An_ablation_changes_its_stages_only(string name)
    {
        var (change, changed) = Named[name];
        using var ablated = new TinyRun(change(_options), _data);
        ablated.Train();
        string[] stages = [.. _untouched, "statistics", "score", "recovery"];
        Assert.Equal(changed, stages.Where(s => !AreEqual(whole.Run.Directory.StageFile(s), ablated.Directory.StageFile(s))));
        Assert.Equal(stages.Except(changed).Where(s => s != "statistics"), StageKeys.Shared(whole.Run.Options, ablated.Options)); // and so it is told to whoever takes stages over
    }

    [Fact]
    public void Without_diffusion_what_is_missing_is_the_training_mean_and_no_score_network_is_trained()
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions with { Recovery = Recovery.None }, TinyRun.Even);
        tiny.Train();
        Assert.False(File.Exists(tiny.Directory.StageFile("score")));
        using var run = tiny.Load();
        Assert.DoesNotContain("score", run.Manifest.Stages);
        var (features, latents) = run.Encode(tiny.Data, "test");
        using var scope = NewDisposeScope();
        var path = run.Model.CreatePath(1);
        var observed = ModalitySet.Of(0);
        var sampled = path.Complete(latents, observed);
        var train = run.Encode(tiny.Data, "train").Latents;
        Assert.Equal(0, sampled[1].abs().max().item<float>());
        // Standardised by train's statistics per channel, so about 1 in size: float32 sums of some hundred numbers.
        Assert.True(train.Latents[1].mean([0, 2]).abs().max().item<float>() < 1e-5);
        Assert.Equal(0, Draws.Distance(sampled[0], latents.Latents[0]));
        Assert.Equal(0, Draws.Distance(path.Align(sampled, observed)[1], run.Model.Align(1, zeros_like(sampled[1])))); // then aligned
        features.Dispose();
        latents.Dispose();
        train.Dispose();

        using var evaluator = tiny.Evaluator();
        var result = evaluator.Evaluate(new EvaluationOptions { MaskSeeds = 1 });
        Assert.Contains(result.Facts, f => f.Name == "sampler" && f.Value.Contains("training mean", StringComparison.Ordinal));
        TinyRun.AnswersAllButTheComplete(result.Rows, "tiny"); // by the aligned means, not as zeros are
    }

    [Fact]
    public void Without_diffusion_latents_must_be_standardised() => Assert.Contains("latents.standardise", Assert.Single(MethodCatalogue.Check(
        TinyRun.TinyOptions with { Recovery = Recovery.None, Latents = new() { Channels = 4, Standardise = false } })).Problem, StringComparison.Ordinal);

    [Fact]
    public void Without_alignment_recoveries_reach_fusion_as_they_were_sampled()
    {
        using var tiny = new TinyRun(_options with { Alignment = _options.Alignment with { Enabled = false } }, _data);
        tiny.Train();
        using var run = tiny.Load();
        using var scope = NewDisposeScope();
        var x = Draws.Normal(1, 3, 4, 3);
        Assert.Equal(0, Draws.Distance(run.Model.Align(0, x), x));
    }

    [Fact]
    public void Without_standardisation_latents_are_the_encoders()
    {
        using var tiny = new TinyRun(_options with { Latents = _options.Latents with { Standardise = false } }, _data);
        tiny.Train();
        using var run = tiny.Load();
        using var scope = NewDisposeScope();
        var (features, latents) = run.Encode(tiny.Data, "test");
        Assert.Equal(0, Draws.Distance(latents.Latents[1], run.Model.Complete.Encoders.Encode(1, features.Values[1])));
        features.Dispose();
        latents.Dispose();
    }

    [Fact]
    public void Stages_taken_over_leave_the_rest_as_it_would_have_been()
    {
        var first = whole.Run;
        var other = first.Options with { Conditioning = Conditioning.Independent };
        using var alone = new TinyRun(other, _data);
        alone.Train();
        var taking = new RunDirectory(first.Directory.Path + "-taking");
        new Trainer(other, first.Data, taking, CPU).Train(resume: false, first.Directory);
        Assert.All(Trainer.StageNames, s => Assert.True(AreEqual(alone.Directory.StageFile(s), taking.StageFile(s)), s));
    }

    /// <summary>The training that nothing is taken from, once for all tests.</summary>
    public sealed class WholeRun : IDisposable
    {
        public WholeRun() => Run.Train();

        internal TinyRun Run { get; } = new(_options, _data);

        public void Dispose() => Run.Dispose();
    }

    private static bool AreEqual(string a, string b)
    {
        if (!File.Exists(a) || !File.Exists(b))
        {
            return false;
        }

        using var scope = NewDisposeScope();
        var (x, y) = (SafeTensors.Read(a, out _), SafeTensors.Read(b, out _));
        return x.Keys.Order().SequenceEqual(y.Keys.Order()) && x.All(p => p.Value.shape.SequenceEqual(y[p.Key].shape) && p.Value.eq(y[p.Key]).all().item<bool>());
    }
}
