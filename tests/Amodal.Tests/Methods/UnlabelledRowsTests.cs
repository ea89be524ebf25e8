using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Methods.Baselines;
using Amodal.Methods.Imder;
using Amodal.Methods.LinearFirst;
using Amodal.Targets;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods;

/// <summary>What rows without a label train, and what they do not.</summary>
public class UnlabelledRowsTests
{
    private const int Labelled = 9;
    private static readonly DataSet Whole = TinyRun.MakeData(TinyRun.Uneven, [24, 10, 12]);

    private static readonly ImderExperimentOptions Imder = new()
    {
        Network = new() { Channels = 8, Heads = 2, Layers = 1, TimeWidth = 4, DecoderBlocks = 1, DecoderReduction = 2 },
        Sampler = new() { Kind = SamplerKind.EulerMaruyama, Nfe = 2 },
        Pretraining = new() { Epochs = 1, BatchSize = 8 },
        Training = new() { Epochs = 1, BatchSize = 8 },
    };

    public static TheoryData<string> Methods { get; } = ["amodal", "imder", "linear-first"];

    [Theory, MemberData(nameof(Methods))]
    public void Every_method_trains_and_is_evaluated_on_few_labels_of_many_rows(string method)
    {
        using var tiny = new TinyRun(Of(method), With(Whole, row => row % 2 == 0 ? float.NaN : Whole["train"].Labels[row]));
        tiny.Train();
        tiny.Resume(); // its data are the same, NaN and all
        using var evaluator = tiny.Evaluator();
        var rows = evaluator.Evaluate(new EvaluationOptions { Random = false }).Rows;
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.True(double.IsFinite(row.Metrics[ScoreTarget.Mae].Value), row.Method));
    }

    [Fact]
    public void What_learns_from_labels_alone_comes_out_as_without_the_other_rows()
    {
        // The same scale of features for both, which all rows make.
        var unlabelled = With(Whole, row => row < Labelled ? Whole["train"].Labels[row] : float.NaN);
        var fewer = new DataSet("few", Whole.Modalities, [Whole["train"].Select("train", [.. Enumerable.Range(0, Labelled)]), Whole["valid"], Whole["test"]], "few");
        var standardiser = Standardiser.Fit(Whole["train"]);
        Assert.Equal(Weights(fewer, standardiser), Weights(unlabelled, standardiser));
    }

    [Fact]
    public void Recovery_learns_from_all_rows()
    {
        using var some = new TinyRun(TinyRun.TinyOptions, With(Whole, row => row < Labelled ? Whole["train"].Labels[row] : float.NaN));
        var changed = With(Whole, row => row < Labelled ? Whole["train"].Labels[row] : float.NaN, scale: row => row < Labelled ? 1 : -1);
        using var other = new TinyRun(TinyRun.TinyOptions, changed);
        some.Train();
        other.Train();
        Assert.NotEqual(File.ReadAllBytes(some.Directory.StageFile("score")), File.ReadAllBytes(other.Directory.StageFile("score")));
    }

    private static ExperimentOptions Of(string method) => TinyRun.TinyOptions with
    {
        Name = method,
        Method = method,
        Methods = TinyRun.Groups(Imder).With("linear-first", new LinearFirstOptions { Width = 8, Steps = 20, BatchSize = 8, Rivals = true }),
    };

    private static DataSet With(DataSet data, Func<int, float> label, Func<int, float>? scale = null)
    {
        var train = data["train"];
        var changed = new Split(train.Name, train.Ids, [.. Enumerable.Range(0, train.Count).Select(label)],
            [.. train.Features.Select(f => new FeatureArray(f.Modality, [.. f.Values.Select((v, i) => v * (scale?.Invoke(i / f.Modality.RowSize) ?? 1))]))]);
        Split[] splits = [changed, data["valid"], data["test"]];
        return new DataSet(data.Source, data.Modalities, splits, DataDigest.Compute(data.Modalities, splits));
    }

    private static float[] Weights(DataSet data, Standardiser standardiser)
    {
        using var training = new TrainingData(data, standardiser, CPU);
        Stage.SeedTorch(1);
        using var networks = new BaselineNetworks(data.Modalities, TinyRun.TinyOptions, data.Target);
        using var stage = new ClassifierStage(networks.Classifiers[1], 3, TinyRun.TinyOptions.Classifier, training);
        using var optimiser = stage.CreateOptimiser();
        _ = stage.TrainEpoch(1, optimiser, _ => { }, CancellationToken.None);
        networks.Statistics.Fit(standardiser, data["train"]);
        using var constant = networks.Statistics.Constant(1);
        return [.. networks.Dropout.parameters().SelectMany(p => p.data<float>()), constant.item<float>()];
    }
}
