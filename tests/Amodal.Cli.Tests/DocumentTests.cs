using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Amodal.Runs;
using global::Amodal.Experiments;

namespace Amodal.Cli.Tests;

/// <summary>What the documents, the scripts and --help say of the command is what the parser takes, and the files they name are there.</summary>
public partial class DocumentTests
{
    /// <summary>The repository.</summary>
    internal static string Root { get; } = FindRoot();

    [Fact]
    public void Every_command_line_of_every_document_is_understood()
    {
        var lines = Documents().SelectMany(f => Blocks(File.ReadAllText(f)).Select(line => (File: Path.GetRelativePath(Root, f), Line: line))).ToList();
        Assert.True(lines.Count >= 20, $"only {lines.Count} command lines were found");
        None(lines.SelectMany(l => Faults(l.Line, isWhole: true).Select(fault => $"{l.File}: {l.Line}: {fault}")));
    }

    [Fact]
    public void Every_mention_of_a_command_in_the_text_is_understood()
    {
        var lines = Documents().SelectMany(f => Inline(File.ReadAllText(f)).Select(line => (File: Path.GetRelativePath(Root, f), Line: line))).ToList();
        Assert.True(lines.Count > 40, $"only {lines.Count} mentions were found");
        None(lines.SelectMany(l => Faults(l.Line, isWhole: false, isOld: l.File == "CHANGELOG.md").Select(fault => $"{l.File}: {l.Line}: {fault}")));
    }

    [Fact]
    public void Every_command_has_an_example_that_is_understood()
    {
        Assert.All(Programs(), p => Assert.All(InProcess.Commands(p.Root()), c =>
        {
            var examples = ExampleLine().Matches(c.Command.Description!).Select(m => m.Groups[1].Value).ToList();
            Assert.True(examples.Count > 0, $"{string.Join(' ', c.Names)} has no example");
            Assert.All(examples, e => Assert.StartsWith($"{p.Name} {string.Join(' ', c.Names)}", e, StringComparison.Ordinal));
            None(examples.SelectMany(e => Faults(e, isWhole: true).Select(fault => $"{e}: {fault}")));
        }));
    }

    [Fact]
    public void Every_option_of_the_laboratory_stands_in_its_document()
    {
        var laboratory = File.ReadAllText(Path.Combine(Root, "docs", "develop", "measuring.md"));
        None(InProcess.Commands(InProcess.Laboratory()).SelectMany(c => c.Command.Options).Where(o => !o.Hidden && !Regex.IsMatch(laboratory, $@"{o.Name}(?![\w-])")).Select(o => o.Name));
    }

    /// <summary>What the documents' command lines begin with, and the commands that may follow.</summary>
    private static IEnumerable<(string Name, Func<RootCommand> Root)> Programs() => [("amodal", InProcess.Root), (global::Amodal.Bench.Laboratory.Name, InProcess.Laboratory)];

    private static void None(IEnumerable<string> faults)
    {
        var all = faults.ToList();
        Assert.True(all.Count == 0, string.Join(Environment.NewLine, all));
    }

    /// <summary>The command lines of a document's blocks, without their comments.</summary>
    internal static IEnumerable<string> LinesOf(string document) =>
        Blocks(File.ReadAllText(Path.Combine(Root, document))).Select(line => Comment().Replace(line, ""));

    /// <summary>What is wrong with a command line.</summary>
    /// <param name="line">The line, with placeholders in capitals and brackets around what may be left out.</param>
    /// <param name="isWhole">Whether all that a command needs must be there.</param>
    /// <param name="isOld">Whether names of before are understood.</param>
    private static IEnumerable<string> Faults(string line, bool isWhole, bool isOld = false)
    {
        var root = Programs().First(p => line.StartsWith(p.Name + " ", StringComparison.Ordinal)).Root();
        IReadOnlyList<string> words = [.. CommandLineParser.SplitCommandLine(Plain(line)).Skip(1)];
        words = Numbered(root, isOld ? OldNames.Translate(words).Words : words);
        var (parsed, errors, _) = ArgumentReader.Parse(root, words);
        foreach (var error in errors.Where(e => isWhole || !(e.Contains("is required", StringComparison.Ordinal)
            || e.StartsWith("Required ", StringComparison.Ordinal) || e.Contains("argument missing", StringComparison.Ordinal))))
        {
            yield return error;
        }

        if (errors.Count == 0)
        {
            foreach (var fault in FilesOf(parsed))
            {
                yield return fault;
            }
        }
    }

    /// <summary>Opens what a line names of the repository: experiments with the line's settings, tables, and any other file.</summary>
    private static IEnumerable<string> FilesOf(ParseResult parsed)
    {
        var overrides = parsed.CommandResult.Command.Options.FirstOrDefault(o => o.Name == "--set") is ListOption set ? set.Of(parsed) : [];
        var command = parsed.CommandResult.Command.Name;
        var positionals = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value).ToList();
        foreach (var config in Values(parsed, "--config").Concat(command == "train" ? positionals : []).Where(c => Presets.Has(c) || IsOurs(c)))
        {
            if (Fault(() => ExperimentFile.Load(Presets.Has(config) ? config : Path.Combine(Root, config), overrides)) is { } fault)
            {
                yield return fault;
            }
        }

        if (command is "run" or "show" or "plan" or "report" && positionals is [var table] && table is not ("NAME" or "mine.yaml")
            && Fault(() => Plan.Load(IsOurs(table) ? Path.Combine(Root, table) : table, parsed.CommandResult.Command.Options.Any(o => o.Name == "--fast") && parsed.GetValue<bool>("--fast"), overrides)) is { } unknown)
        {
            yield return unknown;
        }

        if (command == "presets" && positionals is [var preset] && preset != "NAME" && !Presets.Has(preset))
        {
            yield return $"{preset} is no preset";
        }

        var words = parsed.Tokens.Select(t => t.Value).Concat(Values(parsed, "--peer").SelectMany(CommandLineParser.SplitCommandLine));
        foreach (var path in words.Where(IsOurs).Select(w => Path.Combine(Root, w)).Where(p => !Path.Exists(p)))
        {
            yield return $"{path} is not there";
        }
    }

    private static bool IsOurs(string path) => OwnPath().IsMatch(path);

    private static string? Fault(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (InputException e)
        {
            return e.Message;
        }
    }

    private static List<string> Values(ParseResult parsed, string option) =>
        parsed.CommandResult.Command.Options.Any(o => o.Name == option) ? [.. parsed.GetResult(option) is OptionResult { Implicit: false } given ? given.Tokens.Select(t => t.Value) : []] : [];

    /// <summary>A usage line as one that can be typed: without brackets, the first of what is to be chosen, without a comment.</summary>
    private static string Plain(string line)
    {
        var text = Comment().Replace(line, "").Replace("[options]", "", StringComparison.Ordinal).Replace(" ...", "", StringComparison.Ordinal).Replace("...", "", StringComparison.Ordinal);
        return Alternative().Replace(text.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Replace(" | ", " ", StringComparison.Ordinal), "$1");
    }

    /// <summary>Puts numbers where a placeholder stands for one.</summary>
    private static string[] Numbered(RootCommand root, IReadOnlyList<string> words)
    {
        var options = ArgumentReader.OptionsOf(root.Parse(words).CommandResult.Command).DistinctBy(o => o.Name).ToDictionary(o => o.Name);
        return [.. words.Select((w, i) => i > 0 && Placeholder().IsMatch(w) && options.TryGetValue(words[i - 1], out var option)
            && (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) is var type && (type == typeof(int) || type == typeof(double)) ? "1" : w)];
    }

    private static IEnumerable<string> Documents() => Directory.GetFiles(Root, "*.md")
        .Concat(Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
        .Concat(Directory.GetFiles(Path.Combine(Root, "bench"), "*.md", SearchOption.AllDirectories));

    private static IEnumerable<string> Blocks(string text) => Fence().Matches(text.ReplaceLineEndings("\n")).SelectMany(m => Joined(m.Groups[1].Value).Split('\n'))
        .Select(line => Program().Replace(line.Trim(), "amodal ")).Where(line => Programs().Any(p => line.StartsWith(p.Name + " ", StringComparison.Ordinal)));

    private static IEnumerable<string> Inline(string text) => Mention().Matches(Fence().Replace(text.ReplaceLineEndings("\n"), "")).Select(m => m.Groups[1].Value);

    private static string Joined(string text) => text.ReplaceLineEndings("\n").Replace("\\\n", " ", StringComparison.Ordinal);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Amodal.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("Amodal.slnx is not above the tests");
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"^```[a-z]*\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"(?<!`)`((?:amodal|lab) [^`\n]+)`(?!`)")]
    private static partial Regex Mention();

    [GeneratedRegex(@"^dotnet run -c Release --project src/Amodal\.Cli -- ")]
    private static partial Regex Program();

    [GeneratedRegex(@"\s+#\s.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<=\s|^)([^\s|""]+)\|[^\s""]+")]
    private static partial Regex Alternative();

    [GeneratedRegex("^[A-Z]+$")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^(experiments|bench|docs|src|tests)/\S*\.\w+$")]
    private static partial Regex OwnPath();

    [GeneratedRegex(@"Example: ((?:amodal|lab) [^\r\n]*)")]
    private static partial Regex ExampleLine();
}
