namespace Amodal.Cli.Tests;

/// <summary>A run put to use on data that is not quite that of its training.</summary>
public sealed class OtherDataTests : IClassFixture<OtherDataTests.Trained>
{
    private readonly Amodal _amodal;

    public OtherDataTests(Trained trained) => _amodal = trained.Amodal;

    [Fact]
    public void Another_order_of_modalities_changes_no_prediction()
    {
        Assert.Equal(Predict("base.pkl"), Predict("order.pkl"));
        Assert.Equal(Predict("base.pkl", "--missing", "vision"), Predict("order.pkl", "--missing", "vision"));
    }

    [Fact]
    public void Labels_are_not_needed()
    {
        var labelled = Predict("base.pkl");
        foreach (var file in new[] { "nolabel.pkl", Path.Combine("..", "13-splits", "unlabelled_test.pkl") })
        {
            var lines = Predict(file);
            Assert.Equal(labelled.Select(line => line[..line.LastIndexOf(',')]), lines);
            Assert.Equal("id,observed,prediction", lines[0]);
        }

        _amodal.Run("evaluate", "run", "--data", Case("nolabel.pkl")).IsBadInput("split 'test'", "has no labels");
        _amodal.Run("evaluate", "run", "--data", Case("order.pkl")).IsBadInput("in the same order");
    }

    [Theory]
    [InlineData("run"), InlineData("exported")]
    public void What_is_absent_or_wholly_NaN_is_missing(string run)
    {
        var expected = Predict(run, "base.pkl", out _, "--missing", "audio");
        Assert.Equal(expected, Predict(run, "absent.pkl", out var absent));
        Assert.Contains("There is no array 'audio': the modality is missing in every row.", absent, StringComparison.Ordinal);
        Assert.Equal(expected, Predict(run, "audio_nan.pkl", out var nan));
        Assert.Contains("'audio' in test has no number in 12 of 12 rows", nan, StringComparison.Ordinal);
        _amodal.Run("predict", run, "--data", Case("absent.pkl"), "--missing", "text,vision", "-o", "x.csv").IsBadInput("id 'vt00$_$0'", "nothing can be predicted from nothing");
    }

    [Theory]
    [InlineData("run"), InlineData("exported")]
    public void What_is_absent_is_recovered_without_a_word_of_it(string run)
    {
        Assert.Contains("recovered/audio", Recover("absent.pkl"), StringComparison.Ordinal);
        Assert.DoesNotContain("true/audio", Recover("absent.pkl"), StringComparison.Ordinal);
        Assert.Contains("recovered/audio", Recover("audio_nan.pkl"), StringComparison.Ordinal);
        Assert.Contains("true/vision", Recover("absent.pkl", "--missing", "vision"), StringComparison.Ordinal);
        _amodal.Run("recover", run, "--data", Case("base.pkl"), "-o", "x.npz").IsBadInput("--missing", "there is nothing to recover");

        string Recover(string file, params string[] more) => _amodal.Succeed(["recover", run, "--data", Case(file), "-o", "x.npz", .. more]).Errors;
    }

    private string[] Predict(string file, params string[] more) => Predict("run", file, out _, more);

    private string[] Predict(string run, string file, out string notes, params string[] more)
    {
        notes = _amodal.Succeed(["predict", run, "--data", Case(file), "-o", "p.csv", .. more]).Errors;
        return File.ReadAllLines(_amodal.File("p.csv"));
    }

    private static string Case(string file) => Trained.Shared(Path.Combine("cases", "15-other-data", file));

    /// <summary>A run on the case's data, and its export; nothing where the cases are absent.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            File.WriteAllText(Amodal.File("tiny.yaml"), global::Amodal.Cli.Tests.Amodal.TinyConfig);
            if (File.Exists(Shared(Path.Combine("cases", "15-other-data", "base.pkl"), skip: false)))
            {
                Amodal.Succeed("train", "tiny.yaml", "--data", Case("base.pkl"), "-o", "run");
                Amodal.Succeed("export", "run", "-o", "exported");
            }
        }

        internal Amodal Amodal { get; } = new();

        public static string Shared(string file, bool skip = true)
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Amodal.slnx")))
            {
                folder = folder.Parent!;
            }

            var path = Path.Combine(folder.Parent!.FullName, "shared", file);
            Assert.SkipWhen(skip && !File.Exists(path), $"needs {file} beside the repository");
            return path;
        }

        public void Dispose() => Amodal.Dispose();
    }
}
