using Amodal.Data;
using Amodal.Data.Synthetic;
using Amodal.Evaluation;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Targets;
using Amodal.Tests.Data;

namespace Amodal.Tests.Targets;

/// <summary>Data whose labels are no scores: generated, written, read, divided.</summary>
public class TargetDataTests
{
    private static readonly SyntheticOptions Classes = new() { Utterances = 400, Classes = 3 };

    /// <summary>Scores twice, the second the negative of the first, which some utterances lack.</summary>
    internal static DataSet Several(int utterances, Target? second = null)
    {
        var data = SyntheticData.Generate(new SyntheticOptions { Utterances = utterances });
        var target = new SeveralTarget([("valence", Target.Score), ("gloom", second ?? Target.Score)]);
        Split[] splits = [.. data.Splits.Select(s => new Split(
            s.Name, s.Ids, [.. s.Labels.SelectMany((y, row) => new[] { y, row % 7 == 3 ? float.NaN : second is null ? -y : y > 0 ? 1 : 0 })], s.Features))];
        return new DataSet(data.Source, data.Modalities, splits, DataDigest.Compute(data.Modalities, splits, target), target: target);
    }

    [Fact]
    public void Generated_classes_are_equally_frequent_and_recognised()
    {
        var data = SyntheticData.Generate(Classes);
        var counts = data.Splits.SelectMany(s => s.Labels).CountBy(y => y).ToDictionary();
        Assert.Equal(new ClassTarget(["class1", "class2", "class3"]), data.Target);
        Assert.Equal(3, counts.Count);
        Assert.All(counts.Values, n => Assert.InRange(n, 133 - 40, 133 + 40)); // four standard errors of 9.4
        Assert.NotNull(SyntheticModel.TryRecognise(data));
        Assert.NotEqual(data.Digest, SyntheticData.Generate(Classes with { Classes = 0 }).Digest);
    }

    [Fact]
    public void The_optimum_of_classes_has_the_right_probabilities()
    {
        var data = SyntheticData.Generate(Classes with { Utterances = 4000 });
        var all = ModalitySet.All(3);
        var test = data["test"];
        var best = SyntheticOptimum.Of([(data, test)])!(all);
        var metrics = data.Target.Compute(test.Labels, best);

        // What is right on average is what it says of itself: the mean largest probability is the accuracy, within four standard errors.
        var own = Enumerable.Range(0, test.Count).Average(row => best.Skip(row * 3).Take(3).Max());
        Assert.Equal(own, metrics[ClassTarget.Accuracy], 4 * Math.Sqrt(own * (1 - own) / test.Count));
        Assert.True(metrics[ClassTarget.Accuracy] > data.Target.Compute(test.Labels, SyntheticOptimum.Of([(data, test)])!(ModalitySet.Of(1)))[ClassTarget.Accuracy]);
        Assert.Equal(1, best.Sum() / test.Count, 1e-6);
    }

    [Fact]
    public void The_normal_distribution_has_its_known_values()
    {
        Assert.Equal(0.5, StandardNormal.Cumulative(0));
        Assert.Equal(0.9772498680518208, StandardNormal.Cumulative(2), 1e-15);
        Assert.Equal(1 - 0.9986501019683699, StandardNormal.Cumulative(-3), 1e-15);
        Assert.Equal(1, StandardNormal.Cumulative(double.PositiveInfinity));
        Assert.Equal(1.959963984540054, StandardNormal.Quantile(0.975), 1e-14);
    }

    [Theory, InlineData("classes"), InlineData("scores"), InlineData("both")]
    public void Labels_stay_the_same_through_a_file_and_its_folds(string kind)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, "data.npz");
        var data = kind == "classes" ? SyntheticData.Generate(Classes) : Several(60, kind == "both" ? new ClassTarget(["no", "yes"]) : null);
        NpzWriter.Write(path, data);
        var read = NpzReader.Read(path);
        Assert.Equal(data.Target, read.Target);
        Assert.Equal(data.Digest, read.Digest);
        Assert.Equal(data["test"].Labels, read["test"].Labels);

        var folds = read.Splits.SelectMany(s => s.Ids).Index().ToDictionary(id => id.Item, id => id.Index % 3);
        var round = FoldSplitter.Fold(read, folds, testFold: 0);
        Assert.Equal(data.Target, round.Target);
        Assert.Equal(read["train"].Label(0), round["test"].Label(0));
        Assert.Equal(read["train"].Label(3), round["test"].Select("some", [1]).Label(0));
    }

    [Fact]
    public void Classes_may_be_named_and_others_are_refused()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, "data.npz");
        string[] names = ["sad", "glad"];
        void Write(params string[] labels) => NpzWriter.Write(
            path, [("train/text", [1, 2, 3], [3, 1]), ("train/audio", [1, 2, 3], [3, 1])], [("classes", names), ("train.labels", labels)]);
        Write("glad", "sad", "glad");
        Assert.Equal([1, 0, 1], NpzReader.Read(path)["train"].Labels);
        Write("glad", "sad", "angry");
        Assert.Contains("'angry', which is none of the classes sad, glad", Assert.Throws<InputException>(() => NpzReader.Read(path)).Message, StringComparison.Ordinal);

        NpzWriter.Write(path, [("train/text", [1, 2, 3], [3, 1]), ("train/audio", [1, 2, 3], [3, 1]), ("train.labels", [0, 2, 1], [3])], [("classes", names)]);
        Assert.Contains("has the label 2, which is none of the classes' numbers 0 to 1", Assert.Throws<InputException>(() => NpzReader.Read(path)).Message, StringComparison.Ordinal);
    }
}
