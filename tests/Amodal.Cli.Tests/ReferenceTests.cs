using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using global::Amodal.Configuration;
using global::Amodal.Methods;

namespace Amodal.Cli.Tests;

/// <summary>
/// docs/reference says of every command and setting what the code says. With AMODAL_WRITE_DOCS=1 these tests write what is generated
/// instead of comparing it: <c>AMODAL_WRITE_DOCS=1 dotnet test --filter-class "*.ReferenceTests"</c>.
/// </summary>
public partial class ReferenceTests
{
    private const string Begin = "<!-- generated: ReferenceTests writes it -->";
    private const string End = "<!-- /generated -->";

    [Fact]
    public void The_reference_of_the_command_is_what_the_code_says() => Holds("reference/command.md", Commands());

    [Fact]
    public void The_reference_of_settings_is_what_the_code_says() => Holds("reference/settings.md", Settings());

    /// <summary>Compares what stands between the marks of a document with what is generated, or puts it there.</summary>
    private static void Holds(string document, string generated)
    {
        var path = Path.Combine(DocumentTests.Root, "docs", document);
        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= Begin.Length && to >= from, $"{document} lacks {Begin} or {End}");
        if (Environment.GetEnvironmentVariable("AMODAL_WRITE_DOCS") is not null)
        {
            File.WriteAllText(path, $"{text[..from]}\n\n{generated}\n{text[to..]}");
        }
        else
        {
            Assert.Equal(generated.Trim().Split('\n'), text[from..to].Trim().Split('\n'));
        }
    }

    private static string Commands()
    {
        var text = new StringBuilder();
        foreach (var command in InProcess.Root().Subcommands)
        {
            Append(text, [command.Name], command);
        }

        return text.ToString().TrimEnd() + "\n";
    }

    private static void Append(StringBuilder text, string[] names, Command command)
    {
        var whole = string.Join(' ', names);
        var parts = command.Description!.ReplaceLineEndings("\n").Split("\n\n", 2);
        text.Append(CultureInfo.InvariantCulture, $"{new string('#', names.Length + 1)} {whole}\n\n{parts[0]}\n\n");
        if (command.Action is not null)
        {
            var arguments = command.Arguments.Where(a => !a.Hidden).ToList();
            var options = command.Options.Where(o => !o.Hidden).ToList();
            text.Append("```\n").AppendJoin('\n', parts[1].Split('\n').Select(e => e["Example: ".Length..])).Append("\n```\n\n");
            text.Append("| | default | |\n| --- | --- | --- |\n");
            text.AppendJoin("", arguments.Select(a => $"| `{a.Name.Replace("|", "\\|", StringComparison.Ordinal)}` | {(a.Arity.MinimumNumberOfValues > 0 ? "required" : "")} | {Cell(a.Description)} |\n"));
            text.AppendJoin("", options.Select(o => $"| {string.Join(", ", o.Aliases.Append(o.Name).Select(n => $"`{n}`"))} | {Default(o)} | {Cell(o.Description)} |\n"));
            text.Append('\n');
        }

        foreach (var child in command.Subcommands.Where(c => !c.Hidden))
        {
            Append(text, [.. names, child.Name], child);
        }
    }

    private static string Settings()
    {
        var summaries = new[] { "Amodal.xml", "Amodal.Onnx.xml" }.SelectMany(file => XDocument.Load(Path.Combine(AppContext.BaseDirectory, file)).Descendants("member"))
            .DistinctBy(m => m.Attribute("name")!.Value).ToDictionary(m => m.Attribute("name")!.Value, m => m.Element("summary"));
        var text = new StringBuilder("| key | default | |\n| --- | --- | --- |\n");
        Append(MethodCatalogue.Defaults, "");
        return text.ToString().TrimEnd() + "\n";

        void Append(object group, string prefix)
        {
            foreach (var property in group.GetType().GetProperties().Where(p => p.CanWrite).OrderBy(p => p.MetadataToken))
            {
                if (property.GetValue(group) is OptionGroups groups)
                {
                    foreach (var (name, settings) in groups.All)
                    {
                        text.Append(CultureInfo.InvariantCulture, $"| `{name}` | | {Summary($"T:{settings.GetType().FullName}")} |\n");
                        Append(settings, name + ".");
                    }

                    continue;
                }

                var (key, value) = (prefix + char.ToLowerInvariant(property.Name[0]) + property.Name[1..], property.GetValue(group)!);
                var isGroup = property.PropertyType is { IsClass: true } type && type != typeof(string);
                var shown = value is Enum member ? OptionNames.Of(member) : value is bool on ? (on ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture);
                var names = value is Enum ? [.. Enum.GetValues(property.PropertyType).Cast<Enum>().Select(OptionNames.Of)] : key == "method" ? MethodCatalogue.All.Select(m => m.Name).ToList() : [];
                var choices = names.Count > 0 ? $" One of {string.Join(", ", names.Select(n => $"`{n}`"))}." : "";
                text.Append(CultureInfo.InvariantCulture, $"| `{key}` | {(isGroup || shown is not { Length: > 0 } ? "" : $"`{shown}`")} | {Summary($"P:{property.DeclaringType!.FullName}.{property.Name}")}{choices} |\n");
                if (isGroup)
                {
                    Append(value, key + ".");
                }
            }
        }

        string Summary(string member) => summaries.GetValueOrDefault(member) is { } summary
            ? Space().Replace(string.Concat(summary.Nodes().Select(n => n is XElement { HasAttributes: true } e ? e.Attributes().First().Value.Split('.')[^1] : n is XElement x ? x.Value : n.ToString())), " ").Trim().Replace("|", "\\|", StringComparison.Ordinal)
            : "";
    }

    private static string Default(Option option) => option.Required ? "required"
        : option is Option<bool> || !option.HasDefaultValue ? ""
        : Convert.ToString(option.GetDefaultValue(), CultureInfo.InvariantCulture) is { Length: > 0 } value ? $"`{value}`" : "";

    /// <summary>A description in a table: what has two hyphens or the form of a file or a setting is set as code.</summary>
    private static string Cell(string? description) => Code().Replace(description!.Replace("|", "\\|", StringComparison.Ordinal), "`$0`");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"(?<![\w`-])(--[a-z][a-z-]*|-o|\.[a-z]{2,4}(?:\.gz)?(?=[\s,;)])|[a-z]+=[\w.]+(?:,[a-z]+=[\w.]+)*|amodal [a-z ]+(?=\)))(?![\w`-])")]
    private static partial Regex Code();
}
