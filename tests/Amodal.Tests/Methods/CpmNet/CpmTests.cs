using Amodal.Data;
using Amodal.Methods;
using Amodal.Methods.CpmNet;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Methods.Fills;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.CpmNet;

public class CpmTests
{
    private static readonly ClassTarget _classes = new(["one", "two"]);

    [Fact]
    public void A_vector_of_as_many_numbers_as_a_modality_gives_it_back()
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        using var network = Network([3]);
        var rows = new VectorBatch([SimpleFillTests.Normal(8, 3)], ones(8, 1), ones(8, 1));
        var h = new TorchSharp.Modules.Parameter(SimpleFillTests.Normal(8, 4, seed: 2));
        using var optimiser = optim.Adam([.. network.parameters(), h], 0.05);
        for (var step = 0; step < 300; step++)
        {
            using var inner = NewDisposeScope();
            optimiser.zero_grad();
            network.Reconstruction(rows, h).backward();
            optimiser.step();
        }

        Assert.InRange(network.Reconstruction(rows, h).item<float>(), 0, 1e-3);
    }

    [Fact]
    public void Orthogonal_classes_are_told_apart_from_one_modality_of_two()
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        using var network = Network([2, 2]);
        using var training = new TrainingData(new DataSet("case", [new("a", 1, 2), new("b", 1, 2)], [Of("train", 20), Of("valid", 6)], "", target: _classes), Standardiser.Fit(Of("train", 20)), CPU);
        using var data = new VectorData(training, 1, (_, x) => x.squeeze(1));
        network.Train(["cpm-net"], data, new FillCase.Stages());
        network.eval();
        using var noGradient = no_grad();
        foreach (var observed in Patterns.All(2))
        {
            Assert.Equal([0L, 1, 0, 1, 0, 1], network.Predict(data.Valid(observed)).argmax(1).data<long>().ToArray());
        }
    }

    [Fact]
    public void What_is_missing_and_the_other_rows_do_not_matter()
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        using var network = Network([3, 2]);
        using var noGradient = no_grad();
        network.get_buffer("means")!.copy_(SimpleFillTests.Normal(2, 4, seed: 5));
        var (a, b) = (SimpleFillTests.Normal(5, 3), SimpleFillTests.Normal(5, 2, seed: 2));
        var given = tensor(new float[] { 1, 0, 1, 1, 0, 1, 1, 0, 1, 1 }, [5, 2]);
        var answers = network.Predict(new VectorBatch([a, b], given, ones(5, 2)));
        var other = b.clone();
        other[0].fill_(7);
        other[3].fill_(7);
        Assert.True(answers.Equals(network.Predict(new VectorBatch([a, other], given, ones(5, 2)))));
        Relative.Equal(answers.narrow(0, 2, 1), network.Predict(new VectorBatch([a.narrow(0, 2, 1), b.narrow(0, 2, 1)], given.narrow(0, 2, 1), ones(1, 2))), Relative.Network, size: 1);
    }

    [Fact]
    public void A_score_is_refused_before_anything_is_trained()
    {
        using var tiny = new TinyRun(SmallMethods.Of("cpm-net"), TinyRun.MakeData(TinyRun.Uneven, [24, 10, 12]));
        var problem = Assert.Throws<InputException>(() => tiny.Train());
        Assert.Contains("cpm-net", problem.Message, StringComparison.Ordinal);
        Assert.Contains("the labels are a score", problem.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(tiny.Directory.StageFile(MethodTraining.BaselineStages[0])));
    }

    private static CpmNetwork Network(int[] widths) => new(new VectorContext(widths, _classes, ExperimentFile.Preset("cpm-net", ["cpm-net.size=4", "cpm-net.training.epochs=30"])));

    private static Split Of(string name, int rows) => new(name, [.. Enumerable.Range(0, rows).Select(row => $"{name}-{row}")], [.. Enumerable.Range(0, rows).Select(row => (float)(row % 2))],
        [.. new[] { "a", "b" }.Select(modality => new FeatureArray(new Modality(modality, 1, 2), [.. Enumerable.Range(0, rows).SelectMany(row => row % 2 == 0 ? new float[] { 1, 0 } : [0, 1])]))]);
}
