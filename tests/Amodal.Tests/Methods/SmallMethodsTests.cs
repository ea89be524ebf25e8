using Amodal.Configuration;
using Amodal.Data;
using Amodal.Methods;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods;

/// <summary>What every published method does with data that are not as its paper's, and what its settings change.</summary>
public sealed class SmallMethodsTests(SmallMethodsTests.Trained trained) : IClassFixture<SmallMethodsTests.Trained>
{
    /// <summary>A setting of a method, and the first stage that it changes.</summary>
    private static readonly (string Method, string Setting, string Stage)[] _settings =
    [
        ("nearest-neighbours", "utterances=5", "nearest-neighbours"),
        ("cca", "components=1", "cca"), ("cca", "penalty=1", "cca"),
        ("dcca", "components=1", "dcca"), ("dcca", "width=5", "dcca"),
        ("dccae", "components=1", "dccae"), ("dccae", "width=5", "dccae"), ("dccae", "reconstruction=3", "dccae"),
        ("autoencoder", "reconstruction=3", "autoencoder"), ("cvae", "size=5", "cvae"), ("cvae", "beta=5", "cvae"),
        ("cra", "blocks=1", "cra"), ("cra", "reconstruction=3", "cra"),
        ("mmin", "blocks=1", "mmin"), ("mmin", "imagination=0", "mmin"), ("mmin", "cycle=0", "mmin"),
        ("mctn", "width=5", "mctn"), ("mctn", "steps=2", "mctn"), ("mctn", "translation=3", "mctn"),
        ("early-fusion", "width=5", "early-fusion"), ("late-fusion", "width=5", "late-fusion"), ("hybrid-fusion", "width=5", "hybrid-fusion"),
        ("shaspec", "width=5", "shaspec"), ("shaspec", "alignment=3", "shaspec"), ("shaspec", "naming=3", "shaspec"), ("shaspec", "missing=first", "shaspec"),
        ("misa", "width=6", "misa"), ("misa", "difference=3", "misa"), ("misa", "similarity=3", "misa"), ("misa", "reconstruction=3", "misa"),
        ("mult", "width=6", "mult"), ("mult", "heads=1", "mult"), ("mult", "layers=2", "mult"), ("mult", "steps=2", "mult"), ("gan", "reconstruction=3", "gan"),
        ("dicmor", "width=6", "dicmor-complete"), ("dicmor", "steps=2", "dicmor-complete"), ("dicmor", "heads=1", "dicmor-complete"), ("dicmor", "flow=released", "dicmor"),
        ("dicmor", "flowSteps=3", "dicmor"), ("dicmor", "blocks=2", "dicmor"), ("dicmor", "recovery=3", "dicmor"),
        ("cpm-net", "size=5", "cpm-net"), ("cpm-net", "separation=3", "cpm-net"),
        ("gcnet", "width=5", "gcnet"), ("gcnet", "window=1", "gcnet"), ("gcnet", "longest=2", "gcnet"), ("gcnet", "reconstruction=3", "gcnet"),
        ("unidiffuser", "width=6", "unidiffuser"), ("unidiffuser", "blocks=2", "unidiffuser"), ("unidiffuser", "heads=1", "unidiffuser"),
        ("unidiffuser", "evaluations=3", "unidiffuser-fusion"), ("unidiffuser", "draws=1", "unidiffuser-fusion"), ("unidiffuser", "guidance=1", "unidiffuser-fusion"),
    ];

    /// <summary>Where a method has a group of settings of a <see cref="PlainStage"/>, whose tests have the rest: the epochs show that it is that stage's.</summary>
    private static readonly (string Method, string Group, string Stage)[] _trainings =
    [
        ("cca", "head", "cca-head"), ("dcca", "training", "dcca"), ("dcca", "head", "dcca-head"), ("dccae", "training", "dccae"), ("dccae", "head", "dccae-head"),
        ("autoencoder", "training", "autoencoder"), ("cvae", "training", "cvae"), ("cra", "training", "cra"), ("mmin", "training", "mmin-teacher"),
        ("mctn", "training", "mctn"), ("early-fusion", "training", "early-fusion"), ("late-fusion", "training", "late-fusion"), ("hybrid-fusion", "training", "hybrid-fusion"),
        ("shaspec", "training", "shaspec"), ("misa", "training", "misa"), ("mult", "training", "mult"), ("gan", "training", "gan"),
        ("dicmor", "training", "dicmor-complete"), ("cpm-net", "training", "cpm-net"), ("gcnet", "training", "gcnet"), ("unidiffuser", "training", "unidiffuser"),
    ];

    public static TheoryData<string> Names => [.. SmallMethods.Names];

    /// <summary>The settings that are tested here.</summary>
    internal static IEnumerable<string> Settings =>
    [
        .. _settings.Select(s => $"{s.Method}.{s.Setting.Split('=')[0]}"),
        .. _trainings.SelectMany(t => OptionTree.Entries(new ClassifierStageOptions()).Select(e => $"{t.Method}.{t.Group}.{e.Key}")),
    ];

    public static TheoryData<string, string, string> EverySetting =>
        [.. _settings.Concat(_trainings.Select(t => (t.Method, Setting: $"{t.Group}.epochs=3", t.Stage))).Select(s => new TheoryDataRow<string, string, string>(s.Method, s.Setting, s.Stage))];

    [Fact]
    public void Every_method_of_the_catalogue_is_tested_with_all_its_settings()
    {
        var methods = MethodCatalogue.All.Where(m => m.Purpose is not null && m.Name != "median-fill").ToList(); // an example among the tests
        Assert.Equal(methods.Select(m => m.Name), SmallMethods.Names);
        Assert.Equal(methods.SelectMany(m => m.Options is null ? [] : OptionTree.Entries(m.Options).SelectMany(e =>
            e.IsGroup ? OptionTree.Entries(e.Value).Select(inner => $"{m.Name}.{e.Key}.{inner.Key}") : [$"{m.Name}.{e.Key}"])).Order(), Settings.Order());
    }

    [Theory, MemberData(nameof(EverySetting))]
    public void A_setting_changes_its_stage_and_none_before_it(string method, string setting, string stage)
    {
        var (before, after) = (trained.Of(method), trained.Of(method, $"{method}.{setting}"));
        var stages = before.ReadManifest().Stages.ToList();
        Assert.All(stages[..stages.IndexOf(stage)], s => Assert.Equal(File.ReadAllBytes(before.StageFile(s)), File.ReadAllBytes(after.StageFile(s))));
        Assert.NotEqual(File.ReadAllBytes(before.StageFile(stage)), File.ReadAllBytes(after.StageFile(stage)));
    }

    [Theory, MemberData(nameof(Names))]
    public void It_trains_where_rows_lack_modalities_and_labels_and_answers_every_set(string method)
    {
        using var run = TrainedRun.Load(trained.Of(method, of: trained.GapsFor(method)).Path, CPU);
        Answers(run, trained.GapsFor(method).Data);
    }

    [Theory, MemberData(nameof(Names))]
    public void It_predicts_classes(string method)
    {
        using var run = TrainedRun.Load(trained.Of(method, of: trained.Classes).Path, CPU);
        Assert.All(Answers(run, trained.Classes.Data), p => Assert.InRange(p, 0, 1));
    }

    [Theory, MemberData(nameof(Names))]
    public void It_goes_on_where_it_was_stopped(string method)
    {
        var (options, whole) = (SmallMethods.Of(method), trained.Of(method));
        var half = new RunDirectory(whole.Path + "-half");
        using var stop = new CancellationTokenSource();
        var last = whole.ReadManifest().Stages[^1];
        try
        {
            new Trainer(options, trained.For(method).Data, half, CPU, new StopAt(last, stop)).Train(resume: false, trained.For(method).Directory, stop.Token);
        }
        catch (OperationCanceledException)
        {
            new Trainer(options, trained.For(method).Data, half, CPU).Train(resume: true);
        }

        Assert.Equal(File.ReadAllBytes(whole.StageFile(last)), File.ReadAllBytes(half.StageFile(last)));
    }

    private static float[] Answers(TrainedRun run, DataSet data)
    {
        using var method = run.CreateMethod();
        using var rows = method.Encode(data["test"]);
        return [.. Patterns.All(3).SelectMany(set =>
        {
            var answers = rows.Predict([.. Enumerable.Repeat<Observation>(set, rows.Count)]);
            Assert.All(answers, a => Assert.True(float.IsFinite(a)));
            return answers;
        })];
    }

    /// <summary>Tiny data, the classifiers on them, and the methods that take these over.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly Dictionary<(string, string, TinyRun), RunDirectory> _runs = [];
        private readonly Lazy<TinyRun> _gaps = new(() => Base(WithGaps(TinyRun.MakeData(TinyRun.Uneven, [24, 10, 12]))));
        private readonly Lazy<TinyRun> _classGaps = new(() => Base(WithGaps(WithClasses(TinyRun.MakeData(TinyRun.Uneven, [24, 10, 12])))));
        private readonly Lazy<TinyRun> _videos = new(() => Base(TinyRun.WithIds(TinyRun.MakeData(TinyRun.Uneven, [24, 10, 12]), (split, row) => $"{split}{row / 4}$_${row % 4}")));
        private readonly Lazy<TinyRun> _classes = new(() => Base(WithClasses(TinyRun.MakeData(TinyRun.Uneven, [24, 10, 12]))));

        /// <summary>A score, everything there.</summary>
        internal TinyRun Plain { get; } = TinyRun.Trained(TinyRun.Uneven);

        /// <summary>Training rows that lack a modality, or the label; validation rows that lack one.</summary>
        private TinyRun Gaps => _gaps.Value;

        /// <summary>Three classes.</summary>
        internal TinyRun Classes => _classes.Value;

        /// <summary>Data that a method can be trained on.</summary>
        internal TinyRun For(string method) => method == "gcnet" ? _videos.Value : SmallMethods.OfScores.Contains(method) ? Plain : Classes;

        /// <summary>Such data with gaps.</summary>
        internal TinyRun GapsFor(string method) => SmallMethods.OfScores.Contains(method) ? Gaps : _classGaps.Value;

        internal RunDirectory Of(string method, string settings = "", TinyRun? of = null)
        {
            of ??= For(method);
            if (!_runs.TryGetValue((method, settings, of), out var run))
            {
                run = _runs[(method, settings, of)] = new RunDirectory($"{of.Directory.Path}-{_runs.Count}");
                new Trainer(SmallMethods.Of(method, settings), of.Data, run, CPU).Train(resume: false, of.Directory);
            }

            return run;
        }

        public void Dispose()
        {
            Plain.Dispose();
            foreach (var other in new[] { _gaps, _classes, _classGaps, _videos }.Where(lazy => lazy.IsValueCreated))
            {
                other.Value.Dispose();
            }
        }

        private static TinyRun Base(DataSet data)
        {
            var run = new TinyRun(SmallMethods.Of("noise-fill"), data);
            run.Train();
            return run;
        }

        private static DataSet WithGaps(DataSet data) => Changed(data, data.Target, split =>
        {
            foreach (var (m, features) in split.Features.Index())
            {
                for (var row = m; row < split.Count; row += 5)
                {
                    features.Values.AsSpan(row * features.Modality.RowSize, features.Modality.RowSize).Fill(split.Name == "test" ? 0 : float.NaN);
                }
            }

            for (var row = 0; split.Name == "train" && row < split.Count; row += 4)
            {
                split.Labels[row] = float.NaN;
            }
        });

        private static DataSet WithClasses(DataSet data) => Changed(data, new ClassTarget(["low", "middle", "high"]), split =>
        {
            for (var row = 0; row < split.Count; row++)
            {
                split.Labels[row] = split.Labels[row] < -1 ? 0 : split.Labels[row] < 1 ? 1 : 2;
            }
        });

        private static DataSet Changed(DataSet data, Target target, Action<Split> change)
        {
            foreach (var split in data.Splits)
            {
                change(split);
            }

            return new DataSet(data.Source, data.Modalities, data.Splits, DataDigest.Compute(data.Modalities, data.Splits, target), target: target);
        }
    }

    private sealed class StopAt(string stage, CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == stage)
            {
                stop.Cancel();
            }
        }
    }
}
