using global::Amodal.Data;
using global::Amodal.Data.Synthetic;

namespace Amodal.Cli.Tests;

/// <summary>What `inspect` knows of data, the commands that use them say; in this process, but for the training.</summary>
public sealed class DataNotesTests : IDisposable
{
    private readonly Amodal _amodal = new();

    [Fact]
    public void Every_command_says_where_a_modality_is_missing()
    {
        var generated = SyntheticData.Generate(new SyntheticOptions { Utterances = 60, Seed = 5 });
        var data = new DataSet("holed", generated.Modalities, [.. generated.Splits.Select(WithHoles)], "");
        NpzWriter.Write(_amodal.File("data.npz"), data);
        File.WriteAllText(_amodal.File("tiny.yaml"), Amodal.TinyConfig + "\n");
        const string missing = "'acoustic' in test has no number in 2 of ";
        const string zero = "'vision' in test is all zero in 1 of ";
        Says(_amodal.Succeed(Amodal.TrainArguments("run")), "'acoustic' in train has no number in 2 of ", missing, zero, "'acoustic' in train has ");
        Assert.Contains(missing, File.ReadAllText(_amodal.File("run/manifest.json")).Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);

        Says(_amodal.Succeed("predict", "run", "--data", "data.npz", "--missing", "vision", "--out", "p.csv"), missing, zero, "2 of ", "lack a modality that is called observed");
        Assert.Equal(["language", "language", "language+acoustic"], File.ReadLines(_amodal.File("p.csv")).Skip(1).Take(3).Select(line => line.Split(',')[1]));
        Says(_amodal.Succeed("recover", "run", "--data", "data.npz", "--missing", "vision", "--out", "i.npz"), missing, "lack a modality that is called observed");
        Says(_amodal.Succeed("evaluate", "run", "--protocol", "fixed", "--nfe-curve", "none"), missing, zero);
        Assert.Contains(missing, File.ReadAllText(_amodal.File("run/report/report.html")).Replace("&#39;", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Says(InProcess.Run("data", "masks", _amodal.File("data.npz"), "--missing-rate", "0.3", "--out", _amodal.File("m.csv")), missing, zero);
        var inspected = InProcess.Run("data", "inspect", _amodal.File("data.npz"));
        Assert.Contains(missing, inspected.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(missing, inspected.Errors, StringComparison.Ordinal); // once is enough
    }

    [Fact]
    public void Utterances_without_a_label_are_trained_on_and_told_of_and_asked_for_again()
    {
        File.WriteAllText(_amodal.File("tiny.yaml"), Amodal.TinyConfig + "\n");
        _amodal.Succeed("data", "synth", "-o", "data.npz", "--utterances", "60", "--seed", "5", "--non-linear", "--components", "2", "--labelled", "20", "--train-missing", "0.2");
        _amodal.Succeed("data", "synth", "-o", "more.npz", "--utterances", "40", "--seed", "6");
        Assert.StartsWith("synth-v1-s5-n60-i0.4-k2-r0.3-l20-m0.2-", DataFile.Read(_amodal.File("data.npz"))["train"].Ids[0]);
        const string note = "20 of 76 training rows have a label; the others train only what needs none.";
        Says(_amodal.Succeed([.. Amodal.TrainArguments("run"), "--also", "more.npz"]), note, "40 utterances of more.npz train what needs no label.");
        _amodal.Succeed([.. Amodal.TrainArguments("run"), "--also", "more.npz", "--resume"]);
        _amodal.Run([.. Amodal.TrainArguments("run"), "--resume"]).IsBadInput("data.npz and also more.npz");
        _amodal.Run([.. Amodal.TrainArguments("other"), "--reuse", "run"]).IsBadInput("data.npz and also more.npz");
        Assert.Contains("optimum", _amodal.Succeed("evaluate", "run", "--protocol", "fixed", "--nfe-curve", "none").Output, StringComparison.Ordinal);
        _amodal.Run("data", "synth", "-o", "none.npz", "--utterances", "60", "--labelled", "37").IsBadInput("--labelled", "1 to 36");
        _amodal.Run("data", "synth", "-o", "none.npz", "--interactions", "1").IsBadInput("--interactions", "0 to 0.95");
    }

    [Fact]
    public void Folds_keep_the_groups_of_a_table_whole_and_say_where_there_are_none()
    {
        var data = SyntheticData.Generate(new SyntheticOptions { Utterances = 60, Seed = 5 });
        NpzWriter.Write(_amodal.File("data.npz"), new DataSet("renamed", data.Modalities,
            [.. data.Splits.Select(split => new Split(split.Name, [.. split.Ids.Select((_, row) => $"{split.Name}{row}")], split.Labels, split.Features))], ""));
        var ids = DataFile.Read(_amodal.File("data.npz")).Splits.SelectMany(split => split.Ids).ToList();
        File.WriteAllText(_amodal.File("groups.csv"), "id,dialogue\n" + string.Concat(ids.Select((id, i) => $"{id},d{i / 4}\n")));
        string[] fold = ["data", "fold", _amodal.File("data.npz"), "--test", "1", "--out", _amodal.File("fold.npz")];
        Says(InProcess.Run(fold), "As many videos as utterances were found");
        Assert.Equal(0, InProcess.Run([.. fold, "--table", _amodal.File("groups.csv"), "--group-column", "dialogue"]).ExitCode);
        var round = DataFile.Read(_amodal.File("fold.npz"));
        Assert.Equal(15, round.Splits.Sum(split => split.Ids.Select(id => ids.IndexOf(id) / 4).Distinct().Count()));
        InProcess.Run([.. fold, "--group-column", "dialogue"]).IsBadInput("--group-column", "--table");
        InProcess.Run([.. fold, "--table", _amodal.File("groups.csv"), "--group-column", "dialogue", "--fold-column", "dialogue"]).IsBadInput("--group-column", "--fold-column");
    }

    public void Dispose() => _amodal.Dispose();

    // Rows 0 and 1 have no sound, row 2 a picture of zeros.
    private static Split WithHoles(Split split) => new(split.Name, split.Ids, split.Labels, [.. split.Features.Select(features =>
    {
        var (values, size) = (features.Values.ToArray(), features.Modality.RowSize);
        if (features.Modality.Name == "acoustic")
        {
            values.AsSpan(0, 2 * size).Fill(float.NaN);
        }
        else if (features.Modality.Name == "vision")
        {
            values.AsSpan(2 * size, size).Clear();
        }

        return new FeatureArray(features.Modality, values, features.Lengths);
    })]);

    private static void Says(Amodal.Result result, params string[] notes)
    {
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.All(notes, note => Assert.Contains(note, result.Errors, StringComparison.Ordinal));
    }
}
