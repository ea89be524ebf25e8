namespace Amodal.Runs;

/// <summary>The experiments that the library carries, experiments/*.yaml, by name: they are there wherever the program is.</summary>
public static class Presets
{
    private const string Prefix = "experiments/";
    private const string Suffix = ".yaml";

    /// <summary>Their names, in order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. typeof(Presets).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && n.EndsWith(Suffix, StringComparison.Ordinal))
        .Select(n => n[Prefix.Length..^Suffix.Length]).Where(n => !n.Contains('/')).Order(StringComparer.Ordinal)];

    /// <summary>Whether a preset is called so, letter by letter.</summary>
    public static bool Has(string name) => Names.Contains(name);

    /// <summary>The text of one, YAML.</summary>
    /// <exception cref="InputException">There is no such preset.</exception>
    public static string Text(string name)
    {
        if (!Has(name))
        {
            throw new InputException(name, null, $"is no preset; presets are {string.Join(", ", Names)}.");
        }

        using var stream = typeof(Presets).Assembly.GetManifestResourceStream(Prefix + name + Suffix)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>What one is for, and what it costs: the sentences at the top of its file.</summary>
    /// <exception cref="InputException">There is no such preset.</exception>
    public static string Purpose(string name) =>
        string.Join(' ', Text(name).Split('\n').TakeWhile(line => line.StartsWith('#')).Select(line => line[1..].Trim()));
}
