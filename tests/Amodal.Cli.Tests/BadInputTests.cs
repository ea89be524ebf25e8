using global::Amodal.Data;
using global::Amodal.Tests.Files;

namespace Amodal.Cli.Tests;

/// <summary>Bad input ends with exit code 2 and a message that says what, where and what to do; nothing is half-written.</summary>
public class BadInputTests
{
    [Theory]
    [InlineData("evaluate")]
    [InlineData("train", "x.yaml")]
    [InlineData("predict", "run", "--unknown")]
    [InlineData("nonsense")]
    public void Bad_usage(params string[] args)
    {
        using var amodal = new Amodal();
        amodal.Run(args).IsBadInput("--help");
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("data", "inspect")]
    [InlineData("data", "synth")]
    [InlineData("data", "convert")]
    [InlineData("data", "fold")]
    [InlineData("train")]
    [InlineData("evaluate")]
    [InlineData("predict")]
    [InlineData("recover")]
    [InlineData("data", "masks")]
    [InlineData("compare")]
    [InlineData("experiment", "run")]
    [InlineData("bench")]
    public void Every_command_helps_with_an_example(params string[] command)
    {
        using var amodal = new Amodal();
        Assert.Contains("Example: amodal " + string.Join(' ', command), amodal.Succeed([.. command, "--help"]).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_another_process_trains_is_left_alone()
    {
        using var amodal = Amodal.WithData();
        Directory.CreateDirectory(amodal.File("run"));
        using (new FileStream(amodal.File("run/training.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            File.WriteAllText(amodal.File("run/training.pid"), "process 1 on here");
            amodal.Run(Amodal.TrainArguments("run")).IsBadInput("run: is being trained by another training (process 1 on here), and", "or choose another folder", "(--out)");
            amodal.Run([.. Amodal.TrainArguments("run"), "--resume"]).IsBadInput("is being trained by another training");
        }

        amodal.Train("run", "--threads", "2", "--set", "score.epochs=1,stage2.epochs=1,classifier.epochs=1");
        Assert.Contains("threads: 2", File.ReadAllText(amodal.File("run/config.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_with_a_typo_names_the_key_and_the_line()
    {
        using var amodal = Amodal.WithData();
        File.WriteAllText(amodal.File("tiny.yaml"), "name: x\nbackbone:\n  widht: 32\n");
        amodal.Run(Amodal.TrainArguments("run")).IsBadInput("tiny.yaml", "line 3", "widht", "width");
        Assert.False(Directory.Exists(amodal.File("run")));
        File.WriteAllText(amodal.File("tiny.yaml"), "backbone:\n  width: many\n");
        amodal.Run(Amodal.TrainArguments("run")).IsBadInput("line 2", "width");
        amodal.Run([.. Amodal.TrainArguments("run"), "--set", "backbone.width=-1"]).IsBadInput("width");
    }

    [Fact]
    public void Files_that_are_not_there_or_not_data()
    {
        using var amodal = new Amodal();
        File.WriteAllText(amodal.File("tiny.yaml"), Amodal.TinyConfig);
        amodal.Run("data", "inspect", "nothing.pkl").IsBadInput("nothing.pkl");
        File.WriteAllText(amodal.File("text.pkl"), "not a pickle");
        amodal.Run("data", "inspect", "text.pkl").IsBadInput("text.pkl");
        File.WriteAllBytes(amodal.File("evil.pkl"), [0x80, 2, .. "cos\nsystem\nX\v\0\0\0touch pwned"u8, 0x85, (byte)'R', (byte)'.']);
        amodal.Run("data", "inspect", "evil.pkl").IsBadInput("evil.pkl", "os.system");
        Assert.False(File.Exists(amodal.File("pwned")));
        amodal.Run("train", "tiny.yaml", "--data", "evil.pkl", "--out", "run").IsBadInput("os.system");
        Assert.False(Directory.Exists(amodal.File("run")));
    }

    [Fact]
    public void Checkpoints_that_are_none()
    {
        using var amodal = new Amodal();
        File.WriteAllText(amodal.File("model.pth"), "no zip archive");
        amodal.Run("import", "imder", "model.pth", "--out", "run").IsBadInput("model.pth", "no zip archive", "torch.save");
        amodal.Run("import", "imder", "gone.pth", "--out", "run").IsBadInput("gone.pth", "is not there");
        Assert.False(Directory.Exists(amodal.File("run")));
    }

    [Fact]
    public void Data_that_are_not_sound()
    {
        using var amodal = new Amodal();
        File.WriteAllText(amodal.File("tiny.yaml"), Amodal.TinyConfig);
        Check("no-labels.npz", arrays => arrays.Remove("train.labels"), "split 'train'", "labels");
        Check("nan.npz", arrays => arrays["valid.labels"] = ([1, float.NaN, -1], [3]), "split 'valid'", "NaN");
        Check("empty.npz", arrays =>
        {
            arrays["test.labels"] = ([], [0]);
            arrays["test/sight"] = ([], [0, 4, 2]);
            arrays["test/sound"] = ([], [0, 3, 1]);
        }, "split 'test'", "is empty");
        Check("rows.npz", arrays => arrays["train/sound"] = (new float[6], [2, 3, 1]), "train/sound", "has 2 rows", "3 labels");
        Check("shape.npz", arrays => arrays["valid/sound"] = (new float[9], [3, 1, 3]), "valid/sound", "3 steps of 1 features");

        void Check(string name, Action<Dictionary<string, (float[] Values, int[] Shape)>> spoil, params string[] parts)
        {
            Dictionary<string, (float[] Values, int[] Shape)> arrays = [];
            foreach (var split in DataSet.SplitNames)
            {
                arrays[$"{split}.labels"] = ([1, 2, -1], [3]);
                arrays[$"{split}/sight"] = (new float[24], [3, 4, 2]);
                arrays[$"{split}/sound"] = (new float[9], [3, 3, 1]);
            }

            spoil(arrays);
            NpzWriter.Write(amodal.File(name), arrays.Select(a => (a.Key, a.Value.Values, (IReadOnlyList<int>)a.Value.Shape)), []);
            amodal.Run("train", "tiny.yaml", "--data", name, "--out", "run").IsBadInput([name, .. parts]);
            Assert.False(Directory.Exists(amodal.File("run")));
        }
    }

    [Fact]
    public void A_run_that_is_none_or_unfinished()
    {
        using var amodal = Amodal.WithRun();
        Directory.CreateDirectory(amodal.File("empty"));
        amodal.Run("evaluate", "empty").IsBadInput("empty", "manifest.json");

        File.Delete(amodal.File("run/score.safetensors"));
        amodal.Run("evaluate", "run").IsBadInput("run", "score", "finish its training", "(amodal train --resume)");
        amodal.Run(Amodal.TrainArguments("run")).IsBadInput("holds a run already", "(--resume, --out)");

        File.WriteAllBytes(amodal.File("run/score.safetensors"), File.ReadAllBytes(amodal.File("run/classifier.safetensors"))[..200]);
        amodal.Run("evaluate", "run").IsBadInput("score.safetensors");
    }

    [Fact]
    public void A_run_whose_data_are_gone_or_others()
    {
        using var amodal = Amodal.WithRun();
        File.Move(amodal.File("data.npz"), amodal.File("moved.npz"));
        amodal.Run("evaluate", "run").IsBadInput("data.npz", "not there", "--data");
        amodal.Succeed("data", "synth", "-o", "data.npz", "--utterances", "60", "--seed", "6");
        amodal.Run("evaluate", "run").IsBadInput("data.npz", "has changed", "--data");
        NpzWriter.Write(amodal.File("other.npz"), new[] { "train", "valid", "test" }.SelectMany(split => new (string, float[], IReadOnlyList<int>)[]
        {
            ($"{split}.labels", [1, -1], [2]), ($"{split}/a", [1, 2], [2, 1, 1]), ($"{split}/b", [1, 2], [2, 1, 1]),
        }), []);
        amodal.Run("evaluate", "run", "--data", "other.npz").IsBadInput("other.npz", "a (1 x 1)", "language (12 x 24)");
    }

    [Fact]
    public void Names_and_numbers_that_do_not_fit()
    {
        using var amodal = Amodal.WithRun();
        string[] predict = ["predict", "run", "--data", "data.npz", "--out", "p.csv"];
        amodal.Run([.. predict, "--missing", "acustic"]).IsBadInput("--missing", "'acustic'", "acoustic");
        amodal.Run([.. predict, "--missing", "language,acoustic,vision"]).IsBadInput("--missing", "at least one");
        amodal.Run([.. predict, "--missing", "vision", "--samples", "0"]).IsBadInput("--samples");
        amodal.Run([.. predict, "--missing", "vision", "--sampler", "magic"]).IsBadInput("--sampler", "ddim");
        amodal.Run([.. predict, "--missing", "vision", "--device", "cuda"]).IsBadInput("--device", "cpu");
        amodal.Run([.. predict, "--missing", "vision", "--split", "dev"]).IsBadInput("dev", "test");
        amodal.Run("evaluate", "run", "--missing-rate", "0.9").IsBadInput("0.9");
        amodal.Run("evaluate", "run", "--missing-rate", "x").IsBadInput("--missing-rate", "x");
        amodal.Run("data", "masks", "data.npz", "--missing-rate", "0.95", "--out", "m.csv").IsBadInput("0.95");

        amodal.Succeed("data", "masks", "data.npz", "--missing-rate", "0.5", "--out", "m.csv");
        var lines = File.ReadAllLines(amodal.File("m.csv"));
        File.WriteAllLines(amodal.File("none.csv"), [lines[0], $"{lines[1].Split(',')[0]},0,0,0", .. lines[2..]]);
        amodal.Run([.. predict, "--masks", "none.csv"]).IsBadInput("none.csv", "line 2", "all modalities are missing", lines[1].Split(',')[0]);
        Assert.False(File.Exists(amodal.File("p.csv")));

        amodal.Succeed("data", "synth", "-o", "other.npz", "--utterances", "60", "--seed", "6");
        amodal.Run("train", "tiny.yaml", "--data", "other.npz", "--out", "run", "--resume").IsBadInput("other.npz", "not the data");
    }

    [Theory]
    [InlineData("data", "synth", "")]
    [InlineData("data", "inspect", "")]
    [InlineData("data", "convert", "a.npz", "-o", "")]
    [InlineData("data", "fold", "a.npz", "--test", "0", "--out", "")]
    [InlineData("train", "", "--data", "a", "--out", "b")]
    [InlineData("evaluate", "")]
    [InlineData("evaluate", "run", "--out", "")]
    [InlineData("compare", "")]
    [InlineData("demo", "--out", "")]
    [InlineData("experiment", "run", "6.1", "--data", "")]
    public void Empty_texts_are_bad_usage(params string[] args)
    {
        InProcess.Run(args).IsBadInput("is empty");
    }

    [Theory]
    [InlineData("--seed", "data", "synth", "-o", "a.npz", "--seed", "-1")]
    [InlineData("--seed", "data", "fold", "a.npz", "--test", "0", "--out", "b.npz", "--seed", "-1")]
    [InlineData("--seed", "data", "masks", "a.npz", "--missing-rate", "0.5", "--out", "m.csv", "--seed", "-1")]
    [InlineData("--seed", "predict", "run", "--data", "a.npz", "--out", "p.csv", "--seed", "-1")]
    [InlineData("--seed", "recover", "run", "--data", "a.npz", "--missing", "vision", "--out", "p.npz", "--seed", "-1")]
    [InlineData("--seed", "figure", "run", "--observed", "vision", "--out", "f", "--seed", "-1")]
    [InlineData("--seed", "train", "x.yaml", "--data", "a.npz", "--out", "run", "--seed", "-1")]
    [InlineData("--seed", "demo", "--seed", "-1")]
    [InlineData("--seed", "demo", "--seed", "3000000000")]
    [InlineData("--folds", "data", "fold", "a.npz", "--test", "0", "--out", "b.npz", "--folds", "0")]
    [InlineData("--folds", "data", "fold", "a.npz", "--test", "0", "--out", "b.npz", "--folds", "2")]
    public void Numbers_out_of_range_are_refused_alike(string option, params string[] args)
    {
        InProcess.Run(args).IsBadInput(option, args[^1]);
    }

    [Fact]
    public void A_full_disk_and_no_permission()
    {
        using var amodal = Amodal.WithData();
        var disk = Directory.CreateDirectory(amodal.File("disk")).FullName;
        if (!SystemProgram.Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk))
        {
            Assert.Skip("mounting a small tmpfs is not permitted here");
        }

        try
        {
            amodal.Run(Amodal.TrainArguments("disk/run")).IsBadInput("disk", "space");
            Assert.Empty(Directory.GetFiles(disk, "*.tmp", SearchOption.AllDirectories));
            Assert.True(SystemProgram.Run("mount", "-o", "remount,ro", disk));
            amodal.Run("data", "synth", "-o", "disk/data.npz").IsBadInput("disk/data.npz");
            amodal.Run("train", "tiny.yaml", "--data", "data.npz", "--out", "disk/other").IsBadInput("disk/other");
        }
        finally
        {
            SystemProgram.Run("umount", disk);
        }
    }
}
