using System.Text.RegularExpressions;

namespace Amodal.Tests.Readme;

/// <summary>Runs alone: the current folder and the console are the process's.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

/// <summary>What the documents say is what there is.</summary>
[Collection(nameof(AloneInTheProcess))]
public partial class ReadmeTests
{
    [Theory]
    [InlineData("README.md", "Example.cs")]
    [InlineData("docs/guide/embedding.md", "EmbeddingExample.cs")]
    public void The_example_is_the_code_that_is_compiled(string document, string example)
    {
        var readme = CSharpBlock().Match(Read(document.Split('/')));
        Assert.True(readme.Success, $"{document} has no C# block");
        var parts = MarkedPart().Matches(Read("tests", "Amodal.Tests", "Readme", example)).Select(m => Dedent(m.Groups[1].Value));
        Assert.Equal(string.Join("\n", parts), readme.Groups[1].Value);
    }

    /// <summary>As it stands in the README, in an empty folder outside the repository.</summary>
    [Fact]
    public void The_example_runs()
    {
        var folder = Directory.CreateTempSubdirectory("amodal-readme-");
        var (before, console) = (Environment.CurrentDirectory, Console.Out);
        using var output = new StringWriter();
        try
        {
            Environment.CurrentDirectory = folder.FullName;
            Console.SetOut(output);
            Example.Run();
        }
        finally
        {
            Console.SetOut(console);
            Environment.CurrentDirectory = before;
            folder.Delete(recursive: true);
        }

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.Matches(@"^synth-\S+-test-\d+: -?\d\.\d\d, nine times in ten from -?\d\.\d\d to -?\d\.\d\d$", line));
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var dead = Documents().SelectMany(file => Link().Matches(File.ReadAllText(file))
            .Select(m => m.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal))
            .Select(target => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, target)))
            .Where(path => !Path.Exists(path))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Select(path => $"{Path.GetFileName(file)}: {path}"));
        Assert.Empty(dead);
    }

    [Fact]
    public void Tests_that_documents_name_exist()
    {
        var sources = Directory.GetFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories);
        var classes = sources.SelectMany(f => ClassName().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value).ToHashSet();
        var methods = sources.SelectMany(f => MethodName().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value).ToHashSet();
        var unknown = Documents().SelectMany(file => TestName().Matches(File.ReadAllText(file))
            .Where(m => !classes.Contains(m.Groups[1].Value) || (m.Groups[2].Success && !methods.Contains(m.Groups[2].Value)))
            .Select(m => $"{Path.GetFileName(file)}: {m.Value}"));
        Assert.Empty(unknown);
    }

    private static IEnumerable<string> Documents() =>
        Directory.GetFiles(Repository.Root, "*.md").Concat(Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories));

    private static string Read(params string[] parts) => File.ReadAllText(Path.Combine([Repository.Root, .. parts])).ReplaceLineEndings("\n");

    private static string Dedent(string text)
    {
        var lines = text.Split('\n');
        var indent = lines.Where(l => l.Length > 0).Min(l => l.Length - l.TrimStart().Length);
        return string.Join('\n', lines.Select(l => l.Length == 0 ? l : l[indent..]));
    }

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"// <readme>\n(.*?)^ *// </readme>", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex MarkedPart();

    [GeneratedRegex(@"\]\(([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"class (\w+Tests)\b")]
    private static partial Regex ClassName();

    [GeneratedRegex(@"public (?:async Task|void) (\w+)\(")]
    private static partial Regex MethodName();

    [GeneratedRegex(@"\b([A-Z]\w*Tests)(?:\.([A-Z]\w*_\w+))?\b(?!\.cs)(?!/)")]
    private static partial Regex TestName();
}
