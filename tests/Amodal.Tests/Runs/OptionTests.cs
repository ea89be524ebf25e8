using Amodal.Configuration;
using Amodal.Diffusion.Distillation;
using Amodal.Methods;
using Amodal.Methods.Imder;
using Amodal.Methods.LinearFirst;
using Amodal.Runs;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Runs;

/// <summary>
/// Every setting of an experiment that says how something is trained changes the stages that it should, and no stage before
/// them. What the groups that only shape a network or a sampler mean is tested with these.
/// </summary>
public sealed class OptionTests(OptionTests.Runs runs) : IClassFixture<OptionTests.Runs>
{
    private const string Flow = "objective=flow sampler.kind=flow-heun sampler.nfe=4";
    private const string Reflow = $"{Flow} score.reflow=true score.reflowPairs=2 score.reflowNfe=4";
    private const string Imder = "method=imder";
    private const string Linear = "method=linear-first linear-first.width=4 linear-first.steps=4 linear-first.batchSize=8 linear-first.teacher=0";
    private const string Student = "distillation.method=progressive distillation.evaluations=2 distillation.teacherSteps=8 distillation.epochs=1 distillation.batchSize=8 "
        + "distillation.learningRate=0.01 distillation.backbone.width=4 distillation.backbone.blocks=1 distillation.backbone.heads=1 distillation.backbone.mlpWidth=4 distillation.backbone.timeWidth=4";

    private static readonly string[] _order =
    [
        "classifier", "dropout-baseline", "language-baseline", "statistics", "score", "reflow", "distillation-4", "distillation", "recovery", "imder-pretraining", "imder",
        "closed-form", "network-teacher", "network-labels", "network-taught",
    ];

    /// <summary>Where another test shows what the setting does.</summary>
    private static readonly string[] _elsewhere = ["threads", "tensorBoard", "linear-first.rivals", "linear-first.draws", "linear-first.means", .. Methods.SmallMethodsTests.Settings]; // TrainerTests, TensorBoardTests, LinearFirstTrainingTests, GaussianMixtureTests

    /// <summary>A setting, the first stage that it changes ("" for none), and what is set beside it.</summary>
    private static readonly (string Setting, string First, string Given)[] _settings =
    [
        ("name=other", "", ""), ("seed=4", "classifier", ""), ("missingRate=0.4", "dropout-baseline", ""), ("method=imder", "score", ""),
        ("latents.channels=6", "classifier", ""), ("latents.standardise=false", "statistics", ""), ("process.betaMax=10", "score", ""),
        ($"{Flow}", "score", ""), ("conditioning=shared", "score", ""), ("recovery=none", "score", ""), ("backbone.width=16", "score", ""),
        ("sampler.nfe=2", "recovery", ""), ("fusion.attentionDropout=0.5", "classifier", ""), ("fusion.dropout=0.5", "classifier", ""),
        ("alignment.enabled=false", "recovery", ""), ("alignment.weight=2", "recovery", ""), ("alignment.perceptualWeight=2", "recovery", ""),

        ("classifier.epochs=3", "classifier", ""), ("classifier.learningRate=0.02", "classifier", ""), ("classifier.weightDecay=0.5", "classifier", ""), ("classifier.batchSize=5", "classifier", ""),

        ("score.epochs=3", "score", ""), ("score.learningRate=0.02", "score", ""), ("score.weightDecay=0.5", "score", ""), ("score.batchSize=5", "score", ""),
        ("score.emaDecay=0.1", "score", ""), ("score.gradientNorm=1e-7", "score", ""), ("score.emptyConditionRate=0.9", "score", ""),
        ("score.reflow=true score.reflowPairs=2 score.reflowNfe=4", "reflow", Flow), ("score.reflowPairs=3", "reflow", Reflow), ("score.reflowNfe=8", "reflow", Reflow),

        ("distillation.method=consistency", "distillation", $"{Student} distillation.evaluations=1 distillation.teacherSteps=2"),
        ("distillation.evaluations=4", "distillation-4", Student), ("distillation.teacherSteps=4", "distillation-4", Student), ("distillation.backbone.width=8", "distillation-4", Student),
        ("distillation.epochs=3", "distillation-4", Student), ("distillation.learningRate=0.02", "distillation-4", Student), ("distillation.weightDecay=0.5", "distillation-4", Student),
        ("distillation.batchSize=5", "distillation-4", Student), ("distillation.emaDecay=0.1", "distillation-4", Student), ("distillation.gradientNorm=1e-7", "distillation-4", Student),

        ("stage2.epochs=3", "recovery", ""), ("stage2.learningRate=0.02", "recovery", ""), ("stage2.weightDecay=0.5", "recovery", ""), ("stage2.batchSize=5", "recovery", ""),
        ("stage2.setsPerUtterance=1", "recovery", ""), ("stage2.refreshEvery=1", "recovery", ""),

        ("imder.network.layers=2", "imder-pretraining", Imder), ("imder.sampler.nfe=3", "imder", Imder),
        ("imder.pretraining.epochs=3", "imder-pretraining", Imder), ("imder.pretraining.learningRate=0.02", "imder-pretraining", Imder),
        ("imder.pretraining.weightDecay=0.5", "imder-pretraining", Imder), ("imder.pretraining.batchSize=5", "imder-pretraining", Imder),
        ("imder.training.epochs=3", "imder", Imder), ("imder.training.learningRate=0.02", "imder", Imder), ("imder.training.batchSize=3", "imder", Imder),
        ("imder.training.gradientLimit=1e-7", "imder", Imder), ("imder.training.plateauPatience=0", "imder", $"{Imder} imder.training.epochs=4 imder.training.learningRate=0.3"),
        ("imder.training.lossWeight=2", "imder", Imder), ("imder.training.nfe=3", "imder", Imder), ("imder.training.missingRate=0.6", "imder", Imder), ("imder.training.missingSetPer=batch", "imder", Imder),

        ("linear-first.components=2", "closed-form", Linear), ("linear-first.width=6", "network-labels", Linear), ("linear-first.dropout=0.5", "network-labels", Linear),
        ("linear-first.steps=100", "network-labels", Linear), ("linear-first.batchSize=5", "network-labels", Linear), ("linear-first.learningRate=0.02", "network-labels", Linear),
        ("linear-first.weightDecay=0.5", "network-labels", Linear), ("linear-first.emaDecay=0.1", "network-labels", Linear),
        ("linear-first.fill=zeros", "network-labels", Linear), ("linear-first.linear=trained", "network-labels", Linear), ("linear-first.flags=false", "network-labels", Linear),
        ("linear-first.members=2", "network-labels", Linear), ("linear-first.teacher=0.3", "network-taught", $"{Linear} linear-first.teacher=0.7"),
    ];

    /// <summary>The stage that a setting of patience ends, where losses are no better for so long.</summary>
    private static readonly (string Key, string Stage, string Given)[] _patience =
    [
        ("classifier.patience", "classifier", "classifier.epochs=8 classifier.learningRate=0.3"),
        ("score.patience", "score", "score.epochs=8 score.learningRate=0.3 score.emaDecay=0"),
        ("distillation.patience", "distillation", $"{Student} distillation.epochs=8 distillation.learningRate=0.3 distillation.emaDecay=0"),
        ("stage2.patience", "recovery", "stage2.epochs=8 stage2.learningRate=0.3"),
        ("imder.pretraining.patience", "imder-pretraining", $"{Imder} imder.pretraining.epochs=8 imder.pretraining.learningRate=0.3"),
        ("imder.training.patience", "imder", $"{Imder} imder.training.epochs=8 imder.training.learningRate=0.3"),
    ];

    public static TheoryData<string, string, string> Settings => [.. _settings.Select(s => new TheoryDataRow<string, string, string>(s.Setting, s.First, s.Given))];

    public static TheoryData<string, string, string> Patience => [.. _patience.Select(p => new TheoryDataRow<string, string, string>(p.Key, p.Stage, p.Given))];

    [Fact]
    public void Every_setting_of_training_has_a_test()
    {
        HashSet<string> tested = [.. _settings.SelectMany(s => s.Setting.Split(' ')).Select(s => s.Split('=')[0]), .. _patience.Select(p => p.Key), .. _elsewhere];
        List<string> untested = [.. Wanted(MethodCatalogue.Defaults, "").Where(w =>
            w.EndsWith('.') ? !tested.Any(t => t.StartsWith(w, StringComparison.Ordinal)) : !tested.Contains(w))];
        Assert.Empty(untested);

        static IEnumerable<string> Wanted(object options, string prefix) => OptionTree.Entries(options).SelectMany(e =>
            !e.IsGroup ? [prefix + e.Key]
            : IsOfTraining(e.Value) ? Wanted(e.Value, $"{prefix}{e.Key}.")
            : (IEnumerable<string>)[$"{prefix}{e.Key}."]); // one of the group's settings will do

        static bool IsOfTraining(object options) => options is DistillationOptions or ImderExperimentOptions or ImderStageOptions or LinearFirstOptions
            || options.GetType().Namespace!.StartsWith("Amodal.Training", StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Settings))]
    public void A_setting_changes_its_stage_and_none_before_it(string setting, string first, string given)
    {
        // Stages after the first that changes build on it: that they follow is seen of one setting of each.
        var last = first switch { "" => "recovery", "classifier" => "language-baseline", _ => first };
        var (before, after) = (given.Length == 0 ? runs.Get("", "recovery") : runs.Get(given, last), runs.Get($"{given} {setting}".Trim(), last, given));
        var stages = _order[..(Array.IndexOf(_order, last) + 1)].Where(s => File.Exists(before.StageFile(s)) || File.Exists(after.StageFile(s)));
        var changed = stages.Where(s => !AreEqual(before.StageFile(s), after.StageFile(s))).ToList();
        Assert.Equal(first switch { "" => [], "classifier" => ["classifier", "dropout-baseline", "language-baseline"], _ => [first] }, changed);
        if (setting.Contains(".epochs=", StringComparison.Ordinal))
        {
            Assert.Equal(int.Parse(setting.Split('=')[1], System.Globalization.CultureInfo.InvariantCulture), CurveOf(after, first).Count);
        }
    }

    [Fact]
    public void What_is_built_on_a_changed_stage_changes_too()
    {
        var (before, after) = (runs.Get("", "recovery"), runs.Get("classifier.learningRate=0.02", "recovery"));
        Assert.All(_order.Where(s => File.Exists(before.StageFile(s))), s => Assert.False(AreEqual(before.StageFile(s), after.StageFile(s)), s));
        var scores = runs.Get("score.learningRate=0.02", "recovery");
        Assert.False(AreEqual(before.StageFile("recovery"), scores.StageFile("recovery")));
    }

    [Theory, MemberData(nameof(Patience))]
    public void Patience_ends_its_stage(string key, string stage, string given)
    {
        var curve = CurveOf(runs.Get($"{given} {key}=1", stage), stage);
        var best = curve.MinBy(e => e.ValidLoss)!.Epoch;
        Assert.InRange(curve.Count, 2, 7);
        Assert.Equal(best + 1, curve.Count);
    }

    private static IReadOnlyList<EpochRecord> CurveOf(RunDirectory run, string stage) => run.ReadCurves(run.ReadManifest())[stage];

    private static bool AreEqual(string a, string b) => File.Exists(a) && File.Exists(b) && File.ReadAllBytes(a).AsSpan().SequenceEqual(File.ReadAllBytes(b));

    /// <summary>Trainings by what is set, each once; they take from the first what they would train alike.</summary>
    public sealed class Runs : IDisposable
    {
        private const string Tiny = "imder.network.channels=4 imder.network.heads=2 imder.network.layers=1 imder.network.timeWidth=4 imder.network.decoderBlocks=1 imder.network.decoderReduction=2 "
            + "imder.sampler.nfe=2 imder.pretraining.epochs=1 imder.pretraining.batchSize=8 imder.training.epochs=1 imder.training.batchSize=5 imder.training.missingSetPer=utterance classifier.epochs=1 score.epochs=1";

        private readonly TinyRun _tiny = new(TinyRun.TinyOptions, TinyRun.MakeData([new("text", 5, 3), new("sound", 5, 4)], [10, 6, 4]));
        private readonly Dictionary<(string, string), RunDirectory> _runs = [];

        /// <summary>A training up to the end of a stage, with stages of another, whose settings are given, where they are the same.</summary>
        internal RunDirectory Get(string settings, string last, string donor = "")
        {
            if (_runs.TryGetValue((settings, last), out var done))
            {
                return done;
            }

            var options = YamlOptions.Parse(
                YamlOptions.Write(TinyRun.TinyOptions), "tiny", [.. Tiny.Split(' '), .. settings.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
                MethodCatalogue.Check, start: MethodCatalogue.Defaults);
            var other = settings.Length == 0 || options.Seed != TinyRun.TinyOptions.Seed ? null
                : donor.Length > 0 ? Get(donor, last) : Get("", "recovery");
            var run = new RunDirectory(Path.Combine(Path.GetDirectoryName(_tiny.Directory.Path)!, $"{_runs.Count}"));
            _runs[(settings, last)] = run;
            try
            {
                new Trainer(options, _tiny.Data, run, CPU, new StopAfter(run.StageFile(last), last)).Train(resume: false, other);
            }
            catch (OperationCanceledException)
            {
                // What comes after the stage is not asked for.
            }

            return run;
        }

        public void Dispose() => _tiny.Dispose();

        private sealed class StopAfter(string file, string stage) : IProgress<TrainingProgress>
        {
            public void Report(TrainingProgress value)
            {
                if (value.Stage != stage && File.Exists(file))
                {
                    throw new OperationCanceledException();
                }
            }
        }
    }
}
