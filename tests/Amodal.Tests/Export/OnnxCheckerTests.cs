using System.Diagnostics;
using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Export;
using Amodal.Prediction;
using Amodal.Tests.Data;
using Amodal.Tests.Training;

namespace Amodal.Tests.Export;

/// <summary>The files as the onnx package of Python sees them (tests/onnx/check.py), which shares no code with what wrote or runs them.</summary>
public class OnnxCheckerTests
{
    private const string Python = "/usr/bin/python3"; // the system's, which sees the system's packages

    [Fact]
    public void Every_graph_of_every_backbone_is_sound()
    {
        Assert.SkipUnless(File.Exists(Python) && Run("-c", "import onnx").ExitCode == 0, "needs Python's onnx (Debian: apt-get install python3-onnx)");
        using var folder = new TemporaryFolder();
        var files = new List<string>();
        foreach (var (kind, recovery) in from kind in Enum.GetValues<BackboneKind>() select (kind, kind == BackboneKind.Mmdit ? Recovery.Joint : Recovery.Separate))
        {
            var options = new ModelOptions
            {
                Latents = new() { Channels = 4 },
                Recovery = recovery,
                Backbone = new() { Kind = kind, Width = 32, Blocks = 2, Heads = 2, MlpWidth = 8, TimeWidth = 4 },
                Alignment = new() { Channels = 4, Blocks = 1, Reduction = 2 },
                Fusion = new() { Layers = 2, Heads = 2 },
            };
            using var model = new AmodalModel(TinyRun.Uneven, options, seed: 1);
            var path = Path.Combine(folder.Name, $"{kind}-{recovery}");
            files.AddRange(ModelExporter.Export(model, seed: 1, path).Files.Select(f => Path.Combine(path, f)));
        }

        var (exitCode, output) = Run([Path.Combine(Repository.Root, "tests", "onnx", "check.py"), .. files]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(files.Count, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static (int ExitCode, string Output) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }
}
