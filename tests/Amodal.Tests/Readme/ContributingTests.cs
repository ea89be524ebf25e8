using System.Reflection;
using System.Text.RegularExpressions;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Methods;

namespace Amodal.Tests.Readme;

/// <summary>The recipes of CONTRIBUTING.md name files that are there, and what was added by them before is in each of these.</summary>
public partial class ContributingTests
{
    private static readonly string _text = File.ReadAllText(Path.Combine(Repository.Root, "CONTRIBUTING.md"));

    [Fact]
    public void Every_file_and_folder_that_it_names_is_there()
    {
        var paths = NamedPath().Matches(_text).Select(m => m.Groups[1].Value).Distinct().ToList();
        Assert.True(paths.Count > 10, $"only {paths.Count} paths were found");
        Assert.DoesNotContain(paths, p => !Path.Exists(Path.Combine(Repository.Root, p)));
    }

    [Theory]
    [InlineData("Add a sampler", typeof(SamplerKind))]
    [InlineData("Add a backbone", typeof(BackboneKind))]
    public void What_is_there_was_added_as_the_recipe_says(string recipe, Type kinds)
    {
        var files = NamedPath().Matches(_text[_text.IndexOf(recipe, StringComparison.Ordinal)..].Split("\n## ")[0]).Select(m => m.Groups[1].Value)
            .Where(p => p.StartsWith("src", StringComparison.Ordinal) && p.EndsWith(".cs", StringComparison.Ordinal))
            .Where(p => !p.EndsWith("/Samplers.cs", StringComparison.Ordinal)).ToList(); // its names are those of papers
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => Enum.GetNames(kinds)
            .Where(kind => !Regex.IsMatch(File.ReadAllText(Path.Combine(Repository.Root, file)), $@"\b{kind}\b"))
            .Select(kind => $"{file} lacks {kind}")));
    }

    [Fact]
    public void A_method_has_a_folder_and_a_line()
    {
        var lines = typeof(MethodCatalogue).Assembly.GetTypes().Where(t => t.Namespace?.StartsWith("Amodal.Methods.", StringComparison.Ordinal) == true)
            .SelectMany(t => t.GetProperties(BindingFlags.Public | BindingFlags.Static))
            .Where(p => p.PropertyType == typeof(MethodDescriptor)).Select(p => p.GetValue(null));
        Assert.Empty(MethodCatalogue.All.Where(m => m.Create.Method.DeclaringType!.Assembly == typeof(MethodCatalogue).Assembly).Except(lines));
    }

    [GeneratedRegex(@"`((?:src|tests|docs|\.ci)/[\w./]+)`")]
    private static partial Regex NamedPath();
}
