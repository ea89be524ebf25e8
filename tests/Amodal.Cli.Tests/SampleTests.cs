using System.Diagnostics;
using System.Text.Json;
using global::Amodal.Data;

namespace Amodal.Cli.Tests;

/// <summary>The sample of docs/guide/embedding.md, published as a user would and asked.</summary>
public sealed class SampleTests : IClassFixture<EngineTests.Exported>
{
    private const long Most = 60_000_000;
    private readonly Amodal _amodal;

    public SampleTests(EngineTests.Exported exported) => _amodal = exported.Amodal;

    [Fact]
    public void It_is_published_without_torch_in_60_MB_and_answers_as_the_command_does()
    {
        var project = Path.Combine(DocumentTests.Root, "samples", "OnnxService");
        var folder = _amodal.File("service");
        // What the tests were built with is published as it is: nothing is fetched.
        var (code, output) = Run("dotnet", ["publish", project, "--no-build", "-c", Configuration, "-o", folder, "-v", "q"], "");
        Assert.True(code == 0, output);
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(files, f => f.Contains("torch", StringComparison.OrdinalIgnoreCase) || f.Contains("Skia", StringComparison.OrdinalIgnoreCase));
        Assert.InRange(files.Sum(f => new FileInfo(f).Length), 1, Most);

        var test = DataFile.Read(_amodal.File("data.npz"))["test"];
        var observed = test.Features.Where(f => f.Modality.Name != "vision").Reverse().ToList();
        var requests = Enumerable.Range(0, test.Count).Select(row => JsonSerializer.Serialize(observed.ToDictionary(f => f.Modality.Name, f => (object)f.Row(row).ToArray().Chunk(f.Modality.Width))
            .Append(KeyValuePair.Create("id", (object)test.Ids[row])).Append(KeyValuePair.Create("other", (object)new[] { new[] { 1f } })).ToDictionary()));
        (code, output) = Run("dotnet", [Path.Combine(folder, "OnnxService.dll"), _amodal.File("exported")], string.Join('\n', [.. requests, "no JSON", "{}"]));
        Assert.True(code == 0, output);
        var answers = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(2, answers.Count(a => a.TryGetProperty("error", out _)));
        var predictions = answers.Where(a => a.TryGetProperty("id", out _)).ToDictionary(a => a.GetProperty("id").GetString()!);
        Assert.All(predictions.Values, a => Assert.StartsWith("'other' is ignored", a.GetProperty("notes")[0].GetString(), StringComparison.Ordinal));

        _amodal.Succeed("predict", "exported", "--data", "data.npz", "--missing", "vision", "-o", "s.csv", "--threads", "1");
        var expected = File.ReadLines(_amodal.File("s.csv")).Skip(1).Select(l => l.Split(',')).ToList();
        Assert.Equal(test.Count, expected.Count);
        var largest = expected.Max(l => Math.Abs(Number(l[2])));
        // Alone and in a batch the sums come in another order, and few steps do not make that grow tenfold.
        Assert.All(expected, l => Assert.Equal(Number(l[2]), predictions[l[0]].GetProperty("prediction").GetDouble(), 1e-4 * largest));
    }

    private static string Configuration => AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static (int Code, string Output) Run(string program, string[] args, string input)
    {
        using var running = new Amodal.Running(Process.Start(new ProcessStartInfo(program, args)
        {
            WorkingDirectory = DocumentTests.Root, // that of this process may be one that another test has removed
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
        running.Process.StandardInput.Write(input);
        running.Process.StandardInput.Close();
        var result = running.Wait();
        return (result.ExitCode, result.Output + result.Errors);
    }
}
