namespace Amodal.Experiments;

/// <summary>What of experiments/ the library carries: declarations, variants, and the thesis's numbers.</summary>
internal static class Library
{
    private const string Prefix = "experiments/";
    private const string Declarations = "declarations/";
    private const string Suffix = ".yaml";

    /// <summary>The declared experiments by name, in the thesis's order: "6.1" to "6.12", "figure-6.1" to "figure-6.4", then ours.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. typeof(Library).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix + Declarations, StringComparison.Ordinal) && n.EndsWith(Suffix, StringComparison.Ordinal))
        .Select(n => n[(Prefix + Declarations).Length..^Suffix.Length]).OrderBy(Order)];

    /// <summary>What --fast does to a table that does not say it itself.</summary>
    public static Variant Fast => YamlOptions.Parse<Variant>(Read($"variants/fast{Suffix}"), $"fast{Suffix}", []);

    /// <summary>The text of a declaration.</summary>
    public static string Text(string name) => Names.Contains(name) ? Read($"{Declarations}{name}{Suffix}") : throw new InputException(
        "experiment", null, $"'{name}' is not declared; give one of {string.Join(", ", Names)}, or the path of a declaration's YAML file.");

    /// <summary>The text of a file of experiments/.</summary>
    public static string Read(string path)
    {
        using var reader = new StreamReader(typeof(Library).Assembly.GetManifestResourceStream(Prefix + path)!);
        return reader.ReadToEnd();
    }

    /// <summary>Tables by number, 6.10 after 6.9; figures after them; what has no number last.</summary>
    private static (int Group, int Number, string Name) Order(string name)
    {
        var isNumbered = int.TryParse(name[(name.LastIndexOf('.') + 1)..], out var number);
        return (isNumbered ? name.StartsWith("figure", StringComparison.Ordinal) ? 1 : 0 : 2, number, name);
    }
}
