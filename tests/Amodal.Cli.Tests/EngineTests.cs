using System.Globalization;

namespace Amodal.Cli.Tests;

/// <summary>The same run by torch and, exported, by ONNX Runtime.</summary>
public sealed class EngineTests : IClassFixture<EngineTests.Exported>
{
    private readonly Amodal _amodal;

    public EngineTests(Exported exported) => _amodal = exported.Amodal;

    [Theory]
    [InlineData("acoustic")]
    [InlineData("language,vision")]
    public void An_exported_model_predicts_as_its_run(string missing)
    {
        var byTorch = Predictions("run", "torch", missing);
        var byOnnx = Predictions("exported", "onnx", missing);
        Assert.Equal(byTorch.Keys, byOnnx.Keys);
        // The graphs agree to 1e-5 of the largest, and the few steps of the sampler do not make that grow tenfold.
        var largest = byTorch.Values.Max(Math.Abs);
        Assert.All(byTorch, p => Assert.Equal(p.Value, byOnnx[p.Key], tolerance: 1e-4 * largest));
        Assert.True(byTorch.Values.Distinct().Count() > 1);
    }

    [Fact]
    public void In_bfloat16_a_run_predicts_nearly_the_same()
    {
        var (exact, rounded) = (Predictions("run", "torch", "vision"), Predictions("run", "torch", "vision", "--precision", "bfloat16"));
        // A rounding is 2^-9 of a number, and there are some dozens in turn.
        var largest = exact.Values.Max(Math.Abs);
        Assert.All(exact, p => Assert.Equal(p.Value, rounded[p.Key], tolerance: 25 * Math.Pow(2, -9) * largest));
        Assert.Contains(exact, p => p.Value != rounded[p.Key]);
        var facts = _amodal.Succeed("evaluate", "run", "--precision", "bfloat16", "--mask-seeds", "1", "--nfe-curve", "none", "--out", "b", "--against", "run", "--name", "rounded");
        Assert.Contains("rounded", facts.Output, StringComparison.Ordinal);
        Assert.Contains("bfloat16", File.ReadAllText(_amodal.File(Path.Combine("b", "report.html"))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_precision_says_where_it_can_be_had()
    {
        Run("run", "--precision", "int8").IsBadInput("'int8'", "float32, bfloat16");
        Run("exported", "--precision", "bfloat16").IsBadInput("exported model", "export the run again");
        _amodal.Run("evaluate", "exported", "--data", "data.npz", "--precision", "float32").IsBadInput("exported model");
        _amodal.Run("export", "run", "--out", "none", "--precision", "bfloat16").IsBadInput("'bfloat16'", "float32, int8");
        _amodal.Run("bench", "run", "--precision", "float32,half").IsBadInput("'half'", "float32, bfloat16");
    }

    [Fact]
    public void An_exported_model_evaluates_and_imputes()
    {
        var arrays = _amodal.Succeed("recover", "exported", "--data", "data.npz", "--missing", "vision", "--out", "x.npz", "--json");
        Assert.Contains("aligned/vision", arrays.Output, StringComparison.Ordinal);
        var rows = _amodal.Succeed("evaluate", "exported", "--data", "data.npz", "--mask-seeds", "1", "--nfe-curve", "2", "--out", "r", "--json");
        Assert.Contains("average-incomplete", rows.Output, StringComparison.Ordinal);
        Assert.Contains("\"optimum\"", rows.Output, StringComparison.Ordinal); // generated data are recognised here too
        Assert.True(File.Exists(_amodal.File(Path.Combine("r", "report.html"))));
    }

    [Fact]
    public void With_the_onnx_engine_no_libtorch_is_loaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the libraries a process loads are listed by glibc's loader");
        var onnx = Libraries("exported");
        Assert.Contains("libonnxruntime", onnx, StringComparison.Ordinal);
        Assert.DoesNotContain("libtorch", onnx, StringComparison.OrdinalIgnoreCase); // LibTorchSharp is one of these, too
        Assert.DoesNotContain("libc10", onnx, StringComparison.Ordinal);
        Assert.Contains("libtorch", Libraries("run"), StringComparison.Ordinal); // or else the list shows nothing
    }

    [Fact]
    public void An_engine_says_which_folder_it_wants()
    {
        Run("run", "--engine", "onnx").IsBadInput("is a run", "amodal export run -o run-onnx");
        Run("exported", "--engine", "torch").IsBadInput("is an exported model", "--engine onnx");
        Run("run", "--engine", "tensorflow").IsBadInput("'tensorflow' is not known", "torch, onnx");
        Run("exported", "--device", "cuda").IsBadInput("--device", "cpu only");
        Run("exported", "--threads", "100000").IsBadInput("--threads", "is 100000", "0 to 8");
        _amodal.Run("evaluate", "exported").IsBadInput("--data", "does not know its data");
        _amodal.Run("evaluate", "exported", "exported", "--data", "data.npz").IsBadInput("one exported model at a time");
    }

    private Amodal.Result Run(string folder, params string[] more) =>
        _amodal.Run(["predict", folder, "--data", "data.npz", "--missing", "vision", "--out", "none.csv", .. more]);

    private Dictionary<string, double> Predictions(string folder, string engine, string missing, params string[] more)
    {
        var file = $"{engine}.csv";
        _amodal.Succeed(["predict", folder, "--engine", engine, "--data", "data.npz", "--missing", missing, "--out", file, .. more]);
        return File.ReadLines(_amodal.File(file)).Skip(1).Select(l => l.Split(',')).ToDictionary(f => f[0], f => double.Parse(f[2], CultureInfo.InvariantCulture));
    }

    /// <summary>What glibc's loader writes of the libraries that a prediction loads.</summary>
    private string Libraries(string folder)
    {
        var log = $"loader-{folder}";
        var environment = new Dictionary<string, string> { ["LD_DEBUG"] = "files", ["LD_DEBUG_OUTPUT"] = _amodal.File(log) };
        using var process = _amodal.Start(environment, ["predict", folder, "--data", "data.npz", "--missing", "vision", "--out", $"{log}.csv"]);
        var result = process.Wait();
        Assert.True(result.ExitCode == 0, result.Errors);
        return string.Concat(Directory.GetFiles(_amodal.Folder, $"{log}.*").Where(f => !f.EndsWith(".csv", StringComparison.Ordinal)).Select(File.ReadAllText));
    }

    public sealed class Exported : IDisposable
    {
        public Exported() => Amodal.Succeed("export", "run", "--out", "exported");

        internal Amodal Amodal { get; } = Amodal.WithRun();

        public void Dispose() => Amodal.Dispose();
    }
}
