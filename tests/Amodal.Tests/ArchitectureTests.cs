using System.Text.RegularExpressions;

namespace Amodal.Tests;

/// <summary>The folders follow the data's way, and a folder uses only those before it.</summary>
public partial class ArchitectureTests
{
    // What each folder may use, beside the ground (Randomness, Native, Files, Configuration) and itself.
    private static readonly Dictionary<string, string[]> _allowed = new()
    {
        ["Native"] = [],
        ["Targets"] = [],
        ["Randomness"] = [],
        ["Files"] = [],
        ["Configuration"] = [],
        ["Data"] = [],
        ["Missingness"] = ["Data"],
        ["Latents"] = ["Data", "Missingness"],
        ["Diffusion"] = ["Missingness", "Latents"],
        ["Alignment"] = ["Latents"],
        ["Fusion"] = ["Latents"],
        ["Prediction"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion"],
        ["Methods"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction", "Training"],
        ["Export"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction", "Methods"],
        ["Engines"] = ["Data", "Missingness", "Latents", "Diffusion", "Prediction", "Methods", "Export"],
        ["Evaluation"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction"],
        ["Training"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction", "Evaluation"],
        ["Runs"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction", "Training", "Methods", "Export", "Engines", "Evaluation"],
        ["Experiments"] = ["Data", "Missingness", "Latents", "Diffusion", "Prediction", "Evaluation", "Training", "Methods", "Runs"],
        ["Benchmarks"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction", "Export", "Engines", "Evaluation", "Training", "Methods", "Runs", "Experiments"],
    };

    private static readonly string[] _ground = ["Randomness", "Native", "Files", "Configuration", "Targets"];
    private static readonly string[] _withoutTorch = ["Data", "Missingness", "Randomness", "Configuration"];

    [Fact]
    public void Dependencies_point_one_way()
    {
        var faults = Sources().SelectMany(file => Usings(file.Text)
            .Where(used => used != file.Folder && !_ground.Contains(used) && !_allowed[file.Folder].Contains(used))
            .Select(used => $"{file.Name} uses {used}"));
        Assert.Empty(faults);
    }

    [Fact]
    public void Data_and_missingness_know_no_torch() =>
        Assert.Empty(Sources().Where(f => _withoutTorch.Contains(f.Folder) && f.Text.Contains("TorchSharp", StringComparison.Ordinal)).Select(f => f.Name));

    // Native only: how the user wants libtorch's threads to wait is said nowhere else.
    [Fact]
    public void The_library_writes_to_no_console_and_reads_no_environment() =>
        Assert.Empty(Sources().Where(f => f.Text.Contains("Console.", StringComparison.Ordinal)
            || (f.Folder != "Native" && f.Text.Contains("GetEnvironmentVariable", StringComparison.Ordinal))).Select(f => f.Name));

    private static IEnumerable<(string Folder, string Name, string Text)> Sources()
    {
        var files = new[] { "Amodal", "Amodal.Onnx" }.Select(project => Path.Combine(Repository.Root, "src", project))
            .SelectMany(root => Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories).Select(f => (Name: Path.GetRelativePath(root, f), Path: f)))
            .Where(f => f.Name.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) && !f.Name.StartsWith("obj", StringComparison.Ordinal) && !f.Name.StartsWith("bin", StringComparison.Ordinal))
            .Select(f => (f.Name.Split(Path.DirectorySeparatorChar)[0], f.Name, File.ReadAllText(f.Path))).ToList();
        Assert.True(files.Count > 50, "the sources were not found");
        return files;
    }

    private static IEnumerable<string> Usings(string text) =>
        UsingLine().Matches(text).Select(m => m.Groups[1].Value).Where(_allowed.ContainsKey).Distinct();

    [GeneratedRegex(@"^using (?:static )?Amodal\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex UsingLine();
}
