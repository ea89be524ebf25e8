using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Amodal.Cli.Tests;

/// <summary>What evaluate asks and where it writes.</summary>
public sealed class EvaluateTests(EvaluateTests.Trained trained) : IClassFixture<EvaluateTests.Trained>
{
    private readonly Amodal _amodal = trained.Amodal;

    [Fact]
    public void Another_sampler_does_not_replace_the_report_of_the_runs_own()
    {
        Succeed("evaluate", "run", "--mask-seeds", "1", "--nfe-curve", "none");
        var own = File.ReadAllText(Path("run/report/results.json"));
        Assert.Contains("report-nfe-5", Succeed("evaluate", "run", "--mask-seeds", "1", "--nfe-curve", "none", "--nfe", "5").Errors, StringComparison.Ordinal);
        Succeed("evaluate", "run", "--mask-seeds", "1", "--nfe-curve", "none", "--sampler", "heun", "--nfe", "3", "--samples", "2", "--split", "valid");
        Assert.Equal(own, File.ReadAllText(Path("run/report/results.json")));
        Assert.Contains("5 network evaluations", File.ReadAllText(Path("run/report-nfe-5/results.json")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path("run/report-valid-heun-samples-2/report.html")));
        Succeed("evaluate", "run", "--mask-seeds", "1", "--nfe-curve", "none", "--data", "data.npz"); // the same data by name is no other setting
        Assert.False(Directory.Exists(Path("run/report-data")));
    }

    [Fact]
    public void Files_are_written_before_anything_is_printed()
    {
        using var closed = new ClosedPipe();
        using var errors = new StringWriter();
        string[] args = ["evaluate", Path("run"), "--data", Path("data.npz"), "--mask-seeds", "1", "--nfe-curve", "none", $"--json={Path("rows.json")}", "--out", Path("printed")];
        _ = Record.Exception(() => CommandLine.Run(args, new Terminal(Console(closed), Console(errors), closed)));
        Assert.True(closed.WasWritten);
        Assert.True(File.Exists(Path("printed/report.html")) && File.Exists(Path("printed/results.json")) && File.Exists(Path("rows.json")));
    }

    [Fact]
    public void Results_are_written_and_printed_where_the_report_cannot_be()
    {
        Directory.CreateDirectory(Path("broken/tables.csv")); // where a file of the report belongs
        var result = Run("evaluate", "run", "--mask-seeds", "1", "--nfe-curve", "none", "--protocol", "fixed", "--out", "broken");
        result.IsBadInput("tables.csv", "The results are whole, in ", "broken-unfinished");
        Assert.StartsWith("tiny reaches", result.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path("broken-unfinished/results.json")));
        Assert.False(File.Exists(Path("broken/report.html")) || File.Exists(Path("broken/results.json")));
    }

    [Fact]
    public void Masks_of_ones_own_are_one_question()
    {
        Succeed("data", "masks", "data.npz", "--missing-rate", "acoustic=0.3,vision=0.1", "--out", "masks.csv");
        Assert.Equal(9, File.ReadLines(Path("masks.csv")).Skip(1).Count(l => l.Split(',')[2] == "0")); // of 30
        Succeed("evaluate", "run", "--masks", "masks.csv", "--json=own.json");
        var row = Rows("own.json").Single(r => r.GetProperty("method").GetString() == "tiny");
        Assert.Equal("masks.csv", row.GetProperty("masks").GetString());
        Assert.All(Rows("own.json"), r => Assert.Equal("masks", r.GetProperty("protocol").GetString()));
        Assert.True(File.Exists(Path("run/report-masks.csv/report.html")));

        // The same masks by predict, whose file holds the labels.
        Succeed("predict", "run", "--data", "data.npz", "--masks", "masks.csv", "--out", "p.csv");
        Succeed("predict", "run", "--data", "data.npz", "--missing-rate", "vision=0.1,acoustic=0.3", "--out", "q.csv");
        var lines = File.ReadAllLines(Path("p.csv"));
        Assert.Equal("id,observed,prediction,label", lines[0]);
        Assert.Equal(lines, File.ReadAllLines(Path("q.csv")));
        var mae = lines.Skip(1).Select(l => l.Split(',')).Average(f => Math.Abs(Number(f[2]) - Number(f[3])));
        Assert.Equal(row.GetProperty("metrics").GetProperty("mae").GetProperty("mean").GetDouble(), mae, 1e-6);

        Succeed("evaluate", "run", "--missing-rate", "acoustic=0.3,vision=0.1", "--mask-seeds", "2", "--protocol", "fixed", "--nfe-curve", "none", "--json=both.json", "--out", "both");
        Assert.Equal(["fixed", "masks"], Rows("both.json").Select(r => r.GetProperty("protocol").GetString()!).Distinct());
        Assert.Contains("acoustic=0.3,vision=0.1", Succeed("compare", "both/results.json").Output, StringComparison.Ordinal);

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Masks_may_have_gaps_in_time()
    {
        Succeed("data", "masks", "data.npz", "--missing-rate", "acoustic=0.3", "--out", "gaps.csv");
        var rows = File.ReadAllLines(Path("gaps.csv"));
        var columns = rows[0].Split(',');
        File.WriteAllLines(Path("gaps.csv"), [rows[0], .. rows.Skip(1).Select(row => string.Join(',', row.Split(',').Zip(columns, (cell, column) => column == "vision" ? "0:2" : cell)))]);
        Succeed("evaluate", "run", "--masks", "gaps.csv", "--json=gaps.json");
        var ours = Rows("gaps.json").Single(r => r.GetProperty("method").GetString() == "tiny");
        Succeed("predict", "run", "--data", "data.npz", "--masks", "gaps.csv", "--out", "gaps-p.csv");
        var predicted = File.ReadLines(Path("gaps-p.csv")).Skip(1).Select(l => l.Split(',')).ToList();
        Assert.All(predicted, f => Assert.Matches(@"^language\+(acoustic\+)?vision\(2 of \d+\)$", f[1]));
        Assert.Equal(ours.GetProperty("metrics").GetProperty("mae").GetProperty("mean").GetDouble(),
            predicted.Average(f => Math.Abs(double.Parse(f[2], CultureInfo.InvariantCulture) - double.Parse(f[3], CultureInfo.InvariantCulture))), 1e-6);
        Assert.DoesNotContain(Rows("gaps.json"), r => r.GetProperty("method").GetString() == "optimum"); // it is known for whole modalities
        File.WriteAllText(Path("gaps.csv"), File.ReadAllText(Path("gaps.csv")).Replace("0:2", "0:2000", StringComparison.Ordinal));
        Run("predict", "run", "--data", "data.npz", "--masks", "gaps.csv", "--out", "none.csv").IsBadInput("gaps.csv", "line 2", "'vision' is '0:2000'", "steps");
    }

    [Fact]
    public void What_cannot_be_asked_is_refused_before_the_work()
    {
        Run("data", "masks", "data.npz", "--out", "none.csv").IsBadInput("--missing-rate", "required");
        Run("data", "masks", "data.npz", "--missing-rate", "0.1,vision=0.1", "--out", "none.csv").IsBadInput("--missing-rate", "'0.1'");
        Run("data", "masks", "data.npz", "--missing-rate", "0.9", "--out", "none.csv").IsBadInput("--missing-rate", "0.9");
        Run("evaluate", "run", "--missing-rate", "sound=0.1").IsBadInput("'sound'");
        Run("evaluate", "run", "--name", "zero-fill").IsBadInput("'zero-fill'", "another name. (--name)");
        Run("evaluate", "run", "--sampler", "probability-flow", "--nfe", "9", "--nfe-curve", "0").IsBadInput("--nfe-curve");
        Run("evaluate", "run", "--guidance", "101").IsBadInput("give 0 to 100");
        Run("evaluate", "run", "--guidance", "1").IsBadInput("train with score.emptyConditionRate over 0");
        Assert.False(File.Exists(Path("none.csv")));
        // Of the usual budgets, those that the sampler cannot have are left out.
        Succeed("evaluate", "run", "--sampler", "predictor-corrector", "--nfe", "12", "--mask-seeds", "1", "--protocol", "fixed", "--out", "pc");
    }

    private static IAnsiConsole Console(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No, Interactive = InteractionSupport.No });

    private string Path(string name) => _amodal.File(name);

    private List<JsonElement> Rows(string file) => [.. JsonDocument.Parse(File.ReadAllText(Path(file))).RootElement.GetProperty("rows").EnumerateArray()];

    private Amodal.Result Run(params string[] args) => _amodal.Run(args);

    private Amodal.Result Succeed(params string[] args) => _amodal.Succeed(args);

    public sealed class Trained : IDisposable
    {
        internal Amodal Amodal { get; } = Amodal.WithRun();

        public void Dispose() => Amodal.Dispose();
    }

    /// <summary>Standard output whose reader has gone.</summary>
    private sealed class ClosedPipe : StringWriter
    {
        public bool WasWritten { get; private set; }

        public override void Write(char value) => Fail();

        public override void Write(char[] buffer, int index, int count) => Fail();

        public override void Write(string? value) => Fail();

        public override void Write(ReadOnlySpan<char> buffer) => Fail();

        private void Fail()
        {
            WasWritten = true;
            throw new IOException("Broken pipe");
        }
    }
}
