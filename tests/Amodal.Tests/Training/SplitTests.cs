using Amodal.Data;
using Amodal.Diffusion.Distillation;
using Amodal.Files;
using Amodal.Methods.Imder;
using Amodal.Runs;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Training;

/// <summary>Which split feeds what: train teaches, valid selects, and test has no part in a training.</summary>
public sealed class SplitTests(SplitTests.Trainings trainings) : IClassFixture<SplitTests.Trainings>
{
    public static TheoryData<string> Methods => ["amodal", "imder"];

    [Theory, MemberData(nameof(Methods))]
    public void What_test_holds_changes_no_byte_of_a_training(string method)
    {
        var (before, after) = (trainings.Get(method, ""), trainings.Get(method, "test"));
        Assert.All(Stages(before), s => Assert.True(File.ReadAllBytes(before.StageFile(s)).AsSpan().SequenceEqual(File.ReadAllBytes(after.StageFile(s))), s));
    }

    [Theory, MemberData(nameof(Methods))]
    public void What_valid_holds_changes_the_loss_that_selects_and_no_weight(string method)
    {
        var (before, after) = (trainings.Get(method, ""), trainings.Get(method, "valid"));
        Assert.All(Stages(before), s => Assert.True(AreEqual(before.StageFile(s), after.StageFile(s)), s)); // of the one epoch that there is
        foreach (var ((stage, curve), other) in Curves(before).Zip(Curves(after).Values))
        {
            Assert.Equal(curve[0].TrainLoss, other[0].TrainLoss);
            Assert.True(curve[0].ValidLoss != other[0].ValidLoss, stage);
        }
    }

    [Theory, MemberData(nameof(Methods))]
    public void What_train_holds_changes_every_weight_s_file_and_loss(string method)
    {
        var (before, after) = (trainings.Get(method, ""), trainings.Get(method, "train"));
        Assert.All(Stages(before), s => Assert.False(AreEqual(before.StageFile(s), after.StageFile(s)), s));
        Assert.All(Curves(before).Zip(Curves(after)), p => Assert.NotEqual(p.First.Value[0].TrainLoss, p.Second.Value[0].TrainLoss));
    }

    private static IEnumerable<string> Stages(RunDirectory run) => [.. run.ReadManifest().Stages, "statistics"];

    private static IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> Curves(RunDirectory run) => run.ReadCurves(run.ReadManifest());

    private static bool AreEqual(string a, string b)
    {
        using var scope = NewDisposeScope();
        var (x, y) = (SafeTensors.Read(a, out _), SafeTensors.Read(b, out _));
        return x.All(p => p.Value.eq(y[p.Key]).all().item<bool>());
    }

    /// <summary>Trainings of one epoch a stage by method and the split whose content is another, each once.</summary>
    public sealed class Trainings : IDisposable
    {
        private static readonly ExperimentOptions _flow = TinyRun.FlowOptions with
        {
            Classifier = TinyRun.TinyOptions.Classifier with { Epochs = 1 },
            Score = TinyRun.TinyOptions.Score with { Epochs = 1, Reflow = true, ReflowPairs = 2, ReflowNfe = 4 },
            Stage2 = TinyRun.TinyOptions.Stage2 with { Epochs = 1 },
            Distillation = new() { Method = DistillationMethod.Progressive, TeacherSteps = 4, Backbone = new() { Width = 4, Blocks = 1, Heads = 1, MlpWidth = 4, TimeWidth = 4 }, Epochs = 1, BatchSize = 8, LearningRate = 0.01 },
            Methods = TinyRun.Groups(new ImderExperimentOptions
            {
                Network = new() { Channels = 4, Heads = 2, Layers = 1, TimeWidth = 4, DecoderBlocks = 1, DecoderReduction = 2 },
                Sampler = new() { Kind = Amodal.Diffusion.Sampling.SamplerKind.EulerMaruyama, Nfe = 2 },
                Pretraining = new() { Epochs = 1, BatchSize = 8 },
                Training = new() { Epochs = 1, BatchSize = 2 },
            }),
        };

        private readonly TinyRun _tiny = new(_flow, new("text", 5, 3), new("sound", 2, 4));
        private readonly Dictionary<(string, string), RunDirectory> _done = [];

        internal RunDirectory Get(string method, string split)
        {
            if (!_done.TryGetValue((method, split), out var run))
            {
                run = new RunDirectory(Path.Combine(Path.GetDirectoryName(_tiny.Directory.Path)!, $"{method}-{split}"));
                new Trainer(_flow with { Method = method }, Other(_tiny.Data, split), run, CPU).Train(resume: false);
                _done[(method, split)] = run;
            }

            return run;
        }

        public void Dispose() => _tiny.Dispose();

        /// <summary>The data with other features and labels in one split: each by its mean away and half as large.</summary>
        private static DataSet Other(DataSet data, string name)
        {
            List<Split> splits = [.. data.Splits.Select(s => s.Name != name ? s : new Split(
                s.Name, s.Ids, [.. s.Labels.Select(y => (y / 2) + 0.3f)],
                [.. s.Features.Select(f => new FeatureArray(f.Modality, [.. f.Values.Select((v, i) => (v / 2) + (i % 3))]))]))];
            return new DataSet(data.Source, data.Modalities, splits, DataDigest.Compute(data.Modalities, splits));
        }
    }
}
