using Amodal.Data;
using Amodal.Data.NumPy;
using Amodal.Evaluation;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Data;

/// <summary>Classes in files that are not our own.</summary>
public sealed class ClassLabelTests : IDisposable
{
    private static readonly TargetSpec Classes = new("classes");
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void An_mmsa_file_with_both_is_of_scores_unless_classes_are_asked_for()
    {
        var path = Mmsa(("train", Both([0.5f, -1, 0], [2, 0, 1], ["Positive", "Negative", "Neutral"])), ("test", Both([1, -2], [2, 0], ["Positive", "Negative"])));
        Assert.Equal(Target.Score, DataFile.Read(path).Target);
        Assert.Equal([0.5f, -1, 0], DataFile.Read(path, target: new TargetSpec("score"))["train"].Labels);

        var data = DataFile.Read(path, target: Classes);
        Assert.Equal(new ClassTarget(["Negative", "Neutral", "Positive"]), data.Target);
        Assert.Equal([2, 0, 1], data["train"].Labels);
        Assert.Equal([2, 0], data["test"].Labels);
        Assert.NotEqual(DataFile.Read(path).Digest, data.Digest);
    }

    [Fact]
    public void Numbers_without_a_name_each_are_names_themselves()
    {
        Assert.Equal(["1", "5", "11"], NamesOf([11, 5, 1], null));
        Assert.Equal(["0", "1"], NamesOf([0, 1], ["same", "same"]));
        Assert.Equal(["0", "1"], NamesOf([0, 1], ["", "b"]));
        Assert.Equal(["0", "1"], NamesOf([0, 1, 1], ["a", "b", "c"]));
        Assert.Equal(["-1", "0", "1"], NamesOf([1, -1, 0], null));

        IReadOnlyList<string> NamesOf(float[] numbers, string[]? names) =>
            ((ClassTarget)DataFile.Read(Mmsa(("train", Both(new float[numbers.Length], numbers, names))), target: Classes).Target).Classes;
    }

    [Fact]
    public void Classes_may_be_named_without_numbers_or_stand_where_scores_do()
    {
        var path = Mmsa(("train", [.. Features(3), ("classification_labels", p => p.List("sad", "glad", "sad"))]));
        Refused("split 'train': has no labels that are scores. Ask for classes, which are under 'classification_labels'", () => DataFile.Read(path));
        var data = DataFile.Read(path, target: Classes);
        Assert.Equal(new ClassTarget(["glad", "sad"]), data.Target);
        Assert.Equal([1, 0, 1], data["train"].Labels);
        Assert.Equal([1, 0, 1], DataFile.ReadUtterances(path, target: Classes)["train"].Labels);

        // Whole numbers of older files, under the key of scores.
        Assert.Equal([0, 1, 2], DataFile.Read(Mmsa(("train", [.. Features(3), ("labels", p => p.Floats([3, 1], 0, 3, 6))])), target: Classes)["train"].Labels);
    }

    [Fact]
    public void A_model_s_classes_keep_their_numbers_whatever_a_file_holds()
    {
        var model = new TargetSpec("classes", ["Negative", "Neutral", "Positive"]);
        var part = Mmsa(("test", Both([1, -2], [1, 0], ["Positive", "Negative"]))); // numbered otherwise, and without a class
        Assert.Equal([2, 0], DataFile.Read(part, target: model)["test"].Labels);
        Assert.Equal(model.ToTarget(null), DataFile.Read(part, target: model).Target);

        var other = Mmsa(("test", Both([1, -2], [1, 0], ["Positive", "Angry"])));
        Refused("split 'test', row 1: has the label 'Angry', which is none of the classes Negative, Neutral, Positive", () => DataFile.Read(other, target: model));
        var used = DataFile.ReadUtterances(other, target: model)["test"].Labels; // a model that is put to use needs no labels
        Assert.Equal(2, used[0]);
        Assert.Equal(float.NaN, used[1]);
    }

    [Fact]
    public void Wrong_classes_are_refused()
    {
        Refused("split 'train', 'classification_labels', row 1: is 0.5; a whole number is needed", () => DataFile.Read(Mmsa(("train", Both([0, 0], [1, 0.5f], null))), target: Classes));
        Refused("split 'train', 'regression_labels', row 0: is -0.8; a whole number is needed for a class. Are the labels scores?",
            () => DataFile.Read(Mmsa(("train", [.. Features(2), ("regression_labels", p => p.Floats([2], -0.8f, 1))])), target: Classes));
        Refused("has no classes. Put one number or name per utterance under 'classification_labels'", () => DataFile.Read(Mmsa(("train", Features(2))), target: Classes));
        Refused("labels: has 1 classes; 2 to 64 are needed", () => DataFile.Read(Mmsa(("train", Both([0, 0], [1, 1], null))), target: Classes));
        Refused("split 'test', row 1: has the label NaN", () => DataFile.Read(Mmsa(("test", Both([0, 0, 0], [1, float.NaN, 0], null))), target: Classes));
        Assert.Equal([1, float.NaN, 0], DataFile.Read(Mmsa(("train", Both([0, 0, 0], [1, float.NaN, 0], null))), target: Classes)["train"].Labels);
        Refused("has no labels", () => DataFile.Read(Mmsa(("train", [.. Features(2), ("classification_labels", p => p.Floats([2], 0, 1))])), target: new TargetSpec("score")));
    }

    [Fact]
    public void A_folder_s_column_of_names_is_of_classes()
    {
        Folder("joy", "anger", "joy", "neutral");
        var data = DataFile.Read(_folder.Name);
        Assert.Equal(new ClassTarget(["anger", "joy", "neutral"]), data.Target);
        Assert.Equal([1, 0, 1], data["train"].Labels);
        Assert.Equal([2], data["test"].Labels);
        Refused("line 2, column 'label': says 'joy'; a number is needed", () => DataFile.Read(_folder.Name, target: new TargetSpec("score")));
        Assert.Equal([0], DataFile.ReadUtterances(_folder.Name, target: new TargetSpec("classes", ["neutral", "joy"]))["test"].Labels);

        Folder("3", "10", "3", "3");
        Assert.Equal(Target.Score, DataFile.Read(_folder.Name).Target);
        Assert.Equal(["3", "10"], ((ClassTarget)DataFile.Read(_folder.Name, target: Classes).Target).Classes);

        Folder("joy", "", "joy", "neutral");
        Assert.Equal([0, float.NaN, 0], DataFile.Read(_folder.Name)["train"].Labels);
        Folder("joy", "anger", "joy", "");
        Refused("line 5 of utterances.csv: has the label NaN", () => DataFile.Read(_folder.Name));
        Folder("1", "2", "x", "3"); // a slip, and no class
        Refused("line 4, column 'label': says 'x'; a number is needed", () => DataFile.Read(_folder.Name));
        Folder("", "", "", "");
        Refused("says ''; a number is needed", () => DataFile.Read(_folder.Name));
    }

    [Fact]
    public void An_npz_without_names_has_classes_where_they_are_asked_for()
    {
        var path = Path.Combine(_folder.Name, "data.npz");
        NpzWriter.Write(path, [("train/text", [1, 2, 3], [3, 1]), ("train/audio", [1, 2, 3], [3, 1]), ("train.labels", [2, 0, 2], [3])], []);
        Assert.Equal([1, 0, 1], DataFile.Read(path, target: Classes)["train"].Labels);
        NpzWriter.Write(path, [("train/text", [1, 2, 3], [3, 1]), ("train/audio", [1, 2, 3], [3, 1]), ("train.labels", [0, 1, 0], [3])], [("classes", ["no", "yes"])]);
        Assert.Equal(["no", "yes"], ((ClassTarget)DataFile.Read(path, target: Classes).Target).Classes);
        Refused("labels: are 2 classes (no, yes); asked for is a score", () => DataFile.Read(path, target: new TargetSpec("score")));
    }

    [Fact]
    public void The_real_file_holds_both()
    {
        var data = DataFile.Read(Repository.Shared("data", "mosi-utterance", "mosi_std_mini8_p4.pkl"), target: Classes);
        Assert.Equal(["Negative", "Neutral", "Positive"], ((ClassTarget)data.Target).Classes);
        var scores = DataFile.Read(data.Source)["train"].Labels;
        Assert.Equal(scores.Select(y => (float)Math.Sign(y) + 1), data["train"].Labels);
    }

    [Fact]
    public void A_run_knows_that_its_labels_are_classes()
    {
        static (string, Action<PickleBytes>)[] Rows(int count) => Both(
            [.. Enumerable.Repeat(0.5f, count)], [.. Enumerable.Range(0, count).Select(i => i % 2f)], [.. Enumerable.Range(0, count).Select(i => i % 2 == 0 ? "sad" : "glad")]);
        var path = Mmsa(("train", Rows(16)), ("valid", Rows(8)), ("test", Rows(8)));
        var run = new RunDirectory(Path.Combine(_folder.Name, "run"));
        new Trainer(TinyRun.TinyOptions, DataFile.Read(path, target: Classes), run, CPU).Train(resume: false);
        Assert.Equal(["sad", "glad"], run.ReadManifest().Target!.Classes!);

        using var evaluator = new RunEvaluator([run.Path], dataFile: null, "test", CPU);
        Assert.Contains(ClassTarget.Accuracy, evaluator.Evaluate(new EvaluationOptions { Random = false }).Rows[0].Metrics.Keys);
    }

    public void Dispose() => _folder.Dispose();

    private static (string, Action<PickleBytes>)[] Features(int rows) =>
    [
        .. new[] { "text", "audio" }.Select(name => (name, (Action<PickleBytes>)(p => p.Floats([rows, 1], [.. Enumerable.Range(0, rows).Select(i => (float)i)])))),
    ];

    private static (string, Action<PickleBytes>)[] Both(float[] scores, float[] classes, string[]? names) =>
    [
        .. Features(scores.Length),
        ("regression_labels", p => p.Floats([scores.Length], scores)),
        ("classification_labels", p => p.Floats([classes.Length, 1], classes)),
        .. names is null ? [] : new (string, Action<PickleBytes>)[] { ("annotations", p => p.List(names)) },
    ];

    private static void Refused(string expected, Action read) => Assert.Contains(expected, Assert.Throws<InputException>(read).Message, StringComparison.Ordinal);

    private string Mmsa(params (string Name, (string, Action<PickleBytes>)[] Arrays)[] splits) =>
        _folder.Write("a.pkl", new PickleBytes().Dictionary([.. splits.Select(split => (split.Name, (Action<PickleBytes>)(p => p.Dictionary(split.Arrays))))]).Done());

    /// <summary>Three rows of train, the last of test.</summary>
    private void Folder(params string[] labels)
    {
        _folder.Write("utterances.csv", "id,split,label\n" + string.Concat(labels.Select((label, row) => $"u{row},{(row == labels.Length - 1 ? "test" : "train")},{label}\n")));
        foreach (var name in new[] { "text", "audio" })
        {
            float[] values = [.. Enumerable.Range(0, labels.Length).Select(row => (float)row)];
            _folder.Write($"{name}.npy", [.. NpyHeader.Bytes("<f4", [labels.Length, 1]), .. values.SelectMany(BitConverter.GetBytes)]);
        }
    }
}
