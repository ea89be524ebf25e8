using Amodal.Diffusion;
using Amodal.Diffusion.Distillation;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Files;
using Amodal.Methods;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Runs;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.TwoStage;

/// <summary>Stage 1c from the option to the evaluation, on tiny networks.</summary>
public sealed class DistillationTrainingTests(DistillationTrainingTests.Shared shared) : IClassFixture<DistillationTrainingTests.Shared>
{
    private static readonly DistillationOptions _distillation = new()
    {
        Method = DistillationMethod.Progressive,
        Evaluations = 2,
        TeacherSteps = 8,
        Backbone = new() { Width = 4, Blocks = 1, Heads = 1, MlpWidth = 4, TimeWidth = 4 },
        Epochs = 2,
        BatchSize = 8,
        LearningRate = 0.01,
    };

    private static readonly ExperimentOptions _flow = TinyRun.FlowOptions with { Distillation = _distillation };

    [Theory]
    [InlineData(DistillationMethod.Progressive, Objective.Score, 2)]
    [InlineData(DistillationMethod.Progressive, Objective.Flow, 1)]
    [InlineData(DistillationMethod.Consistency, Objective.Score, 1)]
    [InlineData(DistillationMethod.Consistency, Objective.Flow, 4)]
    public void A_student_is_trained_kept_and_used_in_its_teacher_s_place(DistillationMethod method, Objective objective, int evaluations)
    {
        var options = (objective == Objective.Flow ? TinyRun.FlowOptions : TinyRun.TinyOptions) with
        {
            Distillation = _distillation with { Method = method, Evaluations = evaluations },
        };
        using var tiny = new TinyRun(options, TinyRun.Uneven);
        TrainOnClassifiers(tiny);
        string[] rounds = method == DistillationMethod.Consistency ? ["distillation"] : evaluations == 2 ? ["distillation-4", "distillation"] : ["distillation-4", "distillation-2", "distillation"];
        Assert.Equal([.. MethodStages, "score", .. rounds, "recovery"], tiny.Directory.ReadManifest().Stages);
        Assert.All(rounds, r => Assert.True(File.Exists(tiny.Directory.StageFile(r))));

        using var run = tiny.Load();
        using var scope = NewDisposeScope();
        using var fresh = new TwoStageModel(tiny.Data.Modalities, options, (ulong)options.Seed);
        Assert.Equal(evaluations, run.Method.Sampler.Nfe);
        Assert.True(run.Model.Students!.All[0].ParameterCount < run.Model.Scores.All[0].ParameterCount / 2);
        var (features, latents) = run.Encode(tiny.Data, "test");
        var own = Recover(run.Model.CreatePath(1));
        var teacher = Recover(run.Model.CreatePath(1, options.Sampler));
        Assert.True(own.isfinite().all().item<bool>());
        Assert.True(Draws.Distance(own, teacher) > 1e-4);

        // It is the students' weights that it hangs on, and the teacher's that the teacher does.
        Draws.Fill(run.Model.Scores, 4, std: 0.1);
        Assert.Equal(0, Draws.Distance(own, Recover(run.Model.CreatePath(1, run.Method.Sampler))));
        Assert.True(Draws.Distance(teacher, Recover(run.Model.CreatePath(1, options.Sampler))) > 1e-4);
        Draws.Fill(run.Model.Students, 4, std: 0.1);
        Assert.True(Draws.Distance(own, Recover(run.Model.CreatePath(1))) > 1e-4);
        features.Dispose();
        latents.Dispose();

        Tensor Recover(LatentPath<Tensor> recoverer) => recoverer.Recover(latents.Latents, ModalitySet.Of(0), latents.Keys, draw: 0)[2];
    }

    [Fact]
    public void A_run_with_a_student_is_evaluated_at_its_own_point_and_its_teacher_at_others()
    {
        using var evaluator = shared.Run.Evaluator();
        Assert.Equal(new SamplerOptions { Kind = SamplerKind.FlowEuler, Nfe = 2, Grid = GridKind.Even }, evaluator.Sampler);
        var result = evaluator.Evaluate(new EvaluationOptions { MaskSeeds = 1 }, nfeCurve: [2, 4]);
        TinyRun.AnswersAllButTheComplete(result.Rows, "tiny");
        Assert.Equal([2, 4], result.NfeCurve.Select(p => p.Nfe));
    }

    [Fact]
    public void Every_weight_of_the_student_is_trained()
    {
        using var tiny = new TinyRun(_flow with { Distillation = _distillation with { Evaluations = 4 } }, TinyRun.Uneven);
        TrainOnClassifiers(tiny);
        using var run = tiny.Load();
        using var scope = NewDisposeScope();
        var students = SafeTensors.Read(tiny.Directory.StageFile("distillation"), out _);
        Assert.Equal(run.Model.Students!.state_dict().Keys.Select(k => $"students.{k}").Order(), students.Keys.Order());
        var zero = run.Model.Students.named_parameters().Where(p => p.parameter.abs().max().item<float>() == 0).Select(p => p.name);
        Assert.Empty(zero); // the last layers and the skip begin at 0
    }

    [Theory]
    [InlineData(DistillationMethod.Progressive)]
    [InlineData(DistillationMethod.Consistency)]
    public void A_student_comes_closer_to_its_teacher(DistillationMethod method)
    {
        // A student that answers 0, the mean, has error 1. Progressive distillation comes to 0.02, consistency to 0.07.
        var flow = _flow with
        {
            Score = _flow.Score with { Epochs = 8, Patience = 8 },
            Stage2 = _flow.Stage2 with { Epochs = 1 },
            Distillation = _distillation with { Method = method, Evaluations = 1, TeacherSteps = 8, Epochs = 12, Patience = 12, EmaDecay = 0.9, LearningRate = 0.02, Backbone = _flow.Backbone },
        };
        using var tiny = new TinyRun(flow, TinyRun.Even);
        tiny.Train(reuse: shared.Run.Directory);
        var curve = tiny.Directory.ReadCurves(tiny.Directory.ReadManifest())["distillation"];
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(' ', curve.Select(e => $"{e.ValidLoss:F3}")));
        Assert.InRange(curve.Min(e => e.ValidLoss), 0, 0.3);
    }

    [Theory]
    [InlineData("distillation-4")]
    [InlineData("distillation")]
    public void A_stopped_distillation_goes_on_as_if_it_had_not_been(string stage)
    {
        var whole = shared.Long.Value;
        using var stopped = new TinyRun(whole.Options, TinyRun.Even);
        Assert.Throws<OperationCanceledException>(() => stopped.Train(new StopAt(stage, epoch: 3), shared.Run.Directory));
        Assert.True(File.Exists(stopped.Directory.ProgressFile));
        stopped.Resume();
        foreach (var name in whole.Directory.ReadManifest().Stages)
        {
            Assert.True(AreEqual(whole.Directory.StageFile(name), stopped.Directory.StageFile(name)), name);
        }
    }

    [Fact]
    public void Runs_that_differ_in_distillation_share_their_teacher()
    {
        var other = _flow with { Distillation = _distillation with { Evaluations = 1 } };
        Assert.Equal([.. MethodStages, "score"], StageKeys.Shared(_flow, other));
        Assert.Equal([.. MethodStages, "score", "distillation-4", "distillation"], StageKeys.Shared(_flow, _flow with { Stage2 = new() }));
        Assert.Equal([.. MethodStages, "score"], StageKeys.Shared(_flow, _flow with { Score = _flow.Score with { Reflow = true } }));

        var first = shared.Run;
        using var alone = new TinyRun(other, TinyRun.Even);
        alone.Train();
        var taking = new RunDirectory(first.Directory.Path + "-taking");
        new Trainer(other, first.Data, taking, CPU).Train(resume: false, first.Directory);
        Assert.All(alone.Directory.ReadManifest().Stages, s => Assert.True(AreEqual(alone.Directory.StageFile(s), taking.StageFile(s)), s));
    }

    [Fact]
    public void Without_distillation_nothing_of_a_training_changes()
    {
        var with = shared.Run;
        using var without = new TinyRun(TinyRun.FlowOptions, TinyRun.Even);
        without.Train();
        Assert.All([.. MethodStages, "score"], s => Assert.True(AreEqual(with.Directory.StageFile(s), without.Directory.StageFile(s)), s));
        Assert.False(AreEqual(with.Directory.StageFile("recovery"), without.Directory.StageFile("recovery")));
    }

    [Fact]
    public void Memory_stays_flat_over_the_steps_of_a_stage()
    {
        var options = _flow with
        {
            Score = _flow.Score with { Epochs = 4, Patience = 4, Reflow = true, ReflowPairs = 2, ReflowNfe = 4 },
            Distillation = _distillation with { Method = DistillationMethod.Consistency, Epochs = 4, Patience = 4, BatchSize = 2 },
            Stage2 = _flow.Stage2 with { Epochs = 1 },
        };
        using var tiny = new TinyRun(options, TinyRun.Uneven);
        var counts = new TensorCounts("reflow", "distillation");
        TrainOnClassifiers(tiny, counts);
        Assert.Equal(2, counts.Counts.Count);
        Assert.All(counts.Counts.Values, of => Assert.Equal(4, of.Count));
        Assert.All(counts.Counts.Values, of => Assert.Single(of.Distinct())); // after the first epoch: weights, optimiser, best epoch and pairs; more would be a leak
    }

    [Fact]
    public void Combinations_that_make_no_student_are_refused()
    {
        Assert.Empty(MethodCatalogue.Check(_flow));
        Assert.Contains("do not halve to 3", Assert.Single(MethodCatalogue.Check(_flow with { Distillation = _distillation with { Evaluations = 3 } })).Problem, StringComparison.Ordinal);
        Assert.Contains("set recovery to separate", Assert.Single(MethodCatalogue.Check(_flow with { Recovery = Recovery.Joint })).Problem, StringComparison.Ordinal);
        Assert.Contains("set conditioning to clean", Assert.Single(MethodCatalogue.Check(TinyRun.TinyOptions with { Conditioning = Conditioning.Shared, Distillation = _distillation })).Problem, StringComparison.Ordinal);
        Assert.Contains("distillation.backbone.width 5", Assert.Single(MethodCatalogue.Check(_flow with { Distillation = _distillation with { Backbone = _flow.Backbone with { Width = 5 } } })).Problem, StringComparison.Ordinal);
        Assert.Contains("set objective to flow", Assert.Single(MethodCatalogue.Check(TinyRun.TinyOptions with { Score = new() { Reflow = true } })).Problem, StringComparison.Ordinal);
        Assert.Empty(MethodCatalogue.Check(TinyRun.TinyOptions with { Distillation = _distillation with { Method = DistillationMethod.None, Evaluations = 3 } }));
    }

    [Fact]
    public void Averages_are_validated_and_a_round_learns_from_the_one_before()
    {
        var options = _flow with { Score = _flow.Score with { Reflow = true, ReflowPairs = 2, ReflowNfe = 4 } };
        using var tiny = new TinyRun(options, new("text", 5, 3), new("sound", 2, 4));
        using var data = new TrainingData(tiny.Data, Amodal.Data.Standardiser.Fit(tiny.Data["train"]), CPU);
        Stage.SeedTorch(1);
        var method = new TwoStageTraining(tiny.Data.Modalities, Amodal.Targets.Target.Score, options);
        var model = (TwoStageModel)method.Recovery;
        method.Baselines.FitLatents(data.TrainFeatures);
        var tried = new List<string>();
        method.Train(data, new Each(stage =>
        {
            if (stage is not AveragedStage)
            {
                return;
            }

            tried.Add(stage.Name);
            using var optimiser = stage.CreateOptimiser();
            stage.Prepare(1, _ => { }, default);
            stage.TrainEpoch(1, optimiser, _ => { }, default);
            var (average, live) = ((nn.Module)stage.Result.Values.Single(), stage.Trained["live"]);
            var loss = stage.Validate(default);
            Draws.Fill(live, 5, std: 0.3);
            Assert.Equal(loss, stage.Validate(default));
            if (stage.Name.StartsWith("distillation", StringComparison.Ordinal))
            {
                // The first round's teacher is the score networks, the second's is the student: from the same weights, does the loss hang on the teacher?
                double Loss()
                {
                    Draws.Fill(live, 5, std: 0.3);
                    using var fresh = stage.CreateOptimiser();
                    return stage.TrainEpoch(1, fresh, _ => { }, default);
                }

                var before = Loss();
                Draws.Fill(model.Scores, (ulong)tried.Count + 20, std: 0.3);
                Assert.Equal(stage.Name == "distillation", before == Loss());
            }

            loss = stage.Validate(default);
            Draws.Fill(average, 6, std: 0.3);
            Assert.NotEqual(loss, stage.Validate(default));
        }));
        Assert.Equal(["score", "reflow", "distillation-4", "distillation"], tried);
        method.Dispose();
    }

    /// <summary>Trains what comes after the classifiers, which are those of every tiny run.</summary>
    private static void TrainOnClassifiers(TinyRun tiny, IProgress<TrainingProgress>? progress = null)
    {
        using var trained = TinyRun.Trained(TinyRun.Uneven);
        tiny.Train(progress, trained.Directory);
    }

    /// <summary>A run with a student, trained once.</summary>
    public sealed class Shared : IDisposable
    {
        public Shared()
        {
            Run.Train();
            Long = new(() =>
            {
                var run = new TinyRun(_flow with { Distillation = _distillation with { Epochs = 4 } }, TinyRun.Even);
                run.Train(reuse: Run.Directory);
                return run;
            });
        }

        internal TinyRun Run { get; } = new(_flow, TinyRun.Even);

        /// <summary>The same with students that are trained for twice as long.</summary>
        internal Lazy<TinyRun> Long { get; }

        public void Dispose()
        {
            Run.Dispose();
            if (Long.IsValueCreated)
            {
                Long.Value.Dispose();
            }
        }
    }

    internal static string[] MethodStages { get; } = ["classifier", "dropout-baseline", "language-baseline"];

    internal static bool AreEqual(string a, string b)
    {
        using var scope = NewDisposeScope();
        var (x, y) = (SafeTensors.Read(a, out _), SafeTensors.Read(b, out _));
        return x.Keys.Order().SequenceEqual(y.Keys.Order()) && x.All(p => p.Value.eq(y[p.Key]).all().item<bool>());
    }

    internal sealed class StopAt(string stage, int epoch) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == stage && value.Epoch == epoch)
            {
                throw new OperationCanceledException();
            }
        }
    }

    /// <summary>How many tensors are alive at the end of each epoch of some stages.</summary>
    private sealed class TensorCounts(params string[] stages) : IProgress<TrainingProgress>
    {
        public Dictionary<string, List<long>> Counts { get; } = [];

        public void Report(TrainingProgress value)
        {
            if (value.ValidLoss is null || !stages.Contains(value.Stage))
            {
                return;
            }

            if (!Counts.TryGetValue(value.Stage, out var counts))
            {
                Counts[value.Stage] = counts = [];
            }

            counts.Add(counts.Count == 0 ? LiveTensors.CountAfterCollection() : Tensor.TotalCount);
        }
    }

    /// <summary>Looks at every stage instead of training it.</summary>
    private sealed class Each(Action<Stage> look) : IStageSequence
    {
        public void Run(Stage stage) => look(stage);

        public void Fit(string name, IReadOnlyDictionary<string, nn.Module> modules, Action fit) => fit();
    }
}
