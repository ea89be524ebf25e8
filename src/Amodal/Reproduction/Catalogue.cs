namespace Amodal.Reproduction;

/// <summary>What of experiments/ the library carries: the tables and the thesis's numbers.</summary>
public static class Catalogue
{
    private const string Prefix = "experiments/";
    private const string TableFolder = "reproduce/";

    /// <summary>The tables and figures by name, in the thesis's order: "6.1" to "6.12", "figure-6.1" to "figure-6.4", then ours.</summary>
    public static IReadOnlyList<string> Tables { get; } = [.. Names(TableFolder).Where(n => !n.Contains('/')).OrderBy(Order)];

    /// <summary>The text of a table's file.</summary>
    /// <exception cref="InputException">There is no such table.</exception>
    public static string Table(string name) => Tables.Contains(name) ? ReadText($"{TableFolder}{name}.yaml") : throw new InputException(
        "reproduce", null, $"'{name}' is no table; give one of {string.Join(", ", Tables)}, or the path of a table's YAML file.");

    internal static string ReadText(string path)
    {
        using var stream = typeof(Catalogue).Assembly.GetManifestResourceStream(Prefix + path)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static IEnumerable<string> Names(string folder) => typeof(Catalogue).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix + folder, StringComparison.Ordinal) && n.EndsWith(".yaml", StringComparison.Ordinal))
        .Select(n => n[(Prefix + folder).Length..^".yaml".Length]);

    /// <summary>Tables by number, 6.10 after 6.9; figures after them; what has no number last.</summary>
    private static (int Group, int Number, string Name) Order(string name)
    {
        var isNumbered = int.TryParse(name[(name.LastIndexOf('.') + 1)..], out var number);
        return (isNumbered ? name.StartsWith("figure", StringComparison.Ordinal) ? 1 : 0 : 2, number, name);
    }
}
